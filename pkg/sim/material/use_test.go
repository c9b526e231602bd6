package material

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secpecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"pgregory.net/rapid"
)

// refused checks that an error is a refusal with that code and text.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var r *RefusalError
	if !errors.As(err, &r) || r.Code != code || r.Text != text {
		t.Errorf("got %v, want %s: %s", err, code, text)
	}
}

// TestSignaturesVerify: for every algorithm, what is signed verifies, as raw
// message and as digest, and nothing else does.
func TestSignaturesVerify(t *testing.T) {
	for _, spec := range specs() {
		if len(signingAlgorithms(spec)) == 0 {
			continue
		}
		_, k := generate(t, spec, 1)
		rapid.Check(t, func(rt *rapid.T) {
			a := rapid.SampledFrom(signingAlgorithms(spec)).Draw(rt, "algorithm")
			message := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(rt, "message")
			form := types.MessageTypeRaw
			if a == types.SigningAlgorithmSpecEd25519PhSha512 {
				form, message = types.MessageTypeDigest, append(message, make([]byte, 64)...)[:64]
			}
			signature, err := k.Sign(seeded(9), a, form, message)
			if err != nil {
				rt.Fatal(err)
			}
			if err := k.Verify(a, form, message, signature); err != nil {
				rt.Fatalf("%s: %v", a, err)
			}
			other := bytes.Clone(message)
			other[0] ^= 1
			var r *RefusalError
			if err := k.Verify(a, form, other, signature); !errors.As(err, &r) || r.Code != invalidSignature {
				rt.Fatalf("%s: another message: %v", a, err)
			}
		})
	}
}

// TestDigestOfMessage: where both forms are allowed, a raw message and its
// digest come to the same.
func TestDigestOfMessage(t *testing.T) {
	message := []byte("message")
	sum := sha256.Sum256(message)
	for spec, a := range map[types.KeySpec]types.SigningAlgorithmSpec{
		types.KeySpecEccNistP256: types.SigningAlgorithmSpecEcdsaSha256, types.KeySpecEccSecgP256k1: types.SigningAlgorithmSpecEcdsaSha256,
		types.KeySpecRsa2048: types.SigningAlgorithmSpecRsassaPssSha256,
	} {
		_, k := generate(t, spec, 1)
		signature, err := k.Sign(seeded(1), a, types.MessageTypeRaw, message)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Verify(a, types.MessageTypeDigest, sum[:], signature); err != nil {
			t.Errorf("%s: %v", spec, err)
		}
	}
	_, k := generate(t, types.KeySpecRsa2048, 1)
	raw, _ := k.Sign(seeded(1), types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.MessageTypeRaw, message)
	of, _ := k.Sign(seeded(2), types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.MessageTypeDigest, sum[:])
	if !bytes.Equal(raw, of) {
		t.Error("PKCS#1 v1.5 signatures of message and digest differ")
	}
}

// TestStandardLibraryAgrees: keys read as the standard library reads them, and
// each side accepts the other's signatures.
func TestStandardLibraryAgrees(t *testing.T) {
	for spec, a := range map[types.KeySpec]types.SigningAlgorithmSpec{
		types.KeySpecEccNistP256: types.SigningAlgorithmSpecEcdsaSha256, types.KeySpecEccNistP384: types.SigningAlgorithmSpecEcdsaSha384,
		types.KeySpecEccNistP521: types.SigningAlgorithmSpecEcdsaSha512, types.KeySpecEccNistEdwards25519: types.SigningAlgorithmSpecEd25519PhSha512,
		types.KeySpecRsa2048: types.SigningAlgorithmSpecRsassaPssSha384,
	} {
		secret, k := generate(t, spec, 1)
		parsed, err := x509.ParsePKCS8PrivateKey(secret)
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		signer := parsed.(crypto.Signer)
		if spki, err := x509.MarshalPKIXPublicKey(signer.Public()); err != nil || !bytes.Equal(spki, k.Public()) {
			t.Errorf("%s: public keys differ: %v", spec, err)
		}
		h := hashOf(a)
		sum := bytes.Repeat([]byte{5}, h.Size())
		var options crypto.SignerOpts = h
		if isPSS(a) {
			options = pssOptions(h)
		}
		theirs, err := signer.Sign(rand.Reader, sum, options)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Verify(a, types.MessageTypeDigest, sum, theirs); err != nil {
			t.Errorf("%s: their signature: %v", spec, err)
		}
		ours, err := k.Sign(seeded(4), a, types.MessageTypeDigest, sum)
		if err != nil {
			t.Fatal(err)
		}
		ok := false
		switch pub := signer.Public().(type) {
		case *ecdsa.PublicKey:
			ok = ecdsa.VerifyASN1(pub, sum, ours)
		case *rsa.PublicKey:
			ok = rsa.VerifyPSS(pub, h, sum, ours, pssOptions(h)) == nil
		case ed25519.PublicKey:
			ok = ed25519.VerifyWithOptions(pub, sum, ours, &ed25519.Options{Hash: h}) == nil
		}
		if !ok {
			t.Errorf("%s: our signature is not accepted", spec)
		}
	}
}

