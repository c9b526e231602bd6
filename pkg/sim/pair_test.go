package sim_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material/mldsa"
)

const (
	useToEncrypt = types.KeyUsageTypeEncryptDecrypt
	useToSign    = types.KeyUsageTypeSignVerify
	useToAgree   = types.KeyUsageTypeKeyAgreement
	useToMac     = types.KeyUsageTypeGenerateVerifyMac
)

// rsaSpecs are the sizes to try; the larger ones take a second each.
func rsaSpecs() []types.KeySpec {
	if testing.Short() {
		return []types.KeySpec{types.KeySpecRsa2048}
	}
	return []types.KeySpec{types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096}
}

// TestPublicKeys: MRK-PAIR-02, MRK-PAIR-03, MRK-KEY-10 [14/1-2, 14/14-15, 15/2, 15/15].
func TestPublicKeys(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	_, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: l.create(c, "", "")})
	l.refused("of a symmetric key", err, "UnsupportedOperationException", "")
	_, err = c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: l.create(c, types.KeySpecHmac256, useToMac)})
	l.refused("of a MAC key", err, "UnsupportedOperationException", "")

	key := l.create(c, types.KeySpecRsa2048, useToSign)
	first, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
	l.done("GetPublicKey", err)
	if *first.KeyId != *key || len(first.PublicKey) != 294 || len(first.SigningAlgorithms) != 6 || first.EncryptionAlgorithms != nil ||
		first.KeySpec != types.KeySpecRsa2048 || first.KeyUsage != useToSign {
		t.Errorf("%+v", first)
	}
	if old := first.CustomerMasterKeySpec; old != "RSA_2048" { //nolint:staticcheck // clients of old read it
		t.Errorf("CustomerMasterKeySpec %s", old)
	}
	agree := l.create(c, types.KeySpecEccNistP256, useToAgree)
	out, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: agree})
	l.done("GetPublicKey", err)
	if len(out.KeyAgreementAlgorithms) != 1 || out.SigningAlgorithms != nil {
		t.Errorf("%+v", out)
	}
	_, err = c.DisableKey(l.ctx, &kms.DisableKeyInput{KeyId: key})
	l.done("DisableKey", err)
	again, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
	l.done("of a disabled key", err)
	if !bytes.Equal(again.PublicKey, first.PublicKey) {
		t.Error("the public key has changed")
	}
	_, err = c.ScheduleKeyDeletion(l.ctx, &kms.ScheduleKeyDeletionInput{KeyId: key})
	l.done("ScheduleKeyDeletion", err)
	_, err = c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
	l.refused("of a key being deleted", err, "KMSInvalidStateException", *key+" is pending deletion.")
}

