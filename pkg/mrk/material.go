package mrk

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// MaterialSize is the size of symmetric key material in bytes.
const MaterialSize = 32

// MaxMaterial bounds a file with key material; a private RSA key of 4096 bits
// takes about 3 KB as text.
const MaxMaterial = 16 << 10

// materialSize is the size in bytes of key material that is plain bytes, and 0
// of the private half of a pair
// (KMS developer guide, "Importing key material"; recorded for HMAC).
func materialSize(spec, region string) int {
	switch types.KeySpec(spec) {
	case "", types.KeySpecSymmetricDefault:
		if strings.HasPrefix(region, "cn-") {
			return MaterialSize / 2 // SM4
		}
		return MaterialSize
	case types.KeySpecHmac224:
		return 28
	case types.KeySpecHmac256:
		return 32
	case types.KeySpecHmac384:
		return 48
	case types.KeySpecHmac512:
		return 64
	default:
		return 0
	}
}

// parseMaterial returns key material in the form in which KMS takes it. For
// symmetric and HMAC keys that is so many bytes; for key pairs it is the
// private key as PKCS#8 in DER, which may be given as PEM.
func parseMaterial(spec, region string, raw []byte) ([]byte, error) {
	if n := materialSize(spec, region); n > 0 {
		if len(raw) != n {
			return nil, badInput("key material of a key of spec %s is %d bytes, and this is %s", orDefault(spec, "SYMMETRIC_DEFAULT"), n, sizeWords(raw))
		}
		return raw, nil
	}
	der := raw
	if block, _ := pem.Decode(raw); block != nil {
		if block.Type != "PRIVATE KEY" {
			return nil, badInput("this is a PEM file of a %q; KMS takes a private key as PKCS#8: openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW", block.Type)
		}
		der = block.Bytes
	}
	if err := suits(spec, der); err != nil {
		return nil, badInput("this is not key material of a key of spec %s: %v", spec, err)
	}
	return der, nil
}

func sizeWords(raw []byte) string {
	if len(raw) > MaxMaterial {
		return fmt.Sprintf("more than %d", MaxMaterial)
	}
	return fmt.Sprint(len(raw))
}

// suits tells whether a PKCS#8 structure holds a private key of a spec. Of the
// curves that Go does not know only the frame is looked at; KMS does the rest.
func suits(spec string, der []byte) error {
	const how = "; openssl pkcs8 -topk8 -nocrypt -outform DER -in FILE -out NEW writes a private key as PKCS#8"
	if unknown := []types.KeySpec{types.KeySpecEccSecgP256k1, types.KeySpecSm2}; slices.Contains(unknown, types.KeySpec(spec)) {
		var frame struct {
			Version   int
			Algorithm asn1.RawValue
			Key       []byte
		}
		if _, err := asn1.Unmarshal(der, &frame); err != nil {
			return errors.New("it is not PKCS#8" + how)
		}
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return errors.New("it is not PKCS#8" + how)
	}
	is := ""
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		is = fmt.Sprintf("RSA_%d", k.N.BitLen())
	case *ecdsa.PrivateKey:
		is = "ECC_NIST_" + strings.ReplaceAll(k.Curve.Params().Name, "-", "")
	case ed25519.PrivateKey:
		is = string(types.KeySpecEccNistEdwards25519)
	default:
		is = fmt.Sprintf("a %T", k)
	}
	if is != spec {
		return fmt.Errorf("it is %s", is)
	}
	return nil
}

// wrappingFor is how key material of a spec is wrapped: an RSA key is too long
// for OAEP alone, and AWS takes the hybrid of OAEP and AES key wrap for every
// key pair, and OAEP alone for bytes (recorded).
func wrappingFor(spec string) types.AlgorithmSpec {
	if materialSize(spec, "") > 0 {
		return types.AlgorithmSpecRsaesOaepSha256
	}
	return types.AlgorithmSpecRsaAesKeyWrapSha256
}

// wrap encrypts key material under the public key that KMS gave for it.
func wrap(algorithm types.AlgorithmSpec, publicKey, material []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(publicKey)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("KMS gave a %T to wrap with, not an RSA key", parsed)
	}
	if algorithm == types.AlgorithmSpecRsaesOaepSha256 {
		return rsa.EncryptOAEP(sha256.New(), rand.Reader, key, material, nil)
	}
	once := make([]byte, 32) // an AES key for this one import
	if _, err := rand.Read(once); err != nil {
		return nil, err
	}
	head, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, key, once, nil)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(once)
	if err != nil {
		return nil, err
	}
	return append(head, wrapPadded(block, material)...), nil
}

// wrapPadded is AES key wrap with padding (RFC 5649, section 4.1) of more than
// eight bytes, which every private key is.
func wrapPadded(block cipher.Block, plain []byte) []byte {
	const half = aes.BlockSize / 2
	parts := (len(plain) + half - 1) / half
	out := make([]byte, half, half*(parts+1))
	binary.BigEndian.PutUint32(out, 0xa65959a6)                    // the alternative initial value
	binary.BigEndian.PutUint32(out[4:], uint32(len(plain)&0xffff)) //nolint:gosec // bounded by MaxMaterial
	out = append(out, plain...)
	out = append(out, bytes.Repeat([]byte{0}, half*parts-len(plain))...)
	var b [aes.BlockSize]byte
	copy(b[:half], out)
	for t := 1; t <= 6*parts; t++ {
		part := out[half*(1+(t-1)%parts):][:half]
		copy(b[half:], part)
		block.Encrypt(b[:], b[:])
		binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(b[:])^uint64(t)) //nolint:gosec // t is positive
		copy(part, b[half:])
	}
	copy(out, b[:half])
	return out
}