// TestKoblitzAgrees: the curve's own library signs what we accept.
func TestKoblitzAgrees(t *testing.T) {
	secret, k := generate(t, types.KeySpecEccSecgP256k1, 1)
	_, scalar, err := readEC(t, secret)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("message"))
	theirs := secpecdsa.Sign(secp256k1.PrivKeyFromBytes(scalar), sum[:]).Serialize()
	if err := k.Verify(types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeDigest, sum[:], theirs); err != nil {
		t.Error(err)
	}
}

func readEC(t *testing.T, secret []byte) (string, []byte, error) {
	t.Helper()
	id, scalar, err := readECPKCS8(secret)
	return id.String(), scalar, err
}

// TestMessageChecks: texts and order of the checks of Sign.
func TestMessageChecks(t *testing.T) {
	for _, c := range []struct {
		spec       types.KeySpec
		algorithm  types.SigningAlgorithmSpec
		form       types.MessageType
		length     int
		code, text string
	}{
		{types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.MessageTypeDigest, 31, validation, "Digest is invalid length for algorithm RSASSA_PKCS1_V1_5_SHA_256."},
		{types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha256, types.MessageTypeExternalMu, 64, validation, "Message type EXTERNAL_MU is incompatible with key spec RSA_2048."},
		{types.KeySpecEccNistP256, types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeExternalMu, 64, validation, "Message type EXTERNAL_MU is incompatible with key spec ECC_NIST_P256."},
		{types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519PhSha512, types.MessageTypeRaw, 5, validation, "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512."},
		{types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519Sha512, types.MessageTypeDigest, 5, validation, "Message type DIGEST is incompatible with algorithm ED25519_SHA_512."},
		{types.KeySpecMlDsa44, types.SigningAlgorithmSpecMlDsaShake256, types.MessageTypeDigest, 64, validation, "Message type DIGEST is incompatible with key spec ML_DSA_44."},
		{types.KeySpecMlDsa65, types.SigningAlgorithmSpecMlDsaShake256, types.MessageTypeExternalMu, 63, validation, "External Mu is invalid length for algorithm ML_DSA_SHAKE_256."},
		{types.KeySpecEccNistP256, types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeDigest, 31, validation, "Digest is invalid length for algorithm ECDSA_SHA_256."},
		{types.KeySpecEccNistP256, types.SigningAlgorithmSpecRsassaPssSha256, types.MessageTypeRaw, 5, invalidUsage, "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256."},
		{types.KeySpecSm2, types.SigningAlgorithmSpecSm2dsa, types.MessageTypeDigest, 31, validation, "Digest is invalid length for algorithm SM2DSA."},
	} {
		_, k := generate(t, c.spec, 1)
		_, err := k.Sign(seeded(1), c.algorithm, c.form, make([]byte, c.length))
		refused(t, err, c.code, c.text)
		refused(t, k.Verify(c.algorithm, c.form, make([]byte, c.length), []byte("s")), c.code, c.text)
	}
}

