package material

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Token is what an import token holds: everything that is needed to unwrap the
// key material that comes back with it, so that nothing has to be kept for
// tokens under way.
type Token struct {
	// Key is the ARN of the key that the token was issued for.
	Key string `json:"key"`
	// Algorithm and Spec say how the client was told to wrap.
	Algorithm types.AlgorithmSpec   `json:"algorithm"`
	Spec      types.WrappingKeySpec `json:"spec"`
	// Secret is the private half of the wrapping key.
	Secret []byte `json:"secret"`
	// ValidTo is when the token expires, in nanoseconds since 1970.
	ValidTo int64 `json:"validTo"`
}

// SealingKeySize is the length of the keys that seal import tokens.
const SealingKeySize = 32

// Seal encrypts a token, so that nobody but the issuer can read or change it.
// It fails when the sealing key is not SealingKeySize bytes long or the reader
// fails.
func (t Token) Seal(sealing []byte, random io.Reader) ([]byte, error) {
	aead, err := tokenCipher(sealing)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("seal import token: %w", err)
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("seal import token: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, nil), nil
}

// OpenToken opens a sealed token. It fails on one that was sealed with another
// key or changed since.
func OpenToken(sealing, sealed []byte) (Token, error) {
	var t Token
	aead, err := tokenCipher(sealing)
	if err != nil {
		return t, err
	}
	if len(sealed) < aead.NonceSize() {
		return t, errors.New("open import token: too short")
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
	if err != nil {
		return t, fmt.Errorf("open import token: %w", err)
	}
	if err := json.Unmarshal(plain, &t); err != nil {
		return t, fmt.Errorf("open import token: %w", err)
	}
	return t, nil
}

func tokenCipher(sealing []byte) (cipher.AEAD, error) {
	if len(sealing) != SealingKeySize {
		return nil, errors.New("import token: the sealing key has the wrong length")
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("import token: %w", err)
	}
	return cipher.NewGCM(block)
}