// TestRSAEncryption is the recording rsa, its half about encryption: MRK-PAIR-04,
// MRK-PAIR-05, MRK-PAIR-06, MRK-PAIR-07, MRK-PAIR-08, MRK-PAIR-16,
// MRK-CRYPTO-13 [14/3-12, 14/20, 14/22, F1.5/13].
func TestRSAEncryption(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	most := map[types.KeySpec][2]int{types.KeySpecRsa2048: {214, 190}, types.KeySpecRsa3072: {342, 318}, types.KeySpecRsa4096: {470, 446}}
	symmetric := l.create(c, "", "")
	for _, spec := range rsaSpecs() {
		key := l.create(c, spec, useToEncrypt)
		for i, a := range []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, types.EncryptionAlgorithmSpecRsaesOaepSha256} {
			limit := most[spec][i]
			text := map[int]string{214: "214", 190: "190", 342: "342", 318: "318", 470: "470", 446: "446"}[limit]
			plain := bytes.Repeat([]byte{1}, limit)
			sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: plain, EncryptionAlgorithm: a, EncryptionContext: map[string]string{}})
			l.done("encrypt as much as fits", err)
			_, err = c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: append(plain, 1), EncryptionAlgorithm: a})
			l.refused("too much", err, "ValidationException", "Algorithm "+string(a)+" and key spec "+string(spec)+" cannot encrypt data larger than "+text+" bytes.")
			opened, err := c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a, EncryptionContext: map[string]string{}})
			l.done("decrypt", err)
			if !bytes.Equal(opened.Plaintext, plain) || opened.KeyMaterialId != nil || *opened.KeyId != *key || opened.EncryptionAlgorithm != a {
				t.Errorf("%s %s: %+v", spec, a, opened)
			}
			_, err = c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a})
			l.refused("no key", err, "ValidationException", "KeyId must not be null")
			_, err = c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob})
			l.refused("no algorithm", err, "InvalidCiphertextException", "")
			_, err = c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a, EncryptionContext: map[string]string{"a": "b"}})
			l.refused("context", err, "ValidationException", "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.")
			_, err = c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: plain[:1], EncryptionAlgorithm: a, EncryptionContext: map[string]string{"a": "b"}})
			l.refused("context", err, "ValidationException", "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.")
			_, err = c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: plain[:1], EncryptionAlgorithm: a, DryRun: aws.Bool(true)})
			l.refused("dry run", err, "DryRunOperationException", dryRun)
			bad := bytes.Clone(sealed.CiphertextBlob)
			bad[9] ^= 1
			for _, dry := range []bool{false, true} {
				_, err = c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: bad, EncryptionAlgorithm: a, DryRun: &dry})
				l.refused("damaged", err, "InvalidCiphertextException", "")
			}
			other := []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha256, types.EncryptionAlgorithmSpecRsaesOaepSha1}[i]
			_, err = c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: other})
			l.refused("other algorithm", err, "InvalidCiphertextException", "")

			small, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("small"), EncryptionAlgorithm: a})
			l.done("encrypt", err)
			to, err := c.ReEncrypt(l.ctx, &kms.ReEncryptInput{SourceKeyId: key, SourceEncryptionAlgorithm: a, CiphertextBlob: small.CiphertextBlob, DestinationKeyId: symmetric})
			l.done("reencrypt to symmetric", err)
			if to.SourceKeyMaterialId != nil || to.DestinationKeyMaterialId == nil || *to.SourceKeyId != *key || *to.KeyId != *symmetric ||
				to.SourceEncryptionAlgorithm != a || to.DestinationEncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
				t.Errorf("%+v", to)
			}
			from, err := c.ReEncrypt(l.ctx, &kms.ReEncryptInput{CiphertextBlob: to.CiphertextBlob, DestinationKeyId: key, DestinationEncryptionAlgorithm: a})
			l.done("reencrypt from symmetric", err)
			if from.SourceKeyMaterialId == nil || from.DestinationKeyMaterialId != nil {
				t.Errorf("%+v", from)
			}
		}
		_, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")})
		l.refused("no algorithm", err, "InvalidKeyUsageException", "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec "+string(spec)+".")
		_, err = c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecRsa2048})
		l.refused("data key pair", err, "InvalidKeyUsageException", "You cannot generate a data key pair with an asymmetric CMK") // MRK-PAIR-16
	}
}

// signed is one key and algorithm to sign with.
type signed struct {
	spec      types.KeySpec
	algorithm types.SigningAlgorithmSpec
	raw       bool // takes raw messages
	digest    int  // length of a digest it takes; 0 for none
	same      bool // the same signature each time
}

func everySigner() []signed {
	list := []signed{
		{types.KeySpecEccNistP256, types.SigningAlgorithmSpecEcdsaSha256, true, 32, false},
		{types.KeySpecEccNistP384, types.SigningAlgorithmSpecEcdsaSha384, true, 48, false},
		{types.KeySpecEccNistP521, types.SigningAlgorithmSpecEcdsaSha512, true, 64, false},
		{types.KeySpecEccSecgP256k1, types.SigningAlgorithmSpecEcdsaSha256, true, 32, false},
		{types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519Sha512, true, 0, true},
		{types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519PhSha512, false, 64, true},
		{types.KeySpecMlDsa44, types.SigningAlgorithmSpecMlDsaShake256, true, 0, false},
		{types.KeySpecMlDsa65, types.SigningAlgorithmSpecMlDsaShake256, true, 0, false},
		{types.KeySpecMlDsa87, types.SigningAlgorithmSpecMlDsaShake256, true, 0, false},
	}
	for _, spec := range rsaSpecs() {
		for _, size := range []struct {
			name string
			n    int
		}{{"256", 32}, {"384", 48}, {"512", 64}} {
			list = append(list,
				signed{spec, types.SigningAlgorithmSpec("RSASSA_PSS_SHA_" + size.name), true, size.n, false},
				signed{spec, types.SigningAlgorithmSpec("RSASSA_PKCS1_V1_5_SHA_" + size.name), true, size.n, true})
		}
	}
	return list
}