// TestExternalMu: a signature of a message verifies for its µ and the other way
// round.
func TestExternalMu(t *testing.T) {
	_, k := generate(t, types.KeySpecMlDsa44, 1)
	const a = types.SigningAlgorithmSpecMlDsaShake256
	message := []byte("message")
	mu := k.signer.(mldsaKey).mu(types.MessageTypeRaw, message)
	raw, err := k.Sign(seeded(1), a, types.MessageTypeRaw, message)
	if err != nil {
		t.Fatal(err)
	}
	external, err := k.Sign(seeded(2), a, types.MessageTypeExternalMu, mu)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Verify(a, types.MessageTypeExternalMu, mu, raw); err != nil {
		t.Error(err)
	}
	if err := k.Verify(a, types.MessageTypeRaw, message, external); err != nil {
		t.Error(err)
	}
	if bytes.Equal(raw, external) {
		t.Error("ML-DSA signatures are not randomised")
	}
}

// TestOAEPLimits: each size takes as much as recorded and one byte less is what
// is too much.
func TestOAEPLimits(t *testing.T) {
	want := map[types.KeySpec][2]int{
		types.KeySpecRsa2048: {214, 190}, types.KeySpecRsa3072: {342, 318}, types.KeySpecRsa4096: {470, 446},
	}
	for spec, limits := range want {
		for i, a := range []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, types.EncryptionAlgorithmSpecRsaesOaepSha256} {
			if n := MaxPlaintext(spec, a); n != limits[i] {
				t.Errorf("%s %s: %d bytes, want %d", spec, a, n, limits[i])
			}
		}
	}
	_, k := generate(t, types.KeySpecRsa2048, 1)
	plaintext := bytes.Repeat([]byte{3}, 214)
	c, err := k.Encrypt(seeded(1), types.EncryptionAlgorithmSpecRsaesOaepSha1, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := k.Decrypt(types.EncryptionAlgorithmSpecRsaesOaepSha1, c); err != nil || !bytes.Equal(p, plaintext) {
		t.Error(err)
	}
	_, err = k.Decrypt(types.EncryptionAlgorithmSpecRsaesOaepSha256, c)
	refused(t, err, invalidCiphertext, "")
	_, err = k.Encrypt(seeded(1), types.EncryptionAlgorithmSpecRsaesOaepSha1, append(plaintext, 0))
	refused(t, err, validation, "Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.")
	_, err = k.Encrypt(seeded(1), types.EncryptionAlgorithmSpecSymmetricDefault, plaintext)
	refused(t, err, invalidUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
}

func TestSM2Encrypts(t *testing.T) {
	_, k := generate(t, types.KeySpecSm2, 1)
	c, err := k.Encrypt(seeded(1), types.EncryptionAlgorithmSpecSm2pke, make([]byte, 1024))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := k.Decrypt(types.EncryptionAlgorithmSpecSm2pke, c); err != nil || len(p) != 1024 {
		t.Error(err)
	}
	c[len(c)-1] ^= 1
	_, err = k.Decrypt(types.EncryptionAlgorithmSpecSm2pke, c)
	refused(t, err, invalidCiphertext, "")
	_, err = k.Decrypt(types.EncryptionAlgorithmSpecSm2pke, nil)
	refused(t, err, invalidCiphertext, "")
}

// TestAgreement: both sides derive the same secret, as long as the field; keys
// of other curves and garbage are refused without a text.
func TestAgreement(t *testing.T) {
	for spec, size := range map[types.KeySpec]int{
		types.KeySpecEccNistP256: 32, types.KeySpecEccNistP384: 48, types.KeySpecEccNistP521: 66, types.KeySpecSm2: 32,
	} {
		_, a := generate(t, spec, 1)
		_, b := generate(t, spec, 2)
		one, err := a.Agree(b.Public())
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		two, err := b.Agree(a.Public())
		if err != nil || !bytes.Equal(one, two) || len(one) != size {
			t.Errorf("%s: %d bytes, %v", spec, len(one), err)
		}
		if _, err := a.Agree(a.Public()); err != nil {
			t.Errorf("%s: its own public key: %v", spec, err)
		}
		_, stranger := generate(t, types.KeySpecEccSecgP256k1, 1)
		for _, peer := range [][]byte{nil, []byte("garbage"), stranger.Public(), append(bytes.Clone(b.Public()), 0)} {
			_, err := a.Agree(peer)
			refused(t, err, validation, "")
		}
		offCurve := bytes.Clone(b.Public())
		offCurve[len(offCurve)-1] ^= 1
		_, err = a.Agree(offCurve)
		refused(t, err, validation, "")
	}
	secret, k := generate(t, types.KeySpecEccNistP256, 1)
	parsed, err := x509.ParsePKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	own, err := parsed.(*ecdsa.PrivateKey).ECDH()
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(peer.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	want, err := own.ECDH(peer.PublicKey())
	if got, gotErr := k.Agree(spki); err != nil || gotErr != nil || !bytes.Equal(got, want) {
		t.Errorf("the standard library agrees on something else: %v %v", err, gotErr)
	}
}

// TestEncapsulation: sizes, round trip, implicit rejection, and
// what the standard library makes of the same seeds.
func TestEncapsulation(t *testing.T) {
	for spec, size := range map[types.KeySpec]int{
		types.KeySpecMlKem512: 768, types.KeySpecMlKem768: 1088, types.KeySpecMlKem1024: 1568,
	} {
		_, k := generate(t, spec, 1)
		secret, c, err := k.Encapsulate(seeded(1))
		if err != nil || len(c) != size || len(secret) != 32 {
			t.Fatalf("%s: %d and %d bytes, %v", spec, len(c), len(secret), err)
		}
		if got, err := k.Decapsulate(c); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%s: %v", spec, err)
		}
		c[0] ^= 1
		if got, err := k.Decapsulate(c); err != nil || bytes.Equal(got, secret) || len(got) != 32 {
			t.Errorf("%s: a changed ciphertext: %v", spec, err)
		}
		_, err = k.Decapsulate(c[1:])
		refused(t, err, invalidCiphertext, "")
	}
	seed, k := generate(t, types.KeySpecMlKem768, 1)
	std, err := mlkem.NewDecapsulationKey768(seed)
	if err != nil {
		t.Fatal(err)
	}
	if public := k.Public(); !bytes.HasSuffix(public, std.EncapsulationKey().Bytes()) {
		t.Error("the standard library has another public key")
	}
	secret, c := std.EncapsulationKey().Encapsulate()
	if got, err := k.Decapsulate(c); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("the standard library's secret: %v", err)
	}
}

