package material

import (
	"bytes"
	"encoding/asn1"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// seeded is a reader that gives the same bytes for the same seed.
func seeded(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

// specs are those that make key material in reasonable time; RSA_4096 has a
// test of its own.
func specs() []types.KeySpec {
	var list []types.KeySpec
	for _, s := range types.KeySpec("").Values() {
		if s != types.KeySpecRsa3072 && s != types.KeySpecRsa4096 {
			list = append(list, s)
		}
	}
	return list
}

func generate(t *testing.T, spec types.KeySpec, seed byte) ([]byte, *Key) {
	t.Helper()
	secret, err := Generate(spec, seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(spec, secret)
	if err != nil {
		t.Fatal(err)
	}
	return secret, k
}

// TestEverySpecIsKnown: what the SDK names can be made and used.
func TestEverySpecIsKnown(t *testing.T) {
	for _, spec := range types.KeySpec("").Values() {
		if _, ok := familyOf(spec); !ok {
			t.Errorf("%s: no key material", spec)
		}
	}
	if _, err := Generate("RSA_1024", seeded(1)); err == nil {
		t.Error("key material of an unknown spec is made")
	}
	if _, err := Parse("RSA_1024", nil); err == nil {
		t.Error("key material of an unknown spec is parsed")
	}
}

// TestSameSeedSameBytes: keys, signatures and ciphertexts depend on nothing but
// the reader.
func TestSameSeedSameBytes(t *testing.T) {
	for _, spec := range specs() {
		t.Run(string(spec), func(t *testing.T) {
			t.Parallel()
			first, k := generate(t, spec, 1)
			again, _ := generate(t, spec, 1)
			other, _ := generate(t, spec, 2)
			if !bytes.Equal(first, again) || bytes.Equal(first, other) {
				t.Fatal("the secret is not a function of the seed")
			}
			use := func(seed byte) (out [][]byte) {
				random := seeded(seed)
				for _, a := range signingAlgorithms(spec) {
					s, err := k.Sign(random, a, formFor(a), bytes.Repeat([]byte{7}, digestSize(a)))
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, s)
				}
				for _, a := range types.EncryptionAlgorithmSpec("").Values() {
					if Encrypts(spec, a) {
						c, err := k.Encrypt(random, a, []byte("plaintext"))
						if err != nil {
							t.Fatal(err)
						}
						out = append(out, c)
					}
				}
				if k.kem != nil {
					s, c, err := k.Encapsulate(random)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, s, c)
				}
				return out
			}
			for range 8 { // more than once: some libraries toss a coin
				a, b := use(3), use(3)
				for i := range a {
					if !bytes.Equal(a[i], b[i]) {
						t.Fatalf("result %d differs under the same seed", i)
					}
				}
			}
		})
	}
}

// formFor is the message type that an algorithm takes.
func formFor(a types.SigningAlgorithmSpec) types.MessageType {
	switch a {
	case types.SigningAlgorithmSpecMlDsaShake256, types.SigningAlgorithmSpecEd25519Sha512:
		return types.MessageTypeRaw
	default:
		return types.MessageTypeDigest
	}
}

// TestRecordedLengths: private keys are as long in PKCS#8 as AWS's.
func TestRecordedLengths(t *testing.T) {
	for spec, want := range map[types.KeySpec]int{
		types.KeySpecEccNistP256: 150, types.KeySpecEccNistP384: 194, types.KeySpecEccNistP521: 250,
		types.KeySpecEccSecgP256k1: 144, types.KeySpecEccNistEdwards25519: 48,
	} {
		if secret, _ := generate(t, spec, 1); len(secret) != want {
			t.Errorf("%s: %d bytes, want %d", spec, len(secret), want)
		}
	}
	if secret, _ := generate(t, types.KeySpecRsa2048, 1); len(secret) < 1215 || len(secret) > 1219 {
		t.Errorf("RSA_2048: %d bytes, want about 1217", len(secret))
	}
}

func TestParseRefusesOtherSecrets(t *testing.T) {
	rsa, _ := generate(t, types.KeySpecRsa2048, 1)
	p256, _ := generate(t, types.KeySpecEccNistP256, 1)
	for _, c := range []struct {
		spec   types.KeySpec
		secret []byte
	}{
		{types.KeySpecRsa3072, rsa},
		{types.KeySpecRsa2048, p256},
		{types.KeySpecEccNistP384, p256},
		{types.KeySpecEccSecgP256k1, p256},
		{types.KeySpecSm2, p256},
		{types.KeySpecEccNistP256, rsa},
		{types.KeySpecEccNistEdwards25519, p256},
		{types.KeySpecHmac256, p256},
		{types.KeySpecMlDsa44, p256},
		{types.KeySpecMlKem768, p256},
		{types.KeySpecEccNistP256, nil},
		{types.KeySpecRsa2048, nil},
	} {
		if _, err := Parse(c.spec, c.secret); err == nil {
			t.Errorf("%s: a secret of %d bytes of another kind is parsed", c.spec, len(c.secret))
		}
	}
}

// indefinite rewrites DER as BER: every constructed element with an indefinite
// length.
func indefinite(t *testing.T, der []byte) []byte {
	t.Helper()
	var out []byte
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			t.Fatal(err)
		}
		if v.IsCompound {
			out = append(out, v.FullBytes[0], 0x80)
			out = append(append(out, indefinite(t, v.Bytes)...), 0, 0)
		} else {
			out = append(out, v.FullBytes...)
		}
		der = rest
	}
	return out
}

