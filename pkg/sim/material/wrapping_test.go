package material

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"pgregory.net/rapid"
)

// TestWrappingRules: which wrapping goes with which spec.
func TestWrappingRules(t *testing.T) {
	const (
		oaep1, oaep256 = types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256
		mix1, mix256   = types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256
		r2, r3         = types.WrappingKeySpecRsa2048, types.WrappingKeySpecRsa3072
	)
	for _, c := range []struct {
		spec types.KeySpec
		a    types.AlgorithmSpec
		with types.WrappingKeySpec
		ok   bool
	}{
		{types.KeySpecSymmetricDefault, types.AlgorithmSpecRsaesPkcs1V15, r2, false},
		{types.KeySpecSymmetricDefault, mix256, r2, false},
		{types.KeySpecSymmetricDefault, oaep256, r2, true},
		{types.KeySpecSymmetricDefault, oaep1, r3, true},
		{types.KeySpecHmac512, oaep256, r2, true},
		{types.KeySpecHmac512, mix1, r2, false},
		{types.KeySpecRsa2048, oaep256, r2, false},
		{types.KeySpecRsa4096, mix256, r3, true},
		{types.KeySpecRsa2048, mix256, r2, true},
		{types.KeySpecEccNistP256, oaep256, r2, true},
		{types.KeySpecEccNistP384, oaep256, r2, true},
		{types.KeySpecEccSecgP256k1, oaep256, r2, true},
		{types.KeySpecEccNistP521, oaep256, r2, false},
		{types.KeySpecEccNistEdwards25519, oaep256, r2, false},
		{types.KeySpecEccNistEdwards25519, oaep256, r3, true},
		{types.KeySpecEccNistP521, mix256, r3, true},
		{types.KeySpecSm2, types.AlgorithmSpecSm2pke, types.WrappingKeySpecSm2, true},
		{types.KeySpecSm2, types.AlgorithmSpecSm2pke, r2, false},
		{types.KeySpecEccNistP256, oaep256, types.WrappingKeySpecSm2, false},
	} {
		err := CheckWrapping(c.spec, c.a, c.with)
		if c.ok && err != nil {
			t.Errorf("%s %s %s: %v", c.spec, c.a, c.with, err)
		}
		if !c.ok {
			refused(t, err, validation, "Wrapping algorithm "+string(c.a)+" and wrapping key spec "+string(c.with)+" cannot be used to import a "+string(c.spec)+" key.")
		}
	}
}

// TestWrapUnwrap: what a client wraps comes back, and nothing that was changed.
func TestWrapUnwrap(t *testing.T) {
	secret, public, err := WrappingKey(types.WrappingKeySpecRsa2048, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	rsaSecret, _ := generate(t, types.KeySpecRsa2048, 2)
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.SampledFrom([]types.AlgorithmSpec{
			types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256,
			types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256,
		}).Draw(rt, "algorithm")
		plain := rapid.SliceOfN(rapid.Byte(), 1, 190).Draw(rt, "material")
		if hybrid(a) && rapid.Bool().Draw(rt, "rsa") {
			plain = rsaSecret
		}
		wrapped, err := Wrap(seeded(3), a, public, plain)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := Unwrap(a, types.WrappingKeySpecRsa2048, secret, wrapped)
		if err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("unwrapped: %v", err)
		}
		at := rapid.IntRange(0, len(wrapped)-1).Draw(rt, "changed byte")
		wrapped[at] ^= 1
		if got, err := Unwrap(a, types.WrappingKeySpecRsa2048, secret, wrapped); err == nil && !bytes.Equal(got, plain) {
			rt.Fatal("a changed wrapping unwraps to something else")
		}
	})
	for _, short := range [][]byte{nil, make([]byte, 10), make([]byte, 256), make([]byte, 257)} {
		_, err := Unwrap(types.AlgorithmSpecRsaAesKeyWrapSha256, types.WrappingKeySpecRsa2048, secret, short)
		refused(t, err, invalidCiphertext, "")
	}
}