// TestMAC: lengths, and one algorithm for each spec.
func TestMAC(t *testing.T) {
	for spec, size := range map[types.KeySpec]int{
		types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64,
	} {
		_, k := generate(t, spec, 1)
		a := types.MacAlgorithmSpec("HMAC_SHA_" + string(spec[5:]))
		mac, err := k.MAC(a, []byte("message"))
		if err != nil || len(mac) != size {
			t.Fatalf("%s: %d bytes, %v", spec, len(mac), err)
		}
		if err := k.VerifyMAC(a, []byte("message"), mac); err != nil {
			t.Error(err)
		}
		mac[0] ^= 1
		refused(t, k.VerifyMAC(a, []byte("message"), mac), invalidMac, "")
		refused(t, k.VerifyMAC(a, []byte("message"), mac[:1]), invalidMac, "")
	}
	_, k := generate(t, types.KeySpecHmac224, 1)
	_, err := k.MAC(types.MacAlgorithmSpecHmacSha512, []byte("message"))
	refused(t, err, invalidUsage, "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_224.")
}

// TestKeysDoOneThing: what a key's family cannot do is refused, not done.
func TestKeysDoOneThing(t *testing.T) {
	_, hmac := generate(t, types.KeySpecHmac256, 1)
	_, kem := generate(t, types.KeySpecMlKem512, 1)
	if _, err := hmac.Sign(seeded(1), types.SigningAlgorithmSpecEcdsaSha256, "", []byte("m")); err == nil {
		t.Error("an HMAC key signs")
	}
	if _, err := hmac.Agree(nil); err == nil {
		t.Error("an HMAC key agrees")
	}
	if _, _, err := hmac.Encapsulate(seeded(1)); err == nil {
		t.Error("an HMAC key encapsulates")
	}
	if _, err := hmac.Decapsulate(nil); err == nil {
		t.Error("an HMAC key decapsulates")
	}
	if _, err := kem.MAC(types.MacAlgorithmSpecHmacSha256, nil); err == nil {
		t.Error("an ML-KEM key authenticates")
	}
	if _, err := kem.Encrypt(seeded(1), types.EncryptionAlgorithmSpecRsaesOaepSha1, nil); err == nil {
		t.Error("an ML-KEM key encrypts")
	}
}