// TestSigning is the recordings rsa, ecc and mldsa, as far as they sign:
// MRK-PAIR-08, MRK-PAIR-09, MRK-PAIR-10, MRK-PAIR-11, MRK-CRYPTO-13
// [14/16-20, 15/3-10, F1.5/9, F9.2/3].
func TestSigning(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	keys := map[types.KeySpec]*string{}
	for _, s := range everySigner() {
		if keys[s.spec] == nil {
			keys[s.spec] = l.create(c, s.spec, useToSign)
		}
		key := keys[s.spec]
		sign := func(form types.MessageType, message []byte) ([]byte, error) {
			out, err := c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: message, MessageType: form, SigningAlgorithm: s.algorithm})
			if err != nil {
				return nil, err
			}
			if *out.KeyId != *key || out.SigningAlgorithm != s.algorithm {
				t.Errorf("%+v", out)
			}
			return out.Signature, nil
		}
		form, message := types.MessageTypeRaw, []byte("message")
		if !s.raw {
			form, message = types.MessageTypeDigest, make([]byte, s.digest)
		}
		one, err := sign(form, message)
		l.done(string(s.algorithm), err)
		two, err := sign(form, message)
		l.done(string(s.algorithm), err)
		if bytes.Equal(one, two) != s.same {
			t.Errorf("%s %s: repeated signature equal: %v", s.spec, s.algorithm, !s.same)
		}
		verify := &kms.VerifyInput{KeyId: key, Message: message, MessageType: form, SigningAlgorithm: s.algorithm, Signature: one}
		out, err := c.Verify(l.ctx, verify)
		l.done("verify", err)
		if !out.SignatureValid || *out.KeyId != *key || out.SigningAlgorithm != s.algorithm {
			t.Errorf("%+v", out)
		}
		verify.Signature = append([]byte{one[0] ^ 1}, one[1:]...)
		for _, dry := range []bool{false, true} {
			verify.DryRun = &dry
			_, err = c.Verify(l.ctx, verify)
			l.refused("wrong signature", err, "KMSInvalidSignatureException", "")
		}
		_, err = c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: message, MessageType: form, SigningAlgorithm: s.algorithm, DryRun: aws.Bool(true)})
		l.refused("dry run", err, "DryRunOperationException", dryRun)
		l.forms(s, sign)
	}
	_, err := c.Sign(l.ctx, &kms.SignInput{KeyId: keys[types.KeySpecEccNistP256], Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecRsassaPssSha256})
	l.refused("wrong algorithm", err, "InvalidKeyUsageException", "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256.") // MRK-PAIR-08
	agree := l.create(c, types.KeySpecEccNistP256, useToAgree)
	_, err = c.Sign(l.ctx, &kms.SignInput{KeyId: agree, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	l.refused("other usage", err, "InvalidKeyUsageException", *agree+" key usage is KEY_AGREEMENT which is not valid for Sign.")
}

// forms tries what message types an algorithm takes, and how long a digest is.
func (l *lab) forms(s signed, sign func(types.MessageType, []byte) ([]byte, error)) {
	l.Helper()
	spec, name := string(s.spec), string(s.algorithm)
	mldsa := s.algorithm == types.SigningAlgorithmSpecMlDsaShake256
	_, err := sign(types.MessageTypeExternalMu, make([]byte, 64))
	if mldsa {
		l.done("external mu", err)
		for _, n := range []int{1, 63, 65} {
			_, err := sign(types.MessageTypeExternalMu, make([]byte, n))
			l.refused("mu of wrong length", err, "ValidationException", "External Mu is invalid length for algorithm ML_DSA_SHAKE_256.")
		}
		_, err = sign(types.MessageTypeDigest, make([]byte, 64))
		l.refused("digest", err, "ValidationException", "Message type DIGEST is incompatible with key spec "+spec+".")
		return
	}
	l.refused("external mu", err, "ValidationException", "Message type EXTERNAL_MU is incompatible with key spec "+spec+".")
	if !s.raw {
		_, err := sign(types.MessageTypeRaw, []byte("m"))
		l.refused("raw", err, "ValidationException", "Message type RAW is incompatible with algorithm "+name+".")
	}
	if s.digest == 0 {
		_, err := sign(types.MessageTypeDigest, []byte("m"))
		l.refused("digest", err, "ValidationException", "Message type DIGEST is incompatible with algorithm "+name+".")
		return
	}
	_, err = sign(types.MessageTypeDigest, make([]byte, s.digest-1))
	l.refused("short digest", err, "ValidationException", "Digest is invalid length for algorithm "+name+".")
	_, err = sign(types.MessageTypeDigest, make([]byte, s.digest))
	l.done("digest", err)
}

// TestExternalMu is the recording mldsa: MRK-PAIR-12 [15/11].
func TestExternalMu(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	key := l.create(c, types.KeySpecMlDsa44, useToSign)
	public, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
	l.done("GetPublicKey", err)
	encoded := public.PublicKey[len(public.PublicKey)-1312:]
	pub, err := mldsa.NewPublicKey(mldsa.MLDSA44(), encoded)
	l.done("parse", err)
	message := []byte("message")
	forms := map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeExternalMu: pub.Mu(message)}
	for signed, one := range forms {
		s, err := c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: one, MessageType: signed, SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256})
		l.done("sign", err)
		for verified, other := range forms {
			_, err := c.Verify(l.ctx, &kms.VerifyInput{KeyId: key, Message: other, MessageType: verified, Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256})
			l.done("verify", err)
		}
	}
}

