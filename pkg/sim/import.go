package sim

import (
	"errors"
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
	key, err := t.wrappingKey(in.WrappingKeySpec)
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

func (t *task) wrappingKey(spec types.WrappingKeySpec) (k wrappingKey, err error) {
	w := t.w
	if k, ok := w.wrapping[spec]; ok {
		return k, nil
	}
	random, err := w.keys.fork()
	if err != nil {
		return k, broken(codeInternal)
	}
	t.c.aside(func() { k.Secret, k.Public, err = material.WrappingKey(spec, random) })
	if err != nil {
		return k, answered(err)
	}
	if first, ok := w.wrapping[spec]; ok {
		return first, nil // another call was faster
	}
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
	secret, err := secretOf(m, raw)
	if err != nil {
		return nil, fail(codeInvalidCiphertext, "") // what came out is not a key of this spec
	}
	return newHeld(m.set, secret), nil
}

// secretOf turns unwrapped bytes into key material of a member's spec. In the
// China Regions symmetric keys are keys of SM4, of 128 bits.
//
// Rules: MRK-IMPORT-33.
func secretOf(m *member, raw []byte) ([]byte, error) {
	if m.set.symmetric() && m.region.Partition == chinaPartition {
		if len(raw) != sm4KeySize {
			return nil, errors.New("an SM4 key has 16 bytes")
		}
		return raw, nil
	}
	return material.Canonical(m.set.Spec, raw)
}
