package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Encrypt encrypts up to 4096 bytes under a symmetric key, or as much as the
// key allows under an RSA or SM2 key.
//
// Rules: MRK-CRYPTO-10.
func (w *World) Encrypt(c *Call, in *kms.EncryptInput) (out *kms.EncryptOutput, err error) {
	t, err := w.begin(c, opEncrypt, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.Plaintext == nil {
		return nil, missing("plaintext")
	}
	if err := badLength("plaintext", len(in.Plaintext), 1, 4096); err != nil {
		return nil, err
	}
	context := t.context(in.EncryptionContext)
	m, err := t.use(in.KeyId, types.KeyUsageTypeEncryptDecrypt, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	algorithm, err := encryptionAlgorithm(m, in.EncryptionAlgorithm, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	blob, err := t.encryptUnder(m, algorithm, madeByEncrypt, in.Plaintext, context)
	if err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.EncryptOutput{CiphertextBlob: blob, KeyId: &m.arn, EncryptionAlgorithm: algorithm}, nil
}

// context spells the encryption context and keeps it for the trail, which AWS
// writes it to in clear.
func (t *task) context(m map[string]string) []byte {
	if len(m) == 0 {
		return nil
	}
	b := canonicalContext(m)
	t.known = string(b)
	return b
}

// encryptionAlgorithm checks that an algorithm suits a key; none means
// SYMMETRIC_DEFAULT.
//
// Rules: MRK-PAIR-06, MRK-PAIR-08.
func encryptionAlgorithm(m *member, a types.EncryptionAlgorithmSpec, context map[string]string) (types.EncryptionAlgorithmSpec, error) {
	if a == "" {
		a = types.EncryptionAlgorithmSpecSymmetricDefault
	}
	for _, known := range encryptionAlgorithms(m.set.Spec, m.set.Usage) {
		if a != known {
			continue
		}
		if a != types.EncryptionAlgorithmSpecSymmetricDefault && len(context) > 0 {
			return a, fail(codeValidation, "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.")
		}
		return a, nil
	}
	return a, fail(codeInvalidKeyUsage, "Algorithm %s is incompatible with key spec %s.", a, m.set.Spec)
}

// encryptUnder encrypts under whatever key the member is.
func (t *task) encryptUnder(m *member, a types.EncryptionAlgorithmSpec, madeBy byte, plaintext, context []byte) ([]byte, error) {
	if a != types.EncryptionAlgorithmSpecSymmetricDefault {
		return t.w.encryptAsymmetric(m, a, plaintext)
	}
	h, err := t.w.encrypting(m)
	if err != nil {
		return nil, err
	}
	return t.seal(m, h, madeBy, plaintext, context)
}

// encrypting is the key material that a member encrypts with now.
//
// Rules: MRK-ROTATE-02.
func (w *World) encrypting(m *member) (*held, error) {
	if run := m.set.Running; run != nil && len(w.sabotage) > 0 && w.sabotaged(sabNewMaterialEarly) {
		if h := m.holding(run.Material); h != nil {
			return h, nil
		}
	}
	if m.current == nil {
		return nil, fail(codeInvalidState, "%s is pending import.", m.arn)
	}
	return m.current, nil
}
