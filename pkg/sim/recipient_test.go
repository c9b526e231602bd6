package sim_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// attestation is a Nitro attestation document for a public key: COSE_Sign1
// around a map with the key and, where it is called something, a map of one
// register, 0, of 48 bytes.
func attestation(public []byte, registers string, pcr0 byte) []byte {
	payload := append([]byte{0xa1, 0x6a}, "public_key"...)
	payload = append(append(payload, 0x59, byte(len(public)>>8), byte(len(public))), public...)
	if registers != "" {
		payload[0]++
		payload = append(append(payload, 0x60|byte(len(registers))), registers...)
		payload = append(append(payload, 0xa1, 0x00, 0x58, 48), bytes.Repeat([]byte{pcr0}, 48)...)
	}
	out := []byte{0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0, 0x59, byte(len(payload) >> 8), byte(len(payload))}
	return append(append(out, payload...), 0x40)
}

// enclave is a recipient with its private key.
type enclave struct {
	private *rsa.PrivateKey
	info    *types.RecipientInfo
}

func newEnclave(l *lab) enclave {
	l.Helper()
	c := l.at("us-east-1")
	pair, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: l.create(c, "", ""), KeyPairSpec: types.DataKeyPairSpecRsa2048})
	l.done("GenerateDataKeyPair", err)
	parsed, err := x509.ParsePKCS8PrivateKey(pair.PrivateKeyPlaintext)
	l.done("parse", err)
	return enclave{parsed.(*rsa.PrivateKey), &types.RecipientInfo{
		AttestationDocument: attestation(pair.PublicKey, "", 0), KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256,
	}}
}

// open takes the wrapped key, the vector and the content out of EnvelopedData
// by what comes before them: the key is the octet string of 256 bytes, the
// vector follows the name of AES-256-CBC and precedes the content.
func (e enclave) open(l *lab, envelope []byte) []byte {
	l.Helper()
	at := bytes.Index(envelope, []byte{0x04, 0x82, 0x01, 0x00})
	iv := 9 + bytes.Index(envelope, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a, 0x04, 0x10})
	if at < 0 || iv < 9 {
		l.Fatal("the answer has no wrapped key or vector")
	}
	key, err := e.private.Decrypt(nil, envelope[at+4:at+260], &rsa.OAEPOptions{Hash: crypto.SHA256})
	l.done("unwrap", err)
	block, err := aes.NewCipher(key)
	l.done("cipher", err)
	var content asn1.RawValue
	_, err = asn1.Unmarshal(envelope[iv+18:], &content)
	l.done("content", err)
	out := bytes.Clone(content.Bytes)
	cipher.NewCBCDecrypter(block, envelope[iv+2:iv+18]).CryptBlocks(out, out)
	return out[:len(out)-int(out[len(out)-1])]
}

// TestEnclaves: every operation that can answers an enclave in a form that only
// it can open, and keeps the plaintext out of the answer (MRK-ENCLAVE-01).
func TestEnclaves(t *testing.T) {
	l := newLab(t, "us-east-1")
	c, e := l.at("us-east-1"), newEnclave(l)
	key := l.create(c, "", "")
	sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("secret")})
	l.done("Encrypt", err)
	d, err := c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, Recipient: e.info})
	l.done("Decrypt", err)
	if d.Plaintext != nil || string(e.open(l, d.CiphertextForRecipient)) != "secret" {
		t.Errorf("Decrypt: %+v", d)
	}
	g, err := c.GenerateDataKey(l.ctx, &kms.GenerateDataKeyInput{KeyId: key, KeySpec: types.DataKeySpecAes256, Recipient: e.info})
	l.done("GenerateDataKey", err)
	again, err := c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: g.CiphertextBlob})
	l.done("Decrypt", err)
	if g.Plaintext != nil || !bytes.Equal(e.open(l, g.CiphertextForRecipient), again.Plaintext) {
		t.Errorf("GenerateDataKey: %+v", g)
	}
	p, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256, Recipient: e.info})
	l.done("GenerateDataKeyPair", err)
	if p.PrivateKeyPlaintext != nil || len(e.open(l, p.CiphertextForRecipient)) != 150 {
		t.Errorf("GenerateDataKeyPair: %+v", p)
	}
	r, err := c.GenerateRandom(l.ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(100), Recipient: e.info})
	l.done("GenerateRandom", err)
	if r.Plaintext != nil || len(e.open(l, r.CiphertextForRecipient)) != 100 {
		t.Errorf("GenerateRandom: %+v", r)
	}
	agree := l.create(c, types.KeySpecEccNistP256, useToAgree)
	public, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: agree})
	l.done("GetPublicKey", err)
	s, err := c.DeriveSharedSecret(l.ctx, &kms.DeriveSharedSecretInput{KeyId: agree, PublicKey: public.PublicKey, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, Recipient: e.info})
	l.done("DeriveSharedSecret", err)
	if s.SharedSecret != nil || len(e.open(l, s.CiphertextForRecipient)) != 32 {
		t.Errorf("DeriveSharedSecret: %+v", s)
	}
}

