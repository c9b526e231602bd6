package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sealLead stands between what a line says and the hash that seals it.
const sealLead = `,"sha":"`

// sealTail ends a line.
const sealTail = `"}`

// body is an event without its own hash: what the hash is made over.
type body struct {
	N    int64           `json:"n"`
	At   time.Time       `json:"at"`
	Kind Kind            `json:"ev"`
	Step string          `json:"step,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
	Prev string          `json:"prev"`
}

// encode writes an event as a line, without the newline, and seals it. The
// same event always gives the same bytes.
func encode(e Event) ([]byte, Event, error) {
	e.At = e.At.UTC()
	line, err := canonical(body{N: e.N, At: e.At, Kind: e.Kind, Step: e.Step, Data: e.Data, Prev: e.Prev})
	if err != nil {
		return nil, Event{}, err
	}
	e.Sha = seal(e.Prev, line)
	line = append(line[:len(line)-1], sealLead...)
	line = append(line, e.Sha...)
	line = append(line, sealTail...)
	return line, e, nil
}

// canonical is JSON with sorted map keys, no spaces and no HTML escapes.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// seal is the hash of a line: over the hash of the line before and the bytes
// of this one without its hash.
func seal(prev string, line []byte) string {
	h := sha256.New()
	h.Write([]byte(prev))
	h.Write(line)
	return hex.EncodeToString(h.Sum(nil))
}

var (
	errNotEvent = errors.New("not a journal line")
	errChanged  = errors.New("changed since it was written: its hash does not match what it says")
)

// decode reads a line and checks its own seal; whether it follows the line
// before is for the caller to see.
func decode(line []byte) (Event, error) {
	const shaLen = 2 * sha256.Size
	tail := len(sealLead) + shaLen + len(sealTail)
	if len(line) < tail || !bytes.HasSuffix(line, []byte(sealTail)) {
		return Event{}, errNotEvent
	}
	cut := len(line) - tail
	if !bytes.Equal(line[cut:cut+len(sealLead)], []byte(sealLead)) {
		return Event{}, errNotEvent
	}
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		return Event{}, fmt.Errorf("%w: %w", errNotEvent, err)
	}
	unsealed := append(bytes.Clone(line[:cut]), '}')
	if seal(e.Prev, unsealed) != string(line[cut+len(sealLead):cut+len(sealLead)+shaLen]) {
		return Event{}, errChanged
	}
	// Only the one way of writing an event is accepted, so that a line cannot
	// say one thing to this reader and another to the next.
	again, _, err := encode(e)
	if err != nil || !bytes.Equal(again, line) {
		return Event{}, fmt.Errorf("%w: not in canonical form", errNotEvent)
	}
	return e, nil
}

// Payload reads what an event carries as the type that its Kind names.
func Payload[T any](e Event) (T, error) {
	var v T
	if len(e.Data) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return v, fmt.Errorf("journal line %d: %s: %w", e.N, e.Kind, err)
	}
	return v, nil
}
