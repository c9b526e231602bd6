package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// makeAsymmetric makes the private key or MAC key of a spec, in the form that
// is kept and replicated. RSA keys take up to a second, aside.
//
// Rules: MRK-PAIR-01, MRK-MAC-01.
func (t *task) makeAsymmetric(spec types.KeySpec) (secret []byte, err error) {
	random, err := t.w.keys.fork()
	if err != nil {
		return nil, broken(codeInternal)
	}
	t.c.aside(func() { secret, err = keymaterial.Generate(spec, random) })
	return secret, answered(err)
}

// encryptAsymmetric encrypts with the public half of an RSA or SM2 key.
//
// Rules: MRK-PAIR-04, MRK-PAIR-19.
func (w *World) encryptAsymmetric(m *member, a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	k, err := m.pair()
	if err != nil {
		return nil, err
	}
	blob, err := k.Encrypt(w.keys, a, plaintext)
	return blob, answered(err)
}

// decryptAsymmetric decrypts with the private half.
//
// Rules: MRK-PAIR-05, MRK-PAIR-07.
func (w *World) decryptAsymmetric(m *member, a types.EncryptionAlgorithmSpec, blob []byte) ([]byte, error) {
	k, err := m.pair()
	if err != nil {
		return nil, err
	}
	plaintext, err := k.Decrypt(a, blob)
	return plaintext, answered(err)
}

// GetPublicKey returns the public half of a key pair, the same bytes at every
// member of a set. It works on disabled keys.
//
// Rules: MRK-PAIR-02, MRK-PAIR-03.
func (w *World) GetPublicKey(c *Call, in *kms.GetPublicKeyInput) (out *kms.GetPublicKeyOutput, err error) {
	t, err := w.begin(c, opGetPublicKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.find(in.KeyId, anyName)
	if err != nil {
		return nil, err
	}
	if err := t.authorizeUse(m, in.GrantTokens); err != nil {
		return nil, err
	}
	set := m.set
	if set.symmetric() || set.Usage == types.KeyUsageTypeGenerateVerifyMac {
		return nil, fail(codeUnsupported, "") // recorded of symmetric keys; MAC keys have no public half either
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	k, err := m.pair()
	if err != nil {
		return nil, err
	}
	return &kms.GetPublicKeyOutput{
		KeyId: &m.arn, PublicKey: k.Public(), KeySpec: set.Spec, KeyUsage: set.Usage,
		CustomerMasterKeySpec:   types.CustomerMasterKeySpec(set.Spec), //nolint:staticcheck // deprecated, and still on the wire
		EncryptionAlgorithms:    encryptionAlgorithms(set.Spec, set.Usage),
		SigningAlgorithms:       signingAlgorithms(set.Spec, set.Usage),
		KeyAgreementAlgorithms:  keyAgreementAlgorithms(set.Usage),
		EncapsulationAlgorithms: encapsulationAlgorithms(set.Usage),
	}, nil
}

// Sign signs a message or its digest with the private half of a key pair.
//
// Rules: MRK-PAIR-08, MRK-PAIR-09, MRK-PAIR-10.
func (w *World) Sign(c *Call, in *kms.SignInput) (out *kms.SignOutput, err error) {
	t, err := w.begin(c, opSign, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeSignVerify, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	signature, err := k.Sign(w.keys, in.SigningAlgorithm, in.MessageType, in.Message)
	if err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.SignOutput{KeyId: &m.arn, Signature: signature, SigningAlgorithm: in.SigningAlgorithm}, nil
}

// Verify checks a signature with the public half. A wrong one is an error,
// under DryRun too.
//
// Rules: MRK-PAIR-11, MRK-PAIR-12.
func (w *World) Verify(c *Call, in *kms.VerifyInput) (out *kms.VerifyOutput, err error) {
	t, err := w.begin(c, opVerify, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeSignVerify, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if err := k.Verify(in.SigningAlgorithm, in.MessageType, in.Message, in.Signature); err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.VerifyOutput{KeyId: &m.arn, SignatureValid: true, SigningAlgorithm: in.SigningAlgorithm}, nil
}
