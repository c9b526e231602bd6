package material

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// sizeOf is the length of a secret that is nothing but bytes.
func sizeOf(spec types.KeySpec) int {
	switch spec {
	case types.KeySpecHmac224:
		return 28
	case types.KeySpecSymmetricDefault, types.KeySpecHmac256, types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87:
		return 32
	case types.KeySpecHmac384:
		return 48
	default:
		return 64 // HMAC_512, and the two seeds of ML-KEM
	}
}

func makeBytes(spec types.KeySpec, random io.Reader) ([]byte, error) {
	return makeSeed(spec, random)
}

func makeSeed(spec types.KeySpec, random io.Reader) ([]byte, error) {
	secret := make([]byte, sizeOf(spec))
	_, err := io.ReadFull(random, secret)
	return secret, err
}

// checkBytes checks the length of imported bytes.
func checkBytes(spec types.KeySpec, imported []byte) ([]byte, error) {
	if n := len(imported); n != sizeOf(spec) {
		return nil, fmt.Errorf("%d bytes, want %d", n, sizeOf(spec))
	}
	return append([]byte(nil), imported...), nil
}

func parseBytes(spec types.KeySpec, secret []byte) (*Key, error) {
	if _, err := checkBytes(spec, secret); err != nil {
		return nil, err
	}
	if spec == types.KeySpecSymmetricDefault {
		return &Key{}, nil
	}
	return &Key{mac: hmacKey{spec, secret}}, nil
}

type hmacKey struct {
	spec   types.KeySpec
	secret []byte
}

func (k hmacKey) authenticate(message []byte) []byte {
	h := hmac.New(k.hash(), k.secret)
	h.Write(message)
	return h.Sum(nil)
}

func (k hmacKey) hash() func() hash.Hash {
	switch k.spec {
	case types.KeySpecHmac224:
		return sha256.New224
	case types.KeySpecHmac256:
		return sha256.New
	case types.KeySpecHmac384:
		return sha512.New384
	default:
		return sha512.New
	}
}

// MAC authenticates a message. Every HMAC key has one algorithm, that of its
// own length; any other is an InvalidKeyUsageException.
func (k *Key) MAC(algorithm types.MacAlgorithmSpec, message []byte) ([]byte, error) {
	if k.mac == nil || string(algorithm) != "HMAC_SHA_"+string(k.spec[len("HMAC_"):]) {
		return nil, incompatible(algorithm, k.spec)
	}
	return k.mac.authenticate(message), nil
}

// VerifyMAC compares a MAC with the one that the key makes. One that differs,
// also in length, is a KMSInvalidMacException without a text.
func (k *Key) VerifyMAC(algorithm types.MacAlgorithmSpec, message, mac []byte) error {
	want, err := k.MAC(algorithm, message)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, mac) {
		return refuse(invalidMac, "")
	}
	return nil
}
