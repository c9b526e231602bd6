package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Encapsulate makes a shared secret and its encapsulated form, with the public
// half of an ML-KEM key.
//
// Rules: MRK-PAIR-18.
func (w *World) Encapsulate(c *Call, in *kms.EncapsulateInput) (out *kms.EncapsulateOutput, err error) {
	t, err := w.begin(c, opEncapsulate, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeEncapsulateDecapsulate, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	secret, blob, err := k.Encapsulate(w.keys)
	if err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.EncapsulateOutput{
		KeyId: &m.arn, SharedSecret: secret, SharedSecretCiphertextBlob: blob, EncapsulationAlgorithm: in.EncapsulationAlgorithm,
	}, nil
}

// Decapsulate recovers a shared secret with the private half. A blob of the
// right length that was made with another key gives a secret that nobody else
// has, and no error.
func (w *World) Decapsulate(c *Call, in *kms.DecapsulateInput) (out *kms.DecapsulateOutput, err error) {
	t, err := w.begin(c, opDecapsulate, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeEncapsulateDecapsulate, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	secret, err := k.Decapsulate(in.SharedSecretCiphertextBlob)
	if err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.DecapsulateOutput{KeyId: &m.arn, SharedSecret: secret, EncapsulationAlgorithm: in.EncapsulationAlgorithm}, nil
}
