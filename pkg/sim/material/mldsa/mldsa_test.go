package mldsa

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
	"github.com/cloudflare/circl/sign/mldsa/mldsa87"
)

// other is an independent implementation of one parameter set.
type other struct {
	p        Parameters
	public   func(seed *[32]byte) []byte
	sign     func(seed *[32]byte, message []byte) []byte
	verifies func(seed *[32]byte, message, signature []byte) bool
}

func others() map[string]other {
	return map[string]other{
		"ML_DSA_44": {
			MLDSA44(),
			func(s *[32]byte) []byte { pk, _ := mldsa44.NewKeyFromSeed(s); return pk.Bytes() },
			func(s *[32]byte, m []byte) []byte {
				_, sk := mldsa44.NewKeyFromSeed(s)
				sig := make([]byte, mldsa44.SignatureSize)
				_ = mldsa44.SignTo(sk, m, nil, false, sig)
				return sig
			},
			func(s *[32]byte, m, sig []byte) bool {
				pk, _ := mldsa44.NewKeyFromSeed(s)
				return mldsa44.Verify(pk, m, nil, sig)
			},
		},
		"ML_DSA_65": {
			MLDSA65(),
			func(s *[32]byte) []byte { pk, _ := mldsa65.NewKeyFromSeed(s); return pk.Bytes() },
			func(s *[32]byte, m []byte) []byte {
				_, sk := mldsa65.NewKeyFromSeed(s)
				sig := make([]byte, mldsa65.SignatureSize)
				_ = mldsa65.SignTo(sk, m, nil, false, sig)
				return sig
			},
			func(s *[32]byte, m, sig []byte) bool {
				pk, _ := mldsa65.NewKeyFromSeed(s)
				return mldsa65.Verify(pk, m, nil, sig)
			},
		},
		"ML_DSA_87": {
			MLDSA87(),
			func(s *[32]byte) []byte { pk, _ := mldsa87.NewKeyFromSeed(s); return pk.Bytes() },
			func(s *[32]byte, m []byte) []byte {
				_, sk := mldsa87.NewKeyFromSeed(s)
				sig := make([]byte, mldsa87.SignatureSize)
				_ = mldsa87.SignTo(sk, m, nil, false, sig)
				return sig
			},
			func(s *[32]byte, m, sig []byte) bool {
				pk, _ := mldsa87.NewKeyFromSeed(s)
				return mldsa87.Verify(pk, m, nil, sig)
			},
		},
	}
}

// TestAgreesWithAnotherImplementation: the same seed gives the same public key,
// all-zero random bytes give the deterministic signature, and each side accepts
// what the other signs.
func TestAgreesWithAnotherImplementation(t *testing.T) {
	for name, o := range others() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range uint64(24) {
				var seed [32]byte
				binary.LittleEndian.PutUint64(seed[:], i*0x9e3779b97f4a7c15+1)
				message := bytes.Repeat([]byte{byte(i)}, int(i*7))
				priv, err := NewPrivateKey(o.p, seed[:])
				if err != nil {
					t.Fatal(err)
				}
				pub := priv.Public()
				if !bytes.Equal(pub.Bytes(), o.public(&seed)) {
					t.Fatalf("seed %d: public keys differ", i)
				}
				mu := pub.Mu(message)
				if !bytes.Equal(priv.Sign(make([]byte, RandomSize), mu), o.sign(&seed, message)) {
					t.Fatalf("seed %d: deterministic signatures differ", i)
				}
				signature := priv.Sign(bytes.Repeat([]byte{byte(i + 1)}, RandomSize), mu)
				if !o.verifies(&seed, message, signature) || !pub.Verify(mu, signature) {
					t.Fatalf("seed %d: a signature is not accepted", i)
				}
				signature[int(i)*37] ^= 1
				if pub.Verify(mu, signature) {
					t.Fatalf("seed %d: a changed signature is accepted", i)
				}
			}
		})
	}
}

func TestRefusesWrongLengths(t *testing.T) {
	if _, err := NewPrivateKey(MLDSA44(), make([]byte, 31)); err == nil {
		t.Error("a seed of 31 bytes is accepted")
	}
	if _, err := NewPublicKey(MLDSA65(), make([]byte, 1312)); err == nil {
		t.Error("a public key of another parameter set is accepted")
	}
	priv, err := NewPrivateKey(MLDSA87(), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if priv.Public().Verify(make([]byte, MuSize), make([]byte, 4626)) {
		t.Error("a short signature is accepted")
	}
}

// FuzzVerify: no signature makes the verifier panic, none that is not the one
// made is accepted.
func FuzzVerify(f *testing.F) {
	priv, err := NewPrivateKey(MLDSA44(), make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	pub := priv.Public()
	mu := pub.Mu([]byte("message"))
	good := priv.Sign(make([]byte, RandomSize), mu)
	f.Add(good)
	f.Add(make([]byte, len(good)))
	f.Add(bytes.Repeat([]byte{0xff}, len(good)))
	f.Fuzz(func(t *testing.T, signature []byte) {
		if pub.Verify(mu, signature) != bytes.Equal(signature, good) {
			t.Errorf("Verify is %v", !bytes.Equal(signature, good))
		}
	})
}

func BenchmarkSign(b *testing.B) {
	priv, err := NewPrivateKey(MLDSA65(), make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	mu := make([]byte, MuSize)
	for i := range b.N {
		mu[0], mu[1] = byte(i), byte(i>>8)
		priv.Sign(mu[:32], mu)
	}
}
