package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// forRecipient encrypts an answer for the enclave whose attestation document
// came with the request. The document's public key is believed; AWS would also
// follow its certificates to the root of Nitro.
//
// Rules: MRK-ENCLAVE-01, MRK-ENCLAVE-02.
func (w *World) forRecipient(r *types.RecipientInfo, plaintext []byte) ([]byte, error) {
	if r.KeyEncryptionAlgorithm != types.KeyEncryptionMechanismRsaesOaepSha256 {
		return nil, fail(codeValidation, "Recipient needs the key encryption algorithm RSAES_OAEP_SHA_256.")
	}
	to, err := keymaterial.AttestedKey(r.AttestationDocument)
	if err != nil {
		return nil, fail(codeValidation, "The attestation document is not valid.")
	}
	blob, err := keymaterial.Envelope(w.keys, to, plaintext)
	return blob, answered(err)
}