// TestRawAndDigest: both come to the same signature where it is not random
// (MRK-PAIR-09) [14/16].
func TestRawAndDigest(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	key := l.create(c, types.KeySpecRsa2048, useToSign)
	message := []byte("message")
	sum := sha256.Sum256(message)
	const a = types.SigningAlgorithmSpecRsassaPkcs1V15Sha256
	raw, err := c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: message, SigningAlgorithm: a})
	l.done("raw", err)
	of, err := c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: sum[:], MessageType: types.MessageTypeDigest, SigningAlgorithm: a})
	l.done("digest", err)
	if !bytes.Equal(raw.Signature, of.Signature) {
		t.Error("signatures of a message and of its digest differ")
	}
}

// TestPairStates: MRK-KEY-11, MRK-KEY-13, MRK-DELETE-13: the states of
// cryptographic operations [13/16-18, 15/14, F8/1].
func TestPairStates(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	sign, agree, mac := l.create(c, types.KeySpecEccNistP384, useToSign), l.create(c, types.KeySpecEccNistP384, useToAgree), l.create(c, types.KeySpecHmac384, useToMac)
	kem := l.create(c, types.KeySpecMlKem768, types.KeyUsageTypeEncapsulateDecapsulate)
	calls := map[*string][]func() error{
		sign: {
			func() error {
				_, err := c.Sign(l.ctx, &kms.SignInput{KeyId: sign, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
				return err
			},
			func() error {
				_, err := c.Verify(l.ctx, &kms.VerifyInput{KeyId: sign, Message: []byte("m"), Signature: []byte("s"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha384})
				return err
			},
		},
		agree: {func() error {
			_, err := c.DeriveSharedSecret(l.ctx, &kms.DeriveSharedSecretInput{KeyId: agree, PublicKey: []byte("p"), KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh})
			return err
		}},
		mac: {
			func() error {
				_, err := c.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: mac, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha224})
				return err
			},
			func() error {
				_, err := c.VerifyMac(l.ctx, &kms.VerifyMacInput{KeyId: mac, Message: []byte("m"), Mac: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha384})
				return err
			},
		},
		kem: {
			func() error {
				_, err := c.Encapsulate(l.ctx, &kms.EncapsulateInput{KeyId: kem, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem})
				return err
			},
			func() error {
				_, err := c.Decapsulate(l.ctx, &kms.DecapsulateInput{KeyId: kem, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: []byte("s")})
				return err
			},
		},
	}
	for key, list := range calls {
		_, err := c.DisableKey(l.ctx, &kms.DisableKeyInput{KeyId: key})
		l.done("DisableKey", err)
		for _, call := range list {
			l.refused("disabled", call(), "DisabledException", *key+" is disabled.")
		}
		_, err = c.ScheduleKeyDeletion(l.ctx, &kms.ScheduleKeyDeletionInput{KeyId: key})
		l.done("ScheduleKeyDeletion", err)
		for _, call := range list {
			l.refused("being deleted", call(), "KMSInvalidStateException", *key+" is pending deletion.")
		}
	}
}

// TestAgreement is the recording ecc: MRK-PAIR-13, MRK-PAIR-14,
// MRK-CRYPTO-14 [15/12-13, F9.2/4].
func TestAgreement(t *testing.T) {
	l := newLab(t, "us-east-1", "eu-west-1")
	c := l.at("us-east-1")
	for spec, size := range map[types.KeySpec]int{types.KeySpecEccNistP256: 32, types.KeySpecEccNistP384: 48, types.KeySpecEccNistP521: 66} {
		a, b := l.create(c, spec, useToAgree), l.create(c, spec, useToAgree)
		public := func(key *string) []byte {
			out, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
			l.done("GetPublicKey", err)
			return out.PublicKey
		}
		derive := func(key *string, peer []byte, dry bool) (*kms.DeriveSharedSecretOutput, error) {
			return c.DeriveSharedSecret(l.ctx, &kms.DeriveSharedSecretInput{KeyId: key, PublicKey: peer, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, DryRun: &dry})
		}
		one, err := derive(a, public(b), false)
		l.done("derive", err)
		two, err := derive(b, public(a), false)
		l.done("derive", err)
		if !bytes.Equal(one.SharedSecret, two.SharedSecret) || len(one.SharedSecret) != size || one.KeyOrigin != types.OriginTypeAwsKms ||
			*one.KeyId != *a || one.KeyAgreementAlgorithm != types.KeyAgreementAlgorithmSpecEcdh {
			t.Errorf("%s: %+v", spec, one)
		}
		_, err = derive(a, public(a), false)
		l.done("with its own public key", err)
		_, err = derive(a, public(b), true)
		l.refused("dry run", err, "DryRunOperationException", dryRun)
		koblitz := l.create(c, types.KeySpecEccSecgP256k1, useToSign)
		for _, dry := range []bool{false, true} {
			_, err = derive(a, []byte("no key"), dry)
			l.refused("no public key", err, "ValidationException", "")
			_, err = derive(a, public(koblitz), dry)
			l.refused("wrong curve", err, "ValidationException", "")
		}
		_, err = derive(koblitz, public(a), false)
		l.refused("other usage", err, "InvalidKeyUsageException", *koblitz+" key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.")
	}
}

// TestMacs is the recording hmac: MRK-MAC-01, MRK-MAC-02, MRK-MAC-03,
// MRK-CRYPTO-13, MRK-CRYPTO-14, MRK-PAIR-08
// [13/2-12, F9.2/2].
func TestMacs(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	for spec, size := range map[types.KeySpec]int{types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64} {
		key := l.create(c, spec, useToMac)
		a := types.MacAlgorithmSpec("HMAC_SHA_" + string(spec[5:]))
		make := func(message []byte, a types.MacAlgorithmSpec) (*kms.GenerateMacOutput, error) {
			return c.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: key, Message: message, MacAlgorithm: a})
		}
		one, err := make([]byte("message"), a)
		l.done("GenerateMac", err)
		two, err := make([]byte("message"), a)
		l.done("GenerateMac", err)
		if !bytes.Equal(one.Mac, two.Mac) || len(one.Mac) != size || *one.KeyId != *key || one.MacAlgorithm != a {
			t.Errorf("%+v", one)
		}
		check := &kms.VerifyMacInput{KeyId: key, Message: []byte("message"), Mac: one.Mac, MacAlgorithm: a}
		out, err := c.VerifyMac(l.ctx, check)
		l.done("VerifyMac", err)
		if !out.MacValid || *out.KeyId != *key || out.MacAlgorithm != a {
			t.Errorf("%+v", out)
		}
		for _, mac := range [][]byte{append([]byte{one.Mac[0] ^ 1}, one.Mac[1:]...), one.Mac[:5]} {
			for _, dry := range []bool{false, true} {
				check.Mac, check.DryRun = mac, &dry
				_, err = c.VerifyMac(l.ctx, check)
				l.refused("wrong MAC", err, "KMSInvalidMacException", "")
			}
		}
		wrong := types.MacAlgorithmSpecHmacSha512
		if spec == types.KeySpecHmac512 {
			wrong = types.MacAlgorithmSpecHmacSha256
		}
		_, err = make([]byte("m"), wrong)
		l.refused("wrong algorithm", err, "InvalidKeyUsageException", "Algorithm "+string(wrong)+" is incompatible with key spec "+string(spec)+".")
		_, err = make(bytes.Repeat([]byte{1}, 4096), a)
		l.done("as much as fits", err)
		_, err = make([]byte{}, a)
		l.refused("nothing", err, "ValidationException", "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length greater than or equal to 1")
		_, err = c.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: key, Message: []byte("m"), MacAlgorithm: a, DryRun: aws.Bool(true)})
		l.refused("dry run", err, "DryRunOperationException", dryRun)
		_, err = c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("m")})
		l.refused("encrypt", err, "InvalidKeyUsageException", *key+" key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.")
	}
}