// TestImportTakesBER: AWS takes BER of RSA and Weierstrass keys, and it is the
// same key material; of Ed25519 it takes DER alone.
func TestImportTakesBER(t *testing.T) {
	for _, spec := range []types.KeySpec{
		types.KeySpecRsa2048, types.KeySpecEccNistP256, types.KeySpecEccNistP384,
		types.KeySpecEccNistP521, types.KeySpecEccSecgP256k1, types.KeySpecSm2, types.KeySpecEccNistEdwards25519,
	} {
		secret, _ := generate(t, spec, 1)
		if same, err := Canonical(spec, secret); err != nil || !bytes.Equal(same, secret) {
			t.Errorf("%s: DER is not what it was: %v", spec, err)
		}
		same, err := Canonical(spec, indefinite(t, secret))
		if spec == types.KeySpecEccNistEdwards25519 {
			if err == nil {
				t.Errorf("%s: BER is taken", spec)
			}
			continue
		}
		if err != nil || !bytes.Equal(same, secret) {
			t.Errorf("%s: BER is another key: %v", spec, err)
		}
	}
	// An octet string in two pieces.
	pieces := []byte{0x30, 0x80, 0x24, 0x80, 4, 1, 'a', 4, 2, 'b', 'c', 0, 0, 0, 0}
	if der, err := toDER(pieces); err != nil || !bytes.Equal(der, []byte{0x30, 5, 4, 3, 'a', 'b', 'c'}) {
		t.Errorf("pieces: % x, %v", der, err)
	}
}

// TestImportedLengths: raw key material must have its spec's length, and post-quantum keys cannot be imported.
func TestImportedLengths(t *testing.T) {
	for spec, size := range map[types.KeySpec]int{
		types.KeySpecSymmetricDefault: 32, types.KeySpecHmac224: 28, types.KeySpecHmac256: 32,
		types.KeySpecHmac384: 48, types.KeySpecHmac512: 64,
	} {
		for _, n := range []int{0, 16, size - 1, size + 1} {
			if _, err := Canonical(spec, make([]byte, n)); err == nil {
				t.Errorf("%s: %d bytes are taken", spec, n)
			}
		}
		if _, err := Canonical(spec, make([]byte, size)); err != nil {
			t.Errorf("%s: %v", spec, err)
		}
	}
	for _, spec := range []types.KeySpec{types.KeySpecMlDsa44, types.KeySpecMlKem512} {
		if _, err := Canonical(spec, make([]byte, 32)); err == nil {
			t.Errorf("%s is imported", spec)
		}
	}
}

// FuzzCanonical: imported bytes never panic, and what is taken is a fixed point.
func FuzzCanonical(f *testing.F) {
	all := []types.KeySpec{
		types.KeySpecEccNistP256, types.KeySpecEccSecgP256k1, types.KeySpecSm2,
		types.KeySpecEccNistEdwards25519, types.KeySpecRsa2048, types.KeySpecHmac256,
	}
	for i, spec := range all {
		secret, err := Generate(spec, seeded(1))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, secret)
	}
	f.Add(0, []byte{0x30, 0x80, 0x24, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, which int, imported []byte) {
		if which < 0 || which >= len(all) {
			return
		}
		secret, err := Canonical(all[which], imported)
		if err != nil {
			return
		}
		again, err := Canonical(all[which], secret)
		if err != nil || !bytes.Equal(again, secret) {
			t.Errorf("the secret of imported bytes is not canonical: %v", err)
		}
	})
}

func BenchmarkGenerate(b *testing.B) {
	for _, spec := range types.KeySpec("").Values() {
		b.Run(string(spec), func(b *testing.B) {
			random := seeded(1)
			for range b.N {
				if _, err := Generate(spec, random); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
