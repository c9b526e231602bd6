package mrk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// DocumentSHA is the SHA-256, in hex, of a JSON document without regard to
// spaces and to the order of an object's members. It tells whether a policy
// was touched, not whether two policies mean the same; text that is not JSON
// is hashed as it is. An empty document has an empty hash.
func DocumentSHA(text string) string {
	if text == "" {
		return ""
	}
	raw := []byte(text)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) == nil {
		if canonical, err := json.Marshal(v); err == nil { // maps are written in order of their keys
			raw = canonical
		}
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
