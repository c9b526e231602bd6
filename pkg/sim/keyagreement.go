package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// DeriveSharedSecret derives the secret that a key agreement key shares with
// the owner of a public key: the raw coordinate, no key derivation on top.
//
// Rules: MRK-PAIR-13, MRK-PAIR-14.
func (w *World) DeriveSharedSecret(c *Call, in *kms.DeriveSharedSecretInput) (out *kms.DeriveSharedSecretOutput, err error) {
	t, err := w.begin(c, opDeriveSharedSecret, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeKeyAgreement, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	secret, err := k.Agree(in.PublicKey)
	if err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	out = &kms.DeriveSharedSecretOutput{
		KeyId: &m.arn, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, KeyOrigin: m.set.Origin,
	}
	if in.Recipient != nil {
		out.CiphertextForRecipient, err = w.forRecipient(in.Recipient, secret)
		return out, err
	}
	out.SharedSecret = secret
	return out, nil
}
