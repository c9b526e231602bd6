package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// encryptAsymmetric encrypts with the public half of an RSA or SM2 key.
func (w *World) encryptAsymmetric(m *member, a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	return nil, fail(codeUnsupported, "")
}

// decryptAsymmetric decrypts with the private half.
func (w *World) decryptAsymmetric(m *member, a types.EncryptionAlgorithmSpec, blob []byte) ([]byte, error) {
	return nil, fail(codeUnsupported, "")
}

// makeAsymmetric makes the private key or MAC key of a spec, in the form that
// is kept and replicated.
func (w *World) makeAsymmetric(spec types.KeySpec) ([]byte, error) {
	return nil, fail(codeUnsupported, "")
}

// forRecipient encrypts an answer for the enclave whose attestation document
// came with the request.
func (w *World) forRecipient(r *types.RecipientInfo, plaintext []byte) ([]byte, error) {
	return nil, fail(codeUnsupported, "")
}
