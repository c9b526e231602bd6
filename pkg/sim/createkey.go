package sim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// CreateKey makes a key in the endpoint's Region: with MultiRegion, the primary
// of a new set.
//
// Rules: MRK-KEY-01.
func (w *World) CreateKey(c *Call, in *kms.CreateKeyInput) (out *kms.CreateKeyOutput, err error) {
	t, err := w.begin(c, opCreateKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	set, err := w.describedSet(c, in)
	if err != nil {
		return nil, err
	}
	if err := w.checkTags(in.Tags, 0); err != nil {
		return nil, err
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	if set.Multi {
		if err := t.needServiceRole(); err != nil {
			return nil, err
		}
	}
	policy, err := t.newPolicy(in.Policy, in.BypassPolicyLockoutSafetyCheck, set, t.r)
	if err != nil {
		return nil, err
	}
	if err := t.roomFor(set, in); err != nil {
		return nil, err
	}
	if err := t.checkExternalKey(set); err != nil {
		return nil, err
	}
	var first *held
	if set.Origin != types.OriginTypeExternal {
		if first, err = t.firstMaterial(set); err != nil {
			return nil, err
		}
	}
	// Others may have made keys meanwhile.
	if err := t.roomFor(set, in); err != nil {
		return nil, err
	}
	if set.Multi {
		w.keepServiceRole(t.r.Partition, set.Account)
	}
	m := w.newMember(set, t.r)
	m.description, m.policy, m.tags = text(in.Description), policy, tagsOf(in.Tags)
	m.view.Primary = t.r.Name
	if first != nil {
		m.hold(first)
		m.view.Materials = []keyMaterial{{ID: first.ID, State: types.KeyMaterialStateCurrent}}
	}
	m.settle()
	t.m = m
	out = &kms.CreateKeyOutput{KeyMetadata: w.metadata(m)}
	t.out = out
	return out, nil
}

// roomFor checks that there may be one more key in a Region, and in its key store.
func (t *task) roomFor(set *keySet, in *kms.CreateKeyInput) error {
	if err := t.w.placeFor(t.r, set.Account); err != nil {
		return err
	}
	return t.storeFor(set, in)
}

// describedSet is the set that a request asks for, or why there is none like it.
//
// Rules: MRK-KEY-03, MRK-KEY-04, MRK-KEY-05, MRK-KEY-09.
func (w *World) describedSet(c *Call, in *kms.CreateKeyInput) (*keySet, error) {
	spec := in.KeySpec
	if spec == "" {
		spec = types.KeySpec(in.CustomerMasterKeySpec) //nolint:staticcheck // deprecated, and still on the wire
	}
	if spec == "" {
		spec = types.KeySpecSymmetricDefault
	}
	if in.KeySpec != "" && in.CustomerMasterKeySpec != "" && string(in.KeySpec) != string(in.CustomerMasterKeySpec) { //nolint:staticcheck // deprecated, and still on the wire
		return nil, fail(codeValidation, "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.")
	}
	region := w.region(c.Region)
	if !knownSpec(spec) || spec == types.KeySpecSm2 && region.Partition != chinaPartition {
		return nil, fail(codeValidation, "1 validation error detected: Value '%s' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: %s", spec, enumSet(types.KeySpec("").Values(), types.KeySpecSm2))
	}
	usages, usage := usagesOf(spec), in.KeyUsage
	if usage == "" {
		if spec != types.KeySpecSymmetricDefault {
			return nil, fail(codeValidation, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
		}
		usage = types.KeyUsageTypeEncryptDecrypt
	}
	if !slices.Contains(usages, usage) {
		return nil, fail(codeValidation, "KeyUsage %s is not compatible with KeySpec %s", usage, spec)
	}
	origin := in.Origin
	if origin == "" {
		origin = types.OriginTypeAwsKms
	}
	if origin == types.OriginTypeExternal && len(spec) > 3 && spec[:3] == "ML_" {
		return nil, fail(codeValidation, "KeySpec %s is not supported for Origin EXTERNAL", spec)
	}
	multi := in.MultiRegion != nil && *in.MultiRegion
	inStore := origin == types.OriginTypeAwsCloudhsm || origin == types.OriginTypeExternalKeyStore
	if multi && (inStore || in.CustomKeyStoreId != nil) {
		return nil, fail(codeUnsupported, "Multi-Region keys are not supported in custom key stores.")
	}
	if inStore && spec != types.KeySpecSymmetricDefault {
		return nil, fail(codeUnsupported, "KeySpec %s is not supported for Origin %s", spec, origin)
	}
	id, err := w.newKeyID(multi)
	if err != nil {
		return nil, err
	}
	return &keySet{
		ID: id, Account: c.Principal.Account, Spec: spec, Usage: usage, Origin: origin,
		Manager: types.KeyManagerTypeCustomer, Multi: multi, Primary: c.Region, bound: binding(id),
	}, nil
}

// firstMaterial makes the key material that a new key begins with.
func (t *task) firstMaterial(set *keySet) (*held, error) {
	if set.symmetric() {
		return t.w.makeMaterial(set)
	}
	secret, err := t.makeAsymmetric(set.Spec)
	if err != nil {
		return nil, err
	}
	return newHeld(set, secret), nil
}

// placeFor checks that an account may have one more key in a Region.
//
// Rules: MRK-KEY-08.
func (w *World) placeFor(r *region, account string) error {
	if len(r.members) < w.options.Limits.Keys {
		return nil
	}
	count := 0
	for _, m := range r.members {
		if m.set.Account == account && m.set.Manager == types.KeyManagerTypeCustomer {
			count++
		}
	}
	if count < w.options.Limits.Keys {
		return nil
	}
	return fail(codeLimitExceeded, "")
}

// text is the string behind a pointer; empty when there is none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// enumSet spells the values of an enumeration as AWS's validation does.
func enumSet[T ~string](values []T, except T) string {
	out := "["
	for _, v := range values {
		if v == except {
			continue
		}
		if len(out) > 1 {
			out += ", "
		}
		out += string(v)
	}
	return out + "]"
}
