package material

import (
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Encrypts says whether a key pair of a spec knows an encryption algorithm.
func Encrypts(spec types.KeySpec, a types.EncryptionAlgorithmSpec) bool {
	switch spec {
	case types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096:
		return a == types.EncryptionAlgorithmSpecRsaesOaepSha1 || a == types.EncryptionAlgorithmSpecRsaesOaepSha256
	case types.KeySpecSm2:
		return a == types.EncryptionAlgorithmSpecSm2pke
	default:
		return false
	}
}

// MaxPlaintext is how many bytes a key pair of a spec can encrypt with an
// algorithm: what OAEP leaves of the modulus, 1024 with
// SM2PKE (documented), 0 for an algorithm that the key does not know.
func MaxPlaintext(spec types.KeySpec, a types.EncryptionAlgorithmSpec) int {
	switch {
	case !Encrypts(spec, a):
		return 0
	case spec == types.KeySpecSm2:
		return 1024
	}
	return bitsOf(spec)/8 - 2*oaepHash(a).Size() - 2
}

// Encrypt encrypts with the public half of a key pair.
func (k *Key) Encrypt(random io.Reader, a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	if k.encrypter == nil || !Encrypts(k.spec, a) {
		return nil, incompatible(a, k.spec)
	}
	if most := MaxPlaintext(k.spec, a); len(plaintext) > most {
		return nil, refuse(validation, "Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", a, k.spec, most)
	}
	return k.encrypter.encrypt(random, a, plaintext)
}

// Decrypt decrypts with the private half. Whatever does not decrypt is an
// InvalidCiphertextException without a text.
func (k *Key) Decrypt(a types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, error) {
	if k.encrypter == nil || !Encrypts(k.spec, a) {
		return nil, incompatible(a, k.spec)
	}
	plaintext, ok := k.encrypter.decrypt(a, ciphertext)
	if !ok {
		return nil, refuse(invalidCiphertext, "")
	}
	return plaintext, nil
}
