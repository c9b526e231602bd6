package sim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// wrappingKey is a key pair under which clients wrap key material. A world
// makes one of each spec, when it is first asked for: making RSA keys is slow,
// and each import token carries the private half it belongs to.
type wrappingKey struct{ Secret, Public []byte }

// tokenLife is how long an import token may be used.
const tokenLife = 24 * time.Hour

// GetParametersForImport gives out what a client needs to wrap key material
// for a key of origin EXTERNAL.
//
// Rules: MRK-IMPORT-02, MRK-IMPORT-28, MRK-IMPORT-31.
func (w *World) GetParametersForImport(c *Call, in *kms.GetParametersForImportInput) (out *kms.GetParametersForImportOutput, err error) {
	t, err := w.begin(c, opGetParametersForImport, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.imported(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if m.state() == types.KeyStateUpdating {
		return nil, inState(m, types.KeyStateUpdating)
	}
	if err := material.CheckWrapping(m.set.Spec, in.WrappingAlgorithm, in.WrappingKeySpec); err != nil {
		return nil, answered(err)
	}
	key, err := w.wrappingKey(in.WrappingKeySpec)
	if err != nil {
		return nil, err
	}
	until := w.nowMillis() + int64(tokenLife)
	token, err := material.Token{
		Key: m.arn, Algorithm: in.WrappingAlgorithm, Spec: in.WrappingKeySpec, Secret: key.Secret, ValidTo: until,
	}.Seal(w.sealing, w.keys)
	if err != nil {
		return nil, broken(codeInternal)
	}
	return &kms.GetParametersForImportOutput{KeyId: &m.arn, ImportToken: token, PublicKey: key.Public, ParametersValidTo: moment(until)}, nil
}

// imported finds a key whose material comes from outside.
func (t *task) imported(name *string) (*member, error) {
	m, err := t.key(name)
	if err != nil {
		return nil, err
	}
	if m.set.Origin != types.OriginTypeExternal {
		return nil, wrongOrigin(m)
	}
	return m, nil
}

func (w *World) wrappingKey(spec types.WrappingKeySpec) (wrappingKey, error) {
	if k, ok := w.wrapping[spec]; ok {
		return k, nil
	}
	secret, public, err := material.WrappingKey(spec, w.keys)
	if err != nil {
		return wrappingKey{}, answered(err)
	}
	k := wrappingKey{secret, public}
	w.wrapping[spec] = k
	w.touchWorld()
	return k, nil
}

// ImportKeyMaterial brings key material in: the first of a key, one to rotate
// to, or again what was deleted or has expired.
func (w *World) ImportKeyMaterial(c *Call, in *kms.ImportKeyMaterialInput) (out *kms.ImportKeyMaterialOutput, err error) {
	t, err := w.begin(c, opImportKeyMaterial, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.imported(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if err := suitsKey(m, in); err != nil {
		return nil, err
	}
	until, err := w.validTo(in)
	if err != nil {
		return nil, err
	}
	h, err := w.unwrapped(m, in)
	if err != nil {
		return nil, err
	}
	h.Expires, h.ValidTo = until != 0, until
	w.catchUp(m)
	if err := w.place(m, h, in); err != nil {
		return nil, err
	}
	w.received(m, h)
	out = &kms.ImportKeyMaterialOutput{KeyId: &m.arn}
	if m.set.symmetric() {
		id := h.ID.String()
		out.KeyMaterialId = &id
	}
	t.out = out
	return out, nil
}

// suitsKey checks that a request's parameters suit the key.
//
// Rules: MRK-IMPORT-23, MRK-IMPORT-29.
func suitsKey(m *member, in *kms.ImportKeyMaterialInput) error {
	if !m.set.symmetric() {
		for _, p := range []struct {
			name string
			set  bool
		}{{"importType", in.ImportType != ""}, {"keyMaterialId", in.KeyMaterialId != nil}, {"keyMaterialDescription", in.KeyMaterialDescription != nil}} {
			if p.set {
				return fail(codeValidation, "Input parameter %s cannot be used with %s imported keys.", p.name, m.set.Spec)
			}
		}
		return nil
	}
	replica := m.set.Multi && !m.isPrimary()
	switch {
	case replica && in.ImportType == types.ImportTypeNewKeyMaterial:
		return fail(codeValidation, "Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys")
	case replica && in.KeyMaterialDescription != nil:
		return fail(codeValidation, "Key material description can only be specified on primary Multi-Region keys")
	case in.ImportType == types.ImportTypeNewKeyMaterial && in.KeyMaterialId != nil:
		return fail(codeValidation, "Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.")
	}
	return nil
}

// validTo is when the material is to expire, to the second; zero for never.
//
// Rules: MRK-IMPORT-10, MRK-IMPORT-11.
func (w *World) validTo(in *kms.ImportKeyMaterialInput) (int64, error) {
	if in.ExpirationModel == types.ExpirationModelTypeKeyMaterialDoesNotExpire {
		if in.ValidTo != nil {
			return 0, fail(codeValidation, "A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
		}
		return 0, nil
	}
	switch {
	case in.ValidTo == nil:
		return 0, fail(codeValidation, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case !in.ValidTo.After(w.Now()):
		return 0, fail(codeValidation, "ValidTo must be in the future")
	case in.ValidTo.After(w.Now().Add(365 * day)):
		return 0, fail(codeValidation, "ValidTo must be less than 365 days in the future")
	}
	return in.ValidTo.Truncate(time.Second).UnixNano(), nil
}

// unwrapped opens the token and with it the material.
//
// Rules: MRK-IMPORT-03, MRK-IMPORT-04, MRK-IMPORT-30, MRK-IMPORT-32.
func (w *World) unwrapped(m *member, in *kms.ImportKeyMaterialInput) (*held, error) {
	token, err := material.OpenToken(w.sealing, in.ImportToken)
	if err != nil || token.Key != m.arn {
		return nil, fail("InvalidImportTokenException", "")
	}
	if token.ValidTo <= w.nowNanos() {
		return nil, fail("ExpiredImportTokenException", "")
	}
	raw, err := material.Unwrap(token.Algorithm, token.Spec, token.Secret, in.EncryptedKeyMaterial)
	if err != nil {
		return nil, answered(err)
	}
	secret, err := material.Canonical(m.set.Spec, raw)
	if err != nil {
		return nil, fail(codeInvalidCiphertext, "") // what came out is not a key of this spec
	}
	return newHeld(m.set, secret), nil
}

// catchUp lets a replica know of what the primary has just staged: imports
// need no waiting between the two.
func (w *World) catchUp(m *member) {
	p := m.set.primary()
	if p != nil && p != m && !w.stalled(p.region.Name) && !w.stalled(m.region.Name) {
		w.copyView(p, m)
	}
}

// place finds out which of the key's materials was imported, and enters a new one.
//
// Rules: MRK-IMPORT-05, MRK-IMPORT-07, MRK-IMPORT-09.
func (w *World) place(m *member, h *held, in *kms.ImportKeyMaterialInput) error {
	list := m.view.Materials
	known := -1
	for i, mat := range list {
		if mat.ID == h.ID {
			known = i
		}
	}
	if in.ImportType == types.ImportTypeNewKeyMaterial || len(list) == 0 {
		if known >= 0 {
			return fail("IncorrectKeyMaterialException", "Key material (id: %s) being imported as NEW_KEY_MATERIAL is already associated with KMS key %s.", h.ID, m.arn)
		}
		return w.enter(m, h, text(in.KeyMaterialDescription))
	}
	expected := text(in.KeyMaterialId)
	if expected == "" {
		if cur, ok := m.currentMaterial(); ok {
			expected = cur.ID.String()
		}
	}
	if known < 0 || in.KeyMaterialId != nil && h.ID.String() != *in.KeyMaterialId {
		return fail("IncorrectKeyMaterialException", "Imported key material does not have the expected identifier (%s).", expected)
	}
	if in.KeyMaterialDescription != nil {
		changed := append([]keyMaterial(nil), list...)
		changed[known].Description = *in.KeyMaterialDescription
		m.view.Materials = changed
		w.spread(m.set)
	}
	return nil
}

// enter adds new material to a key: its first, or one that waits for a rotation.
//
// Rules: MRK-IMPORT-08, MRK-IMPORT-24.
func (w *World) enter(m *member, h *held, description string) error {
	state := types.KeyMaterialStateCurrent
	for _, mat := range m.view.Materials {
		if !permanent(mat.State) {
			return fail(codeInvalidState, "New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", h.ID, m.arn, mat.ID)
		}
		state = types.KeyMaterialStatePendingRotation
	}
	if state == types.KeyMaterialStatePendingRotation && len(m.set.members) > 1 {
		state = types.KeyMaterialStatePendingMultiRegionImportAndRotation
	}
	m.view.Materials = withMaterial(m.view.Materials, keyMaterial{ID: h.ID, State: state, Description: description})
	w.spread(m.set)
	return nil
}

// received keeps the bytes of imported material. A key that has all it needs
// is enabled by that, even one that was disabled.
//
// Rules: MRK-IMPORT-11, MRK-IMPORT-13.
func (w *World) received(m *member, h *held) {
	m.drop(h.ID)
	m.hold(h)
	m.settle()
	if !m.lacks {
		m.enabled = true
	}
	if h.Expires {
		w.schedule(event{
			At: max(w.nowNanos(), h.ValidTo+int64(w.times.within(w.options.Timing.Expiry))), Kind: evExpire,
			Key: m.set.ID, Region: m.region.Name, Arg: h.ID.String(), N: h.ValidTo,
		})
	}
	w.touch(m)
	w.touchSet(m.set)
	w.stagedEverywhere(m.set)
}

// stagedEverywhere marks pending material as ready for rotation once every
// member has it.
//
// Rules: MRK-IMPORT-24.
func (w *World) stagedEverywhere(set *keySet) {
	p := set.primary()
	if p == nil {
		return
	}
	for i, mat := range p.view.Materials {
		if mat.State != types.KeyMaterialStatePendingMultiRegionImportAndRotation {
			continue
		}
		for _, m := range set.members {
			if m.holding(mat.ID) == nil {
				return
			}
		}
		list := append([]keyMaterial(nil), p.view.Materials...)
		list[i].State = types.KeyMaterialStatePendingRotation
		p.view.Materials = list
		w.touch(p)
		w.spread(set)
	}
}

// DeleteImportedKeyMaterial deletes the bytes of one material here: the current
// one, unless another is named. It succeeds also when they are not here.
//
// Rules: MRK-IMPORT-15, MRK-IMPORT-16, MRK-IMPORT-29.
func (w *World) DeleteImportedKeyMaterial(c *Call, in *kms.DeleteImportedKeyMaterialInput) (out *kms.DeleteImportedKeyMaterialOutput, err error) {
	t, err := w.begin(c, opDeleteImportedKeyMaterial, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.imported(in.KeyId)
	if err != nil {
		return nil, err
	}
	if s := m.state(); s == types.KeyStateCreating || s == types.KeyStateUpdating {
		return nil, inState(m, s)
	}
	w.catchUp(m)
	out = &kms.DeleteImportedKeyMaterialOutput{KeyId: &m.arn}
	t.out = out
	mat, found := m.currentMaterial()
	if in.KeyMaterialId != nil {
		found = false
		for _, x := range m.view.Materials {
			if x.ID.String() == *in.KeyMaterialId {
				mat, found = x, true
			}
		}
		if !found {
			return nil, fail(codeValidation, "Key material (id: %s) has never been imported into KMS key %s.", *in.KeyMaterialId, m.arn)
		}
	}
	if !found {
		return out, nil // nothing was ever imported
	}
	w.discard(m, mat)
	if m.set.symmetric() {
		id := mat.ID.String()
		out.KeyMaterialId = &id
	}
	return out, nil
}

// discard drops the bytes of a material. One that is pending is forgotten
// altogether when the primary drops it, at the replicas too.
//
// Rules: MRK-IMPORT-14, MRK-IMPORT-25.
func (w *World) discard(m *member, mat keyMaterial) {
	m.drop(mat.ID)
	if !permanent(mat.State) && m.set.Primary == m.region.Name {
		var rest []keyMaterial
		for _, x := range m.view.Materials {
			if x.ID != mat.ID {
				rest = append(rest, x)
			}
		}
		m.view.Materials = rest
		delete(m.region.materials, mat.ID)
		w.spread(m.set)
	}
	m.settle()
	w.touch(m)
}

// importedEverywhere checks that imported key material is pending at the
// primary and has been imported at every replica.
//
// Rules: MRK-IMPORT-17, MRK-IMPORT-24.
func (w *World) importedEverywhere(p *member) error {
	for _, mat := range p.view.Materials {
		if permanent(mat.State) {
			continue
		}
		for _, m := range p.set.members {
			if m.holding(mat.ID) == nil {
				return fail(codeInvalidState, "Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.")
			}
		}
		return nil
	}
	return fail(codeInvalidState, "No available key material pending rotation for the key: %s.", p.arn)
}

// materialExpires makes imported key material useless whose time is over. While
// it is pending its ValidTo is ignored. The list of
// rotations goes on showing it as imported.
//
// Rules: MRK-IMPORT-11, MRK-IMPORT-19, MRK-IMPORT-21, MRK-IMPORT-26.
func (w *World) materialExpires(m *member, e event) {
	for i, h := range m.held {
		if h.ID.String() != e.Arg || !h.Expires || h.ValidTo != e.N || h.Expired || !m.bound(h.ID) {
			continue
		}
		over := newHeld(m.set, h.Secret)
		over.Expires, over.ValidTo, over.Expired = true, h.ValidTo, true
		m.held[i] = over
		m.settle()
		w.recordService(m, opDeleteExpiredKeyMaterial, m, map[string]string{"keyId": m.set.ID, "keyMaterialId": h.ID.String()})
		w.touch(m)
		return
	}
}

// expireActivated applies the expiry that was ignored while a material was pending.
//
// Rules: MRK-IMPORT-19.
func (w *World) expireActivated(p *member) {
	cur, ok := p.currentMaterial()
	if !ok || p.set.Origin != types.OriginTypeExternal {
		return
	}
	for _, m := range p.set.members {
		if h := m.holding(cur.ID); h != nil && h.Expires && h.ValidTo <= w.nowNanos() {
			w.after(0, event{Kind: evExpire, Key: p.set.ID, Region: m.region.Name, Arg: h.ID.String(), N: h.ValidTo})
		}
	}
}
