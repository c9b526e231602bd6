package sim_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestSM2: keys of the Chinese curve sign, encrypt and agree, in China alone
// (MRK-PAIR-19).
func TestSM2(t *testing.T) {
	l := newLab(t, "cn-north-1")
	c := l.at("cn-north-1")
	sign := l.create(c, types.KeySpecSm2, useToSign)
	s, err := c.Sign(l.ctx, &kms.SignInput{KeyId: sign, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecSm2dsa})
	l.done("Sign", err)
	_, err = c.Verify(l.ctx, &kms.VerifyInput{KeyId: sign, Message: []byte("m"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecSm2dsa})
	l.done("Verify", err)
	_, err = c.Verify(l.ctx, &kms.VerifyInput{KeyId: sign, Message: []byte("n"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecSm2dsa})
	l.refused("another message", err, "KMSInvalidSignatureException", "")

	encrypt := l.create(c, types.KeySpecSm2, useToEncrypt)
	sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: encrypt, Plaintext: make([]byte, 1024), EncryptionAlgorithm: types.EncryptionAlgorithmSpecSm2pke})
	l.done("Encrypt", err)
	opened, err := c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: encrypt, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: types.EncryptionAlgorithmSpecSm2pke})
	l.done("Decrypt", err)
	if len(opened.Plaintext) != 1024 {
		t.Errorf("%d bytes come back", len(opened.Plaintext))
	}
	_, err = c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: encrypt, Plaintext: make([]byte, 1025), EncryptionAlgorithm: types.EncryptionAlgorithmSpecSm2pke})
	l.refused("too much", err, "ValidationException", "Algorithm SM2PKE and key spec SM2 cannot encrypt data larger than 1024 bytes.")

	a, b := l.create(c, types.KeySpecSm2, useToAgree), l.create(c, types.KeySpecSm2, useToAgree)
	secret := func(own, peer *string) []byte {
		public, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: peer})
		l.done("GetPublicKey", err)
		out, err := c.DeriveSharedSecret(l.ctx, &kms.DeriveSharedSecretInput{KeyId: own, PublicKey: public.PublicKey, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh})
		l.done("DeriveSharedSecret", err)
		return out.SharedSecret
	}
	if !bytes.Equal(secret(a, b), secret(b, a)) {
		t.Error("the two sides derive different secrets")
	}
	pair, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: l.create(c, "", ""), KeyPairSpec: types.DataKeyPairSpecSm2})
	l.done("data key pair", err)
	if len(pair.PublicKey) == 0 || len(pair.PrivateKeyPlaintext) == 0 {
		t.Errorf("%+v", pair)
	}
}

// TestImportInChina: MRK-IMPORT-33.
func TestImportInChina(t *testing.T) {
	for region, size := range map[string]int{"cn-north-1": 16, "us-east-1": 32} {
		l := newLab(t, region)
		c := l.at(region)
		key := l.create(c, "", "", external)
		i := importer{l, c, key, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048}
		_, err := i.load(make([]byte, 48-size))
		l.refused(region, err, "InvalidCiphertextException", "")
		l.done(region, second(i.load(make([]byte, size))))
		sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")})
		l.done("Encrypt", err)
		l.done("Decrypt", second(c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})))
	}
}