func TestUnwrapSM2(t *testing.T) {
	secret, _, err := WrappingKey(types.WrappingKeySpecSm2, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(types.KeySpecSm2, secret)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := k.Encrypt(seeded(2), types.EncryptionAlgorithmSpecSm2pke, []byte("material"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Unwrap(types.AlgorithmSpecSm2pke, types.WrappingKeySpecSm2, secret, wrapped); err != nil || string(got) != "material" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestToken(t *testing.T) {
	sealing := bytes.Repeat([]byte{1}, SealingKeySize)
	want := Token{Key: "arn", Algorithm: types.AlgorithmSpecRsaesOaepSha1, Spec: types.WrappingKeySpecRsa4096, Secret: make([]byte, 2400), ValidTo: 77}
	sealed, err := want.Seal(sealing, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) > 6144 {
		t.Errorf("a token of %d bytes, more than a request may carry", len(sealed))
	}
	got, err := OpenToken(sealing, sealed)
	if err != nil || got.Key != want.Key || got.ValidTo != want.ValidTo || !bytes.Equal(got.Secret, want.Secret) {
		t.Errorf("%+v, %v", got, err)
	}
	sealed[20] ^= 1
	if _, err := OpenToken(sealing, sealed); err == nil {
		t.Error("a changed token opens")
	}
	if _, err := OpenToken(sealing, nil); err == nil {
		t.Error("an empty token opens")
	}
	if _, err := OpenToken(nil, sealed); err == nil {
		t.Error("a token opens without a key")
	}
}

// document is an attestation document as the Nitro hypervisor writes it.
func document(t *testing.T, public []byte) []byte {
	t.Helper()
	str := func(major byte, s []byte) []byte {
		return append([]byte{major<<5 | 25, byte(len(s) >> 8), byte(len(s))}, s...)
	}
	payload := []byte{0xa4}
	payload = append(append(payload, str(cborText, []byte("module_id"))...), str(cborText, []byte("i-1"))...)
	payload = append(append(payload, str(cborText, []byte("pcrs"))...), 0xa1, 0x00, 0x41, 0x07)
	payload = append(append(payload, str(cborText, []byte("timestamp"))...), 0x1b, 0, 0, 1, 0, 0, 0, 0, 0)
	payload = append(payload, str(cborText, []byte("public_key"))...)
	if public == nil {
		payload = append(payload, 0xf6)
	} else {
		payload = append(payload, str(cborBytes, public)...)
	}
	out := []byte{0xd2, 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0}
	return append(append(out, str(cborBytes, payload)...), str(cborBytes, make([]byte, 96))...)
}

// TestEnvelope: a recipient finds its key in the document, and what is
// encrypted for it opens with nothing but the structure and its private key.
func TestEnvelope(t *testing.T) {
	private, err := newRSA(2048, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	to, err := ReadAttestation(document(t, spki))
	if err != nil || !to.PublicKey.Equal(&private.PublicKey) {
		t.Fatal(err)
	}
	for _, size := range []int{0, 15, 16, 32, 4096} {
		plaintext := bytes.Repeat([]byte{9}, size)
		envelope, err := Envelope(seeded(2), to.PublicKey, plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if got := openEnvelope(t, private, envelope); !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes do not come back", size)
		}
	}
}

// openEnvelope reads EnvelopedData with encoding/asn1, which did not write it.
func openEnvelope(t *testing.T, private *rsa.PrivateKey, envelope []byte) []byte {
	t.Helper()
	type algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version    int
			Recipients []struct {
				Version   int
				ID        []byte `asn1:"tag:0"`
				Algorithm algorithm
				Key       []byte
			} `asn1:"set"`
			Content struct {
				Type      asn1.ObjectIdentifier
				Algorithm algorithm
				Encrypted []byte `asn1:"tag:0"`
			}
		} `asn1:"explicit,tag:0"`
	}
	if rest, err := asn1.Unmarshal(envelope, &outer); err != nil || len(rest) > 0 {
		t.Fatalf("envelope: %v", err)
	}
	c := outer.Content
	if c.Version != 2 || len(c.Recipients) != 1 || c.Recipients[0].Version != 2 || len(c.Recipients[0].ID) != 20 {
		t.Fatalf("envelope: %+v", c)
	}
	key, err := rsa.DecryptOAEP(sha256.New(), nil, private, c.Recipients[0].Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(c.Content.Encrypted)
	cipher.NewCBCDecrypter(block, c.Content.Algorithm.Parameters.Bytes).CryptBlocks(out, out)
	return out[:len(out)-int(out[len(out)-1])]
}

func TestAttestationRefusesOthers(t *testing.T) {
	_, ec := generate(t, types.KeySpecEccNistP256, 1)
	good := document(t, ec.Public())
	for name, doc := range map[string][]byte{
		"nothing": nil, "garbage": []byte("garbage"), "no key": document(t, nil), "key of a curve": good,
		"cut": good[:len(good)/2], "deep": bytes.Repeat([]byte{0x81}, 10000), "no COSE": {0xa0},
		"huge array": {0x84, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if _, err := ReadAttestation(doc); err == nil {
			t.Errorf("%s: a key is found", name)
		}
	}
}

// FuzzReadAttestation: no document panics or hangs.
func FuzzReadAttestation(f *testing.F) {
	f.Add([]byte{0xd2, 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0, 0x41, 0xa0, 0x40})
	f.Add(bytes.Repeat([]byte{0xa1}, 100))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if a, err := ReadAttestation(doc); err == nil && a.PublicKey == nil {
			t.Error("a document without a key is read")
		}
	})
}
