package xks

import (
	"crypto/aes"
	"crypto/cipher"
	gosha256 "crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Keys is an external key manager: AES-256 keys that never leave it. It may be
// used by several requests at once. The zero value has no keys.
type Keys struct {
	mu    sync.RWMutex
	byID  map[string]*externalKey
	state string
}

type externalKey struct {
	aead    cipher.AEAD
	enabled bool
	usage   []string
}

// isKeyID says whether the specification lets an external key be called so.
func isKeyID(id string) bool {
	for _, c := range id {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", c) {
			return false
		}
	}
	return id != "" && len(id) <= 128
}

// Add puts a key of 32 bytes into the manager, enabled and able to encrypt and
// decrypt. It fails when the id is not one that KMS takes or is taken, or the
// key has another length.
func (k *Keys) Add(id string, secret []byte) error {
	if !isKeyID(id) {
		return fmt.Errorf("add external key %q: its id must have 1 to 128 letters, digits, dots, hyphens and underscores", id)
	}
	if len(secret) != 32 {
		return fmt.Errorf("add external key %s: a key has 32 bytes, not %d", id, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return fmt.Errorf("add external key %s: %w", id, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return fmt.Errorf("add external key %s: %w", id, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byID[id] != nil {
		return fmt.Errorf("add external key %s: there is one already", id)
	}
	if k.byID == nil {
		k.byID = map[string]*externalKey{}
	}
	k.byID[id] = &externalKey{aead: aead, enabled: true, usage: []string{"ENCRYPT", "DECRYPT"}}
	return nil
}

// Enable lets a key be used, or stops it. It says whether there is such a key.
func (k *Keys) Enable(id string, on bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byID[id] == nil {
		return false
	}
	k.byID[id].enabled = on
	return true
}

// Restrict sets what a key may do, such as DECRYPT alone. It says whether there
// is such a key.
func (k *Keys) Restrict(id string, usage ...string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byID[id] == nil {
		return false
	}
	k.byID[id].usage = usage
	return true
}

// SetHealth makes the manager ACTIVE, DEGRADED or UNAVAILABLE. An unavailable
// one does no cryptography.
func (k *Keys) SetHealth(status string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = status
}

func (k *Keys) health() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.state == "" {
		return "ACTIVE"
	}
	return k.state
}

// describe is the metadata of a key.
func (k *Keys) describe(id string) (KeyMetadata, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key := k.byID[id]
	if key == nil {
		return KeyMetadata{}, failed(KeyNotFound, "")
	}
	m := KeyMetadata{Spec: "AES_256", Usage: slices.Clone(key.usage), Status: "ENABLED"}
	if !key.enabled {
		m.Status = "DISABLED"
	}
	return m, nil
}

// usable finds a key that may do something.
func (k *Keys) usable(id, usage string) (cipher.AEAD, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key := k.byID[id]
	switch {
	case k.state == "UNAVAILABLE":
		return nil, failed(Internal, "the key manager is not available")
	case key == nil:
		return nil, failed(KeyNotFound, "")
	case !key.enabled:
		return nil, failed(InvalidState, "the key is disabled")
	case !slices.Contains(key.usage, usage):
		return nil, failed(InvalidKeyUsage, "the key does not "+usage)
	}
	return key.aead, nil
}

// metadataVersion is what this manager's ciphertext metadata says.
const metadataVersion = 1

// seal encrypts. It fails with a ProxyError.
func (k *Keys) seal(id string, random io.Reader, plaintext, aad []byte) (Sealed, error) {
	aead, err := k.usable(id, "ENCRYPT")
	if err != nil {
		return Sealed{}, err
	}
	s := Sealed{IV: make([]byte, aead.NonceSize()), Metadata: []byte{metadataVersion}}
	if _, err := io.ReadFull(random, s.IV); err != nil {
		return Sealed{}, failed(Internal, "no random bytes")
	}
	out := aead.Seal(nil, s.IV, plaintext, authenticated(aad, s.Metadata))
	s.Ciphertext, s.Tag = out[:len(plaintext)], out[len(plaintext):]
	return s, nil
}

// open decrypts. It fails with a ProxyError.
func (k *Keys) open(id string, s Sealed, aad []byte) ([]byte, error) {
	aead, err := k.usable(id, "DECRYPT")
	if err != nil {
		return nil, err
	}
	if len(s.IV) != aead.NonceSize() || len(s.Tag) != aead.Overhead() {
		return nil, failed(InvalidCiphertext, "")
	}
	plaintext, err := aead.Open(nil, s.IV, append(slices.Clone(s.Ciphertext), s.Tag...), authenticated(aad, s.Metadata))
	if err != nil {
		return nil, failed(InvalidCiphertext, "")
	}
	return plaintext, nil
}

// authenticated joins caller's data and ciphertext metadata, each after its
// length, so that neither can pass for the other.
func authenticated(aad, metadata []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(aad)))
	b = append(b, aad...)
	b = append(b, byte(len(metadata)))
	return append(b, metadata...)
}

// integrity is the value by which KMS sees that nothing was damaged on the way.
func integrity(aad []byte, s Sealed) []byte {
	h := gosha256.New()
	for _, part := range [][]byte{aad, s.Metadata, s.IV, s.Ciphertext, s.Tag} {
		h.Write(part)
	}
	return h.Sum(nil)
}
