package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// GenerateDataKey draws a data key and returns it in clear and encrypted.
func (w *World) GenerateDataKey(c *Call, in *kms.GenerateDataKeyInput) (out *kms.GenerateDataKeyOutput, err error) {
	t, err := w.begin(c, opGenerateDataKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	d := dataKey{key: in.KeyId, spec: in.KeySpec, bytes: in.NumberOfBytes, context: in.EncryptionContext, tokens: in.GrantTokens}
	if err := t.makeDataKey(&d); err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	out = &kms.GenerateDataKeyOutput{CiphertextBlob: d.blob, KeyId: &t.m.arn, KeyMaterialId: &d.material}
	if in.Recipient != nil {
		out.CiphertextForRecipient, err = w.forRecipient(in.Recipient, d.plain)
		return out, err
	}
	out.Plaintext = d.plain
	return out, nil
}

// GenerateDataKeyWithoutPlaintext draws a data key and returns it encrypted only.
func (w *World) GenerateDataKeyWithoutPlaintext(c *Call, in *kms.GenerateDataKeyWithoutPlaintextInput) (out *kms.GenerateDataKeyWithoutPlaintextOutput, err error) {
	t, err := w.begin(c, opGenerateDataKeyWithoutPlaintext, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	d := dataKey{key: in.KeyId, spec: in.KeySpec, bytes: in.NumberOfBytes, context: in.EncryptionContext, tokens: in.GrantTokens}
	if err := t.makeDataKey(&d); err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.GenerateDataKeyWithoutPlaintextOutput{CiphertextBlob: d.blob, KeyId: &t.m.arn, KeyMaterialId: &d.material}, nil
}

// dataKey is what the two operations have in common.
type dataKey struct {
	key     *string
	spec    types.DataKeySpec
	bytes   *int32
	context map[string]string
	tokens  []string
	// results
	plain, blob []byte
	material    string
}

func (t *task) makeDataKey(d *dataKey) error {
	size, err := dataKeySize(d.spec, d.bytes)
	if err != nil {
		return err
	}
	context := t.context(d.context)
	m, err := t.use(d.key, types.KeyUsageTypeEncryptDecrypt, d.tokens)
	if err != nil {
		return err
	}
	if !m.set.symmetric() {
		return fail(codeInvalidKeyUsage, "You cannot generate a data key with an asymmetric CMK")
	}
	h, err := t.w.encrypting(m)
	if err != nil {
		return err
	}
	d.plain = make([]byte, size)
	if t.w.keys.read(d.plain) != nil {
		return broken(codeInternal)
	}
	d.material = h.ID.String()
	d.blob, err = t.seal(m, h, madeByDataKey, d.plain, context)
	return err
}

// dataKeySize is the length of the data key asked for, by exactly one of spec
// and number of bytes.
//
// Rules: MRK-CRYPTO-11.
func dataKeySize(spec types.DataKeySpec, bytes *int32) (int, error) {
	if (spec == "") == (bytes == nil) {
		return 0, fail(codeValidation, "Please specify either number of bytes or key spec.")
	}
	switch spec {
	case types.DataKeySpecAes128:
		return 16, nil
	case types.DataKeySpecAes256:
		return 32, nil
	case "":
		return int(*bytes), outOfRange("numberOfBytes", int64(*bytes), 1, 1024)
	}
	return 0, fail(codeValidation, "1 validation error detected: Value '%s' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: %s", spec, enumSet(spec.Values(), ""))
}

// GenerateRandom draws random bytes. It needs no key.
//
// Rules: MRK-CRYPTO-12.
func (w *World) GenerateRandom(c *Call, in *kms.GenerateRandomInput) (out *kms.GenerateRandomOutput, err error) {
	t, err := w.begin(c, opGenerateRandom, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.NumberOfBytes == nil {
		return nil, fail(codeValidation, "NumberOfBytes is required.")
	}
	if err := outOfRange("numberOfBytes", int64(*in.NumberOfBytes), 1, 1024); err != nil {
		return nil, err
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil {
		if err := t.r.storeForRandom(*in.CustomKeyStoreId); err != nil {
			return nil, err
		}
	}
	if !w.admitNamed(t.r, c.Principal.Account, "symmetric", symmetricPool(t.r.Name), 1) {
		return nil, throttled()
	}
	plain := make([]byte, *in.NumberOfBytes)
	if w.keys.read(plain) != nil {
		return nil, broken(codeInternal)
	}
	out = &kms.GenerateRandomOutput{}
	if in.Recipient != nil {
		out.CiphertextForRecipient, err = w.forRecipient(in.Recipient, plain)
		return out, err
	}
	out.Plaintext = plain
	return out, nil
}
