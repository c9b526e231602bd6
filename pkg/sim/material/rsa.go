package material

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // RSAES_OAEP_SHA_1
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// bitsOf is the modulus length of an RSA spec.
func bitsOf(spec types.KeySpec) int {
	switch spec {
	case types.KeySpecRsa3072:
		return 3072
	case types.KeySpecRsa4096:
		return 4096
	default:
		return 2048
	}
}

func makeRSA(spec types.KeySpec, random io.Reader) ([]byte, error) {
	k, err := newRSA(bitsOf(spec), random)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}

// newRSA makes a key pair from what the reader gives, which crypto/rsa no
// longer does.
func newRSA(bits int, random io.Reader) (*rsa.PrivateKey, error) {
	p, err := drawPrime(bits/2, random)
	if err != nil {
		return nil, err
	}
	q := p
	for q.Cmp(p) == 0 {
		if q, err = drawPrime(bits/2, random); err != nil {
			return nil, err
		}
	}
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	lambda := new(big.Int).Mul(p1, q1)
	lambda.Div(lambda, new(big.Int).GCD(nil, nil, p1, q1))
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: publicExponent},
		D:         new(big.Int).ModInverse(big.NewInt(publicExponent), lambda),
		Primes:    []*big.Int{p, q},
	}
	k.Precompute()
	return k, nil
}

const publicExponent = 65537

// drawPrime draws an odd number of that length whose two highest bits are set,
// so that the product of two has full length, and takes the next prime from
// there that suits the public exponent. The search divides by small primes
// first, all candidates of a stretch together, since the full test is dear.
func drawPrime(bits int, random io.Reader) (*big.Int, error) {
	const stretch = 1 << 13
	b := make([]byte, bits/8)
	for {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, err
		}
		b[0] |= 0xc0
		b[len(b)-1] |= 1
		start := new(big.Int).SetBytes(b)
		var composite [stretch]bool // of start + 2i
		for _, small := range smallPrimes() {
			rest := int(new(big.Int).Mod(start, big.NewInt(int64(small))).Int64())
			// start + 2i ≡ 0, so i ≡ -rest/2
			first := (small - rest) % small
			if first%2 == 1 {
				first += small
			}
			for i := first / 2; i < stretch; i += small {
				composite[i] = true
			}
		}
		candidate, rem := new(big.Int), new(big.Int)
		for i := range composite {
			if composite[i] {
				continue
			}
			candidate.Add(start, big.NewInt(int64(2*i)))
			if candidate.BitLen() != bits {
				break
			}
			if rem.Mod(candidate, big.NewInt(publicExponent)).Int64() != 1 && candidate.ProbablyPrime(2) {
				return candidate, nil
			}
		}
	}
}

// smallPrimes are the odd primes below 65536: dividing by them leaves one
// candidate in ten for the full test.
func smallPrimes() []int {
	const limit = 1 << 16
	var composite [limit]bool
	var list []int
	for i := 3; i < limit; i += 2 {
		if composite[i] {
			continue
		}
		list = append(list, i)
		for j := i * i; j < limit; j += 2 * i {
			composite[j] = true
		}
	}
	return list
}

func canonicalRSA(spec types.KeySpec, imported []byte) ([]byte, error) {
	der, err := toDER(imported)
	if err != nil {
		return nil, err
	}
	k, err := readRSA(spec, der)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}

func readRSA(spec types.KeySpec, der []byte) (*rsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	k, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA private key")
	}
	if n := k.N.BitLen(); n != bitsOf(spec) || len(k.Primes) != 2 {
		return nil, fmt.Errorf("an RSA key of %d bits and %d primes", n, len(k.Primes))
	}
	return k, nil
}

func parseRSA(spec types.KeySpec, secret []byte) (*Key, error) {
	k, err := readRSA(spec, secret)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		return nil, err
	}
	pair := rsaKey{k}
	return &Key{spki: spki, pkcs8: secret, signer: pair, encrypter: pair}, nil
}

type rsaKey struct{ private *rsa.PrivateKey }

// pssOptions ask for a salt as long as the hash, as AWS makes them.
func pssOptions(h crypto.Hash) *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
}

func isPSS(a types.SigningAlgorithmSpec) bool { return strings.HasPrefix(string(a), "RSASSA_PSS_") }

func (k rsaKey) sign(random io.Reader, a types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error) {
	h, sum := hashOf(a), digest(a, form, message)
	if isPSS(a) {
		return rsa.SignPSS(random, k.private, h, sum, pssOptions(h))
	}
	return rsa.SignPKCS1v15(nil, k.private, h, sum)
}

func (k rsaKey) verify(a types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) bool {
	h, sum := hashOf(a), digest(a, form, message)
	if isPSS(a) {
		return rsa.VerifyPSS(&k.private.PublicKey, h, sum, signature, pssOptions(h)) == nil
	}
	return rsa.VerifyPKCS1v15(&k.private.PublicKey, h, sum, signature) == nil
}

// oaepHash is the hash of the two OAEP algorithms.
func oaepHash(a types.EncryptionAlgorithmSpec) crypto.Hash {
	if a == types.EncryptionAlgorithmSpecRsaesOaepSha1 {
		return crypto.SHA1
	}
	return crypto.SHA256
}

func (k rsaKey) encrypt(random io.Reader, a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	return rsa.EncryptOAEP(oaepHash(a).New(), random, &k.private.PublicKey, plaintext, nil)
}

func (k rsaKey) decrypt(a types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, bool) {
	plaintext, err := rsa.DecryptOAEP(oaepHash(a).New(), nil, k.private, ciphertext, nil)
	return plaintext, err == nil
}
