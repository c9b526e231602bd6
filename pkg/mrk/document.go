package mrk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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

// maxPolicy is the longest key policy that KMS takes, in bytes.
const maxPolicy = 32 << 10

// CheckPolicy tells what makes a text no JSON document that could be a key
// policy, with the line: bad syntax, a member given twice, no statement. What
// a policy means is not looked at.
func CheckPolicy(text string) error {
	if len(text) > maxPolicy {
		return badInput("the policy is %d bytes long; KMS takes 32 KiB", len(text))
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		where := ""
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			where = lineOf([]byte(text), syntax.Offset)
		}
		return badInput("the policy is not a valid document%s: %v", where, err)
	}
	dec := json.NewDecoder(strings.NewReader(text))
	if err := onlyOnce(dec, 0); err != nil {
		at := dec.InputOffset()
		if twice := (*twiceError)(nil); errors.As(err, &twice) {
			at -= int64(len(twice.member) + 1)
		}
		return badInput("the policy is not a valid document%s: %v", lineOf([]byte(text), at), err)
	}
	var p struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &p); err != nil || len(p.Statement) == 0 {
		return badInput("the policy has no Statement")
	}
	return nil
}

// maxDepth bounds how deep a document may be nested.
const maxDepth = 32

// twiceError is a member that an object has twice.
type twiceError struct{ member string }

func (e *twiceError) Error() string { return fmt.Sprintf("%q is given twice", e.member) }

// onlyOnce reads one JSON value and refuses an object with a member twice:
// which of the two counts would depend on the reader.
func onlyOnce(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string) // the decoder lets only strings stand here
			if seen[key] {
				return &twiceError{key}
			}
			seen[key] = true
		}
		if err := onlyOnce(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
