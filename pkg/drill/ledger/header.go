package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// MaterialOf returns the id of the key material that made a symmetric
// ciphertext, as the ciphertext itself carries it in clear: nobody need be
// asked, not even during an outage. It reports false for a blob of another
// form. What a service says in Decrypt's KeyMaterialId wins over it.
//
// The blob begins with version 1, type 2, a byte for the operation (2 for Encrypt
// and ReEncrypt, 3 for the data keys) and a constant. Recorded on AWS, September
// 2026; not a published format.
func MaterialOf(blob []byte) (string, bool) {
	const at, size = 5, sha256.Size
	if len(blob) < at+size+1 || blob[0] != 1 || blob[1] != 2 || blob[3] != 0 || blob[4] != 0x78 || blob[at+size] != 1 {
		return "", false
	}
	return hex.EncodeToString(blob[at : at+size]), true
}

// Plain is how a plaintext is remembered: the first eight bytes of its SHA-256.
// It is never 0, which stands for a plaintext that nobody has seen.
func Plain(plaintext []byte) uint64 {
	sum := sha256.Sum256(plaintext)
	return max(binary.BigEndian.Uint64(sum[:8]), 1)
}
