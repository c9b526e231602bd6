package mrk

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Custody says who may do what with a key: the policy template that keeps
// those who manage a key apart from those who use it.
type Custody struct {
	Custodians []string // ARNs of principals that manage the key and can't use it
	Users      []string // ARNs of principals that use the key and can't manage it
}

// Policy is the key policy of a custody. The account's own IAM policies keep
// counting, so that nobody is locked out. Custodians may replicate, promote and
// rotate, which the wildcards of AWS's own template for administrators leave out.
func (c Custody) Policy() (string, error) {
	account := ""
	for _, arn := range append(append([]string{}, c.Custodians...), c.Users...) {
		part := strings.SplitN(arn, ":", 6)
		if len(part) != 6 || part[0] != "arn" || len(part[4]) != 12 {
			return "", badInput("%q is not the ARN of a principal; one looks like arn:aws:iam::111122223333:role/custodian", arn)
		}
		if account == "" {
			account = part[1] + ":iam::" + part[4]
		}
	}
	if account == "" {
		return "", badInput("the policy needs at least one custodian or user")
	}
	type statement struct {
		Sid       string
		Effect    string
		Principal map[string]any
		Action    any
		Resource  string
		Condition map[string]map[string]string `json:",omitempty"`
	}
	allow := func(sid string, who, actions any) statement {
		return statement{Sid: sid, Effect: "Allow", Principal: map[string]any{"AWS": who}, Action: actions, Resource: "*"}
	}
	doc := struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{allow("Account", "arn:"+account+":root", "kms:*")}}
	if len(c.Custodians) > 0 {
		doc.Statement = append(doc.Statement, allow("Custodians", c.Custodians, []string{
			"kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DeleteImportedKeyMaterial", "kms:Describe*", "kms:DisableKey", "kms:DisableKeyRotation",
			"kms:EnableKey", "kms:EnableKeyRotation", "kms:Get*", "kms:ImportKeyMaterial", "kms:List*", "kms:PutKeyPolicy", "kms:ReplicateKey", "kms:RevokeGrant",
			"kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription", "kms:UpdatePrimaryRegion",
		}))
	}
	if len(c.Users) > 0 {
		services := allow("ServicesForUsers", c.Users, []string{"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"})
		services.Condition = map[string]map[string]string{"Bool": {"kms:GrantIsForAWSResource": "true"}}
		doc.Statement = append(doc.Statement,
			allow("Users", c.Users, []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:GenerateMac", "kms:GetPublicKey", "kms:ReEncrypt*", "kms:Sign", "kms:Verify", "kms:VerifyMac"}),
			services)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}