// TestSameKeyEverywhere: the members of a set have one key pair or MAC key
// (MRK-PAIR-01, MRK-MAC-01), also after a promotion, and each signs what the
// other verifies.
func TestSameKeyEverywhere(t *testing.T) {
	l := newLab(t, "us-east-1", "eu-west-1")
	here, there := l.at("us-east-1"), l.at("eu-west-1")
	multi := func(in *kms.CreateKeyInput) { in.MultiRegion = aws.Bool(true) }
	sign := l.create(here, types.KeySpecMlDsa44, useToSign, multi)
	mac := l.create(here, types.KeySpecHmac256, useToMac, multi)
	id := func(arn *string) *string { s := (*arn)[len(*arn)-36:]; return &s }
	for _, key := range []*string{sign, mac} {
		_, err := here.ReplicateKey(l.ctx, &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: aws.String("eu-west-1")})
		l.done("ReplicateKey", err)
	}
	l.pass(time.Minute)
	for range 2 {
		one, err := here.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: id(sign)})
		l.done("GetPublicKey", err)
		two, err := there.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: id(sign)})
		l.done("GetPublicKey", err)
		if !bytes.Equal(one.PublicKey, two.PublicKey) || *one.KeyId == *two.KeyId {
			t.Error("the members have different public keys, or one ARN")
		}
		s, err := here.Sign(l.ctx, &kms.SignInput{KeyId: id(sign), Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256})
		l.done("Sign", err)
		_, err = there.Verify(l.ctx, &kms.VerifyInput{KeyId: id(sign), Message: []byte("m"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256})
		l.done("Verify", err)
		m1, err := here.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: id(mac), Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		l.done("GenerateMac", err)
		m2, err := there.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: id(mac), Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		l.done("GenerateMac", err)
		if !bytes.Equal(m1.Mac, m2.Mac) {
			t.Error("the members make different MACs")
		}
		if *one.KeyId == *sign {
			_, _ = here.UpdatePrimaryRegion(l.ctx, &kms.UpdatePrimaryRegionInput{KeyId: sign, PrimaryRegion: aws.String("eu-west-1")})
			l.pass(time.Minute)
		}
	}
}

