package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// defaultPolicy is the policy of a key that was given none, byte for byte as
// GetKeyPolicy prints it.
//
// Rules: MRK-POLICY-01.
func defaultPolicy(partition, account string) string {
	return "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n" +
		"    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n      \"AWS\" : \"arn:" + partition + ":iam::" + account + ":root\"\n    },\n" +
		"    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}"
}

// effectivePolicy is the key's policy as GetKeyPolicy prints it.
func (m *member) effectivePolicy() string {
	if m.policy == "" {
		return defaultPolicy(m.region.Partition, m.set.Account)
	}
	return m.policy
}

// newPolicy checks a policy that a key is to get and puts it into AWS's print;
// none is the default policy, kept as the empty string. The Region is where the
// key will be, which is not where a replica is asked for.
//
// Rules: MRK-POLICY-04.
func (t *task) newPolicy(policy *string, bypass bool, set *keySet, at *region) (string, error) {
	if policy == nil || *policy == "" {
		return "", nil
	}
	if len(*policy) > t.w.options.Limits.PolicyBytes {
		return "", fail(codeLimitExceeded, "")
	}
	printed, ok := printPolicy(*policy)
	if !ok {
		return "", fail(codeMalformedPolicy, "")
	}
	return printed, t.checkPolicy(printed, bypass, set, at)
}

// PutKeyPolicy replaces the policy of a member, whatever its state.
//
// Rules: MRK-POLICY-03.
func (w *World) PutKeyPolicy(c *Call, in *kms.PutKeyPolicyInput) (out *kms.PutKeyPolicyOutput, err error) {
	t, err := w.begin(c, opPutKeyPolicy, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.Policy == nil {
		return nil, missing("policy")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := policyName(in.PolicyName); err != nil {
		return nil, err
	}
	policy, err := t.newPolicy(in.Policy, in.BypassPolicyLockoutSafetyCheck, m.set, t.r)
	if err != nil {
		return nil, err
	}
	m.setPolicy(policy)
	w.touch(m)
	return &kms.PutKeyPolicyOutput{}, nil
}

// policyName checks the name of a key policy: there is one, called default.
func policyName(name *string) error {
	if name != nil && *name != "default" {
		return fail(codeNotFound, "No such policy exists")
	}
	return nil
}

// GetKeyPolicy shows the policy of a member, whatever its state.
//
// Rules: MRK-POLICY-02, MRK-POLICY-03.
func (w *World) GetKeyPolicy(c *Call, in *kms.GetKeyPolicyInput) (out *kms.GetKeyPolicyOutput, err error) {
	t, err := w.begin(c, opGetKeyPolicy, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := policyName(in.PolicyName); err != nil {
		return nil, err
	}
	policy, name := w.shownPolicy(m), "default"
	return &kms.GetKeyPolicyOutput{Policy: &policy, PolicyName: &name}, nil
}

// ListKeyPolicies lists the names of a key's policies: default.
func (w *World) ListKeyPolicies(c *Call, in *kms.ListKeyPoliciesInput) (out *kms.ListKeyPoliciesOutput, err error) {
	t, err := w.begin(c, opListKeyPolicies, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if _, err := t.key(in.KeyId); err != nil {
		return nil, err
	}
	names, next, err := page([]string{"default"}, in.Limit, in.Marker, 100, 1000, func(int) string { return "default" })
	if err != nil {
		return nil, err
	}
	return &kms.ListKeyPoliciesOutput{PolicyNames: names, NextMarker: next, Truncated: next != nil}, nil
}
