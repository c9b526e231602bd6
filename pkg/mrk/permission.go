package mrk

import (
	"cmp"
	"slices"
)

// Permission is one action that the caller of a plan must be allowed, and
// where: in a Region, on the key or on something else there.
type Permission struct {
	Action string `json:"action"`
	Region string `json:"region"`
	On     string `json:"on"` // key, alias or account
}

// What a permission is about.
const (
	onKey     = "key"
	onAlias   = "alias"
	onAccount = "account" // authorised by IAM alone: there is no key yet
)

// Permissions returns what a plan's caller needs, from AWS's table of required
// permissions (KMS developer guide, "KMS permissions"; for replicas and the
// change of the primary "Controlling access to multi-Region keys"). The reads
// that a plan rests on are in ReadPermissions.
//
// iam:CreateServiceLinkedRole is needed for the first multi-Region key of an
// account only: with it KMS makes the role that keeps related keys in step.
func (p Plan) Permissions() []Permission {
	var all []Permission
	need := func(region, on string, actions ...string) {
		for _, a := range actions {
			all = append(all, Permission{Action: "kms:" + a, Region: region, On: on})
		}
	}
	// KMS takes a policy only from a caller who could put another one there
	// afterwards, unless told to bypass this check.
	lockoutCheck := func(s Step, region string) {
		if s.Policy != "" && !s.Bypass {
			need(region, onKey, "PutKeyPolicy")
		}
	}
	for _, s := range p.Steps {
		switch s.Do {
		case DoCreate:
			need(s.In, onAccount, "CreateKey")
			all = append(all, Permission{Action: "iam:CreateServiceLinkedRole", Region: s.In, On: onAccount})
			if len(s.Tags) > 0 {
				need(s.In, onAccount, "TagResource")
			}
			lockoutCheck(s, s.In)
		case DoReplicate:
			need(s.In, onKey, "ReplicateKey")
			need(s.To, onAccount, "CreateKey")
			if len(s.Tags) > 0 {
				need(s.To, onAccount, "TagResource")
			}
			lockoutCheck(s, s.To)
		case DoPromote:
			need(s.In, onKey, "UpdatePrimaryRegion")
			need(s.To, onKey, "UpdatePrimaryRegion")
		case DoAlias:
			need(s.In, onAlias, "CreateAlias")
			need(s.In, onKey, "CreateAlias")
			if s.Steal {
				need(s.In, onAlias, "UpdateAlias")
				need(s.In, onKey, "UpdateAlias")
			}
		case DoAliasDelete:
			need(s.In, onAlias, "DeleteAlias")
			need(s.In, onKey, "DeleteAlias")
		case DoImport:
			need(s.In, onKey, "GetParametersForImport", "ImportKeyMaterial")
		case DoWaitState, DoWaitPrimary, DoWaitMaterial, DoWaitImported:
			for _, r := range s.Regions {
				need(r, onKey, "DescribeKey")
				if s.Do == DoWaitImported && pair(s.Spec) {
					need(r, onKey, "GetPublicKey")
				}
			}
		default:
			if action := actionOf(s.Do); action != "" {
				need(s.In, onKey, action)
			}
		}
	}
	slices.SortFunc(all, func(a, b Permission) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Region, b.Region), cmp.Compare(a.On, b.On))
	})
	return slices.Compact(all)
}

// actionOf is the action of a step that needs exactly one, on the key.
func actionOf(do Verb) string {
	switch do {
	case DoRotate:
		return "RotateKeyOnDemand"
	case DoRotationOn:
		return "EnableKeyRotation"
	case DoRotationOff:
		return "DisableKeyRotation"
	case DoEnable:
		return "EnableKey"
	case DoDisable:
		return "DisableKey"
	case DoDelete:
		return "ScheduleKeyDeletion"
	case DoUndelete:
		return "CancelKeyDeletion"
	case DoDescribe:
		return "UpdateKeyDescription"
	case DoPolicy:
		return "PutKeyPolicy"
	case DoTags:
		return "TagResource"
	case DoUntag:
		return "UntagResource"
	case DoGrant:
		return "CreateGrant"
	case DoGrantRevoke:
		return "RevokeGrant"
	default:
		return ""
	}
}

// ReadPermissions are the actions that planning needs in every Region: what
// looks and changes nothing.
func ReadPermissions() []string {
	return []string{
		"kms:DescribeKey", "kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases",
		"kms:ListGrants", "kms:ListKeyRotations", "kms:ListKeys", "kms:ListResourceTags",
	}
}