// TestEncapsulation: MRK-PAIR-18.
func TestEncapsulation(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	for spec, size := range map[types.KeySpec]int{types.KeySpecMlKem512: 768, types.KeySpecMlKem768: 1088, types.KeySpecMlKem1024: 1568} {
		key := l.create(c, spec, types.KeyUsageTypeEncapsulateDecapsulate)
		made, err := c.Encapsulate(l.ctx, &kms.EncapsulateInput{KeyId: key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem})
		l.done("Encapsulate", err)
		if len(made.SharedSecret) != 32 || len(made.SharedSecretCiphertextBlob) != size || *made.KeyId != *key {
			t.Errorf("%s: %d and %d bytes", spec, len(made.SharedSecret), len(made.SharedSecretCiphertextBlob))
		}
		open := func(blob []byte, dry bool) (*kms.DecapsulateOutput, error) {
			return c.Decapsulate(l.ctx, &kms.DecapsulateInput{KeyId: key, SharedSecretCiphertextBlob: blob, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, DryRun: &dry})
		}
		got, err := open(made.SharedSecretCiphertextBlob, false)
		l.done("Decapsulate", err)
		if !bytes.Equal(got.SharedSecret, made.SharedSecret) {
			t.Error("another secret comes back")
		}
		changed := append([]byte{made.SharedSecretCiphertextBlob[0] ^ 1}, made.SharedSecretCiphertextBlob[1:]...)
		got, err = open(changed, false)
		l.done("Decapsulate of something else", err)
		if bytes.Equal(got.SharedSecret, made.SharedSecret) {
			t.Error("a changed ciphertext gives the same secret")
		}
		_, err = open(changed[1:], false)
		l.refused("wrong length", err, "InvalidCiphertextException", "")
		_, err = open(changed, true)
		l.refused("dry run", err, "DryRunOperationException", dryRun)
		_, err = c.Encapsulate(l.ctx, &kms.EncapsulateInput{KeyId: key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, DryRun: aws.Bool(true)})
		l.refused("dry run", err, "DryRunOperationException", dryRun)
	}
}
