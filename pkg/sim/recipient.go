package sim

import (
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// forRecipient encrypts an answer for the enclave whose attestation document
// came with the request. The document is believed; AWS would also follow its
// certificates to the root of Nitro.
//
// Rules: MRK-ENCLAVE-01, MRK-ENCLAVE-02.
func (w *World) forRecipient(r *types.RecipientInfo, plaintext []byte) ([]byte, error) {
	if r.KeyEncryptionAlgorithm != types.KeyEncryptionMechanismRsaesOaepSha256 {
		return nil, fail(codeValidation, "Recipient needs the key encryption algorithm RSAES_OAEP_SHA_256.")
	}
	to, err := keymaterial.ReadAttestation(r.AttestationDocument)
	if err != nil {
		return nil, fail(codeValidation, "The attestation document is not valid.")
	}
	blob, err := keymaterial.Envelope(w.keys, to.PublicKey, plaintext)
	return blob, answered(err)
}

// attested is the value of a condition key about the enclave or the instance
// that an answer is for: kms:RecipientAttestation: and ImageSha384, PCR and a
// number, or NitroTPMPCR and a number, all in lower case. There is none without
// a valid attestation document of that kind.
//
// Rules: MRK-ENCLAVE-03.
func (t *task) attested(key string) ([]string, bool) {
	in := reflect.Indirect(reflect.ValueOf(t.in))
	if in.Kind() != reflect.Struct {
		return nil, false
	}
	f := in.FieldByName("Recipient")
	if !f.IsValid() || f.IsNil() {
		return nil, false
	}
	a, err := keymaterial.ReadAttestation(f.Interface().(*types.RecipientInfo).AttestationDocument)
	if err != nil {
		return nil, false
	}
	number, ofTPM := strings.CutPrefix(key, "nitrotpmpcr")
	if !ofTPM {
		number, _ = strings.CutPrefix(key, "pcr")
		if key == "imagesha384" {
			number = "0"
		}
	}
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil || ofTPM != a.TPM {
		return nil, false
	}
	pcr, ok := a.PCRs[n]
	return []string{hex.EncodeToString(pcr)}, ok
}