// TestBadAttestation: MRK-ENCLAVE-02.
func TestBadAttestation(t *testing.T) {
	l := newLab(t, "us-east-1")
	c, e := l.at("us-east-1"), newEnclave(l)
	random := func(info *types.RecipientInfo) error {
		_, err := c.GenerateRandom(l.ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1), Recipient: info})
		return err
	}
	l.refused("garbage", random(&types.RecipientInfo{AttestationDocument: []byte("garbage"), KeyEncryptionAlgorithm: e.info.KeyEncryptionAlgorithm}),
		"ValidationException", "The attestation document is not valid.")
	l.refused("no algorithm", random(&types.RecipientInfo{AttestationDocument: e.info.AttestationDocument}),
		"ValidationException", "Recipient needs the key encryption algorithm RSAES_OAEP_SHA_256.")
}

// TestPoliciesSeeMeasurements: a policy can ask for an enclave's image or for
// another register, of the enclave or of NitroTPM, and none of them is there
// without a document (MRK-ENCLAVE-03).
func TestPoliciesSeeMeasurements(t *testing.T) {
	l := newLab(t, "us-east-1")
	c, e := l.at("us-east-1"), newEnclave(l)
	public, err := x509.MarshalPKIXPublicKey(&e.private.PublicKey)
	l.done("marshal", err)
	image := strings.Repeat("ab", 48)
	with := func(registers string, pcr0 byte) *types.RecipientInfo {
		return &types.RecipientInfo{AttestationDocument: attestation(public, registers, pcr0), KeyEncryptionAlgorithm: e.info.KeyEncryptionAlgorithm}
	}
	for _, test := range []struct {
		key, registers string
	}{{"ImageSha384", "pcrs"}, {"PCR0", "pcrs"}, {"NitroTPMPCR0", "nitrotpm_pcrs"}} {
		key := l.create(c, "", "", func(in *kms.CreateKeyInput) {
			in.Policy = aws.String(`{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:PutKeyPolicy","kms:Encrypt"],"Resource":"*"},
				{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:Decrypt","Resource":"*",
				 "Condition":{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:` + test.key + `":"` + strings.ToUpper(image) + `"}}}]}`)
		})
		sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("secret")})
		l.done("Encrypt", err)
		open := func(r *types.RecipientInfo) error {
			return second(c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, Recipient: r}))
		}
		l.done(test.key, open(with(test.registers, 0xab)))
		other := map[string]string{"pcrs": "nitrotpm_pcrs", "nitrotpm_pcrs": "pcrs"}[test.registers]
		for name, r := range map[string]*types.RecipientInfo{
			"another image": with(test.registers, 0xac), "no registers": with("", 0), "registers of the other kind": with(other, 0xab), "no document": nil,
		} {
			var refused smithy.APIError
			if err := open(r); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
				t.Errorf("%s, %s: %v", test.key, name, err)
			}
		}
	}
}
