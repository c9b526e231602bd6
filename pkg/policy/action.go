package policy

import (
	"slices"
	"strings"
)

// Actions is the universe of KMS actions that a key policy can be about, in
// alphabetical order (KMS service authorization reference; actions that have no
// key as their resource are left out).
func Actions() []string {
	return strings.Fields(`CancelKeyDeletion CreateAlias CreateGrant Decapsulate Decrypt DeleteAlias DeleteImportedKeyMaterial
		DeriveSharedSecret DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encapsulate Encrypt GenerateDataKey
		GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyLastUsage GetKeyPolicy
		GetKeyRotationStatus GetParametersForImport GetPublicKey ImportKeyMaterial ListGrants ListKeyPolicies ListKeyRotations
		ListResourceTags PutKeyPolicy ReEncryptFrom ReEncryptTo ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand
		ScheduleKeyDeletion Sign SynchronizeMultiRegionKey TagResource UntagResource UpdateAlias UpdateKeyDescription
		UpdatePrimaryRegion Verify VerifyMac`)
}

// cryptographic lists the actions that only keys of a usage have (KMS
// developer guide, "Key type reference").
func cryptographic(usage string) []string {
	switch usage {
	case "ENCRYPT_DECRYPT":
		return strings.Fields(`Decrypt Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
			GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo`)
	case "SIGN_VERIFY":
		return []string{"Sign", "Verify"}
	case "GENERATE_VERIFY_MAC":
		return []string{"GenerateMac", "VerifyMac"}
	case "KEY_AGREEMENT":
		return []string{"DeriveSharedSecret"}
	case "ENCAPSULATE_DECAPSULATE":
		return []string{"Decapsulate", "Encapsulate"}
	}
	return nil
}

// ActionsFor is the part of the universe that means something for a key of a
// spec, usage and origin, as DescribeKey names them. What is empty excludes
// nothing.
func ActionsFor(spec, usage, origin string) []string {
	symmetric := spec == "" || spec == "SYMMETRIC_DEFAULT"
	useless := map[string]bool{}
	exclude := func(actions ...string) {
		for _, a := range actions {
			useless[a] = true
		}
	}
	if usage != "" {
		for _, other := range []string{"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"} {
			if other != usage {
				exclude(cryptographic(other)...)
			}
		}
	}
	switch {
	case spec == "":
	case symmetric, strings.HasPrefix(spec, "HMAC"):
		exclude("GetPublicKey")
	}
	if !symmetric {
		exclude("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "GenerateDataKey", "GenerateDataKeyPair",
			"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext")
	}
	if origin != "" && origin != "EXTERNAL" {
		exclude("ImportKeyMaterial", "GetParametersForImport", "DeleteImportedKeyMaterial")
	}
	return slices.DeleteFunc(Actions(), func(a string) bool { return useless[a] })
}

// byIAMOnly are KMS actions that have no key as their resource: a key policy
// that names them says nothing (KMS developer guide, "KMS permissions").
func byIAMOnly() []string {
	return strings.Fields(`ConnectCustomKeyStore CreateCustomKeyStore CreateKey DeleteCustomKeyStore DescribeCustomKeyStores
		DisconnectCustomKeyStore GenerateRandom ListAliases ListKeys ListRetirableGrants UpdateCustomKeyStore`)
}

// Use says what a written action, such as kms:Decrypt or kms:Re*, comes to in a
// key policy.
type Use uint8

// What a written action comes to.
const (
	Effective Use = iota
	// Ineffective: KMS knows it, and it means nothing for this key.
	Ineffective
	// Unknown: it matches no action of KMS.
	Unknown
)

// UseOf judges a written action for a key that has some actions.
func UseOf(written string, actions []string) Use {
	matches := func(a string) bool { return matchesAction(written, a) }
	switch {
	case slices.ContainsFunc(actions, matches):
		return Effective
	case slices.ContainsFunc(Actions(), matches), slices.ContainsFunc(byIAMOnly(), matches):
		return Ineffective
	}
	return Unknown
}

// matchesAction compares a written action with one of the universe. Neither
// prefix nor name minds case.
func matchesAction(written, action string) bool {
	return Matches(strings.ToLower(written), "kms:"+strings.ToLower(action))
}

// aboutAction says whether a statement is about an action.
func (s *Statement) aboutAction(action string) bool {
	if len(s.NotActions) > 0 {
		return !slices.ContainsFunc(s.NotActions, func(w string) bool { return matchesAction(w, action) })
	}
	return slices.ContainsFunc(s.Actions, func(w string) bool { return matchesAction(w, action) })
}

// onlyWith names the actions whose requests can carry a condition key of KMS;
// false when any action's can (KMS developer guide, "Condition keys for KMS").
func onlyWith(key string) ([]string, bool) {
	switch key {
	case "kms:grantconstrainttype", "kms:grantoperations", "kms:granteeprincipal", "kms:retiringprincipal",
		"kms:grantconstraintsourcearn", "kms:granteeserviceprincipal", "kms:retiringserviceprincipal":
		return []string{"CreateGrant"}, true
	case "kms:grantisforawsresource":
		return []string{"CreateGrant", "ListGrants", "RevokeGrant"}, true
	case "kms:rotationperiodindays":
		return []string{"EnableKeyRotation"}, true
	case "kms:schedulekeydeletionpendingwindowindays":
		return []string{"ScheduleKeyDeletion"}, true
	case "kms:trailingdayswithoutkeyusage":
		return []string{"DisableKey", "ScheduleKeyDeletion"}, true
	case "kms:replicaregion":
		return []string{"ReplicateKey"}, true
	case "kms:primaryregion":
		return []string{"UpdatePrimaryRegion"}, true
	case "kms:bypasspolicylockoutsafetycheck":
		return []string{"PutKeyPolicy", "ReplicateKey"}, true
	}
	return nil, false
}
