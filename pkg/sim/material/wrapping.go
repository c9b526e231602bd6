package material

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// CheckWrapping says whether key material of a spec can be imported under a
// wrapping algorithm and a wrapping key spec; if not, the *RefusalError has AWS's
// text. The rules: symmetric and HMAC keys take OAEP alone, RSA keys the hybrid
// algorithms alone, elliptic-curve keys both, except that two curves want a
// wrapping key of more than 2048 bits under OAEP.
// SM2PKE goes with an SM2 wrapping key, and nothing else does (documented).
func CheckWrapping(spec types.KeySpec, a types.AlgorithmSpec, with types.WrappingKeySpec) error {
	s := string(spec)
	oaep := a == types.AlgorithmSpecRsaesOaepSha1 || a == types.AlgorithmSpecRsaesOaepSha256
	ok := false
	switch {
	case (a == types.AlgorithmSpecSm2pke) != (with == types.WrappingKeySpecSm2):
	case a == types.AlgorithmSpecSm2pke:
		ok = true
	case spec == types.KeySpecSymmetricDefault, strings.HasPrefix(s, "HMAC_"):
		ok = oaep
	case strings.HasPrefix(s, "RSA_"):
		ok = hybrid(a)
	case spec == types.KeySpecEccNistP521, spec == types.KeySpecEccNistEdwards25519:
		ok = hybrid(a) || oaep && with != types.WrappingKeySpecRsa2048
	case strings.HasPrefix(s, "ECC_"), spec == types.KeySpecSm2:
		ok = hybrid(a) || oaep
	}
	if !ok {
		return refuse(validation, "Wrapping algorithm %s and wrapping key spec %s cannot be used to import a %s key.", a, with, spec)
	}
	return nil
}

func hybrid(a types.AlgorithmSpec) bool {
	return a == types.AlgorithmSpecRsaAesKeyWrapSha1 || a == types.AlgorithmSpecRsaAesKeyWrapSha256
}

// oaepOf is the OAEP algorithm inside a wrapping algorithm.
func oaepOf(a types.AlgorithmSpec) types.EncryptionAlgorithmSpec {
	if a == types.AlgorithmSpecRsaesOaepSha1 || a == types.AlgorithmSpecRsaAesKeyWrapSha1 {
		return types.EncryptionAlgorithmSpecRsaesOaepSha1
	}
	return types.EncryptionAlgorithmSpecRsaesOaepSha256
}

// WrappingKey draws a wrapping key pair and returns its secret and its public
// key in DER.
func WrappingKey(spec types.WrappingKeySpec, random io.Reader) (secret, public []byte, err error) {
	if secret, err = Generate(types.KeySpec(spec), random); err != nil {
		return nil, nil, err
	}
	k, err := Parse(types.KeySpec(spec), secret)
	if err != nil {
		return nil, nil, err
	}
	return secret, k.Public(), nil
}

// Unwrap recovers key material from what a client wrapped with the public half
// of a wrapping key. Whatever does not unwrap is an InvalidCiphertextException
// without a text.
func Unwrap(a types.AlgorithmSpec, spec types.WrappingKeySpec, secret, wrapped []byte) ([]byte, error) {
	k, err := Parse(types.KeySpec(spec), secret)
	if err != nil {
		return nil, err
	}
	if a == types.AlgorithmSpecSm2pke {
		return k.Decrypt(types.EncryptionAlgorithmSpecSm2pke, wrapped)
	}
	if !hybrid(a) {
		return k.Decrypt(oaepOf(a), wrapped)
	}
	size := bitsOf(types.KeySpec(spec)) / 8
	if len(wrapped) <= size {
		return nil, refuse(invalidCiphertext, "")
	}
	kek, err := k.Decrypt(oaepOf(a), wrapped[:size])
	if err != nil {
		return nil, err
	}
	material, err := unwrapKWP(kek, wrapped[size:])
	if err != nil {
		return nil, refuse(invalidCiphertext, "")
	}
	return material, nil
}

// Wrap does what a client does before it imports key material: it wraps it for
// the public key that GetParametersForImport gave. It fails when the algorithm
// cannot carry that much, or the public key is not one.
func Wrap(random io.Reader, a types.AlgorithmSpec, public, material []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("wrap key material: %w", err)
	}
	to, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("wrap key material: the wrapping key is not an RSA key")
	}
	h := oaepHash(oaepOf(a))
	if !hybrid(a) {
		return rsa.EncryptOAEP(h.New(), random, to, material, nil)
	}
	kek := make([]byte, 32)
	if _, err := io.ReadFull(random, kek); err != nil {
		return nil, fmt.Errorf("wrap key material: %w", err)
	}
	head, err := rsa.EncryptOAEP(h.New(), random, to, kek, nil)
	if err != nil {
		return nil, fmt.Errorf("wrap key material: %w", err)
	}
	tail, err := wrapKWP(kek, material)
	if err != nil {
		return nil, fmt.Errorf("wrap key material: %w", err)
	}
	return append(head, tail...), nil
}

// The alternative initial value of RFC 5649.
const kwpMark = 0xa65959a6

var errKWP = errors.New("not wrapped with this key")

// wrapKWP is AES key wrap with padding (RFC 5649, section 4.1).
func wrapKWP(kek, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	if len(plain) == 0 || len(plain) > 1<<16 {
		return nil, errKWP
	}
	out := make([]byte, 8+(len(plain)+7)/8*8)
	binary.BigEndian.PutUint32(out, kwpMark)
	binary.BigEndian.PutUint32(out[4:], uint32(len(plain)))
	copy(out[8:], plain)
	if len(out) == 16 {
		block.Encrypt(out, out)
		return out, nil
	}
	var b [16]byte
	copy(b[:8], out)
	for j := range 6 {
		for i := 8; i < len(out); i += 8 {
			copy(b[8:], out[i:i+8])
			block.Encrypt(b[:], b[:])
			count(b[:8], uint64(j*(len(out)/8-1)+i/8))
			copy(out[i:], b[8:])
		}
	}
	copy(out, b[:8])
	return out, nil
}

// unwrapKWP undoes it and checks mark, length and padding (section 4.2).
func unwrapKWP(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < 16 || len(wrapped)%8 != 0 {
		return nil, errKWP
	}
	out := append([]byte(nil), wrapped...)
	if len(out) == 16 {
		block.Decrypt(out, out)
	} else {
		unwind(block, out)
	}
	size := binary.BigEndian.Uint32(out[4:])
	body := out[8:]
	if binary.BigEndian.Uint32(out) != kwpMark || size == 0 || int64(size) > int64(len(body)) || len(body)-int(size) > 7 {
		return nil, errKWP
	}
	if padding := body[size:]; subtle.ConstantTimeCompare(padding, make([]byte, len(padding))) == 0 {
		return nil, errKWP
	}
	return body[:size], nil
}

func unwind(block cipher.Block, out []byte) {
	var b [16]byte
	copy(b[:8], out)
	for j := 5; j >= 0; j-- {
		for i := len(out) - 8; i >= 8; i -= 8 {
			count(b[:8], uint64(j*(len(out)/8-1)+i/8))
			copy(b[8:], out[i:i+8])
			block.Decrypt(b[:], b[:])
			copy(out[i:], b[8:])
		}
	}
	copy(out, b[:8])
}

// count folds a step's number into the integrity register.
func count(register []byte, step uint64) {
	binary.BigEndian.PutUint64(register, binary.BigEndian.Uint64(register)^step)
}
