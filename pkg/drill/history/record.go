// Package history is the compact record of every single call a drill made: one
// line a call, beside the journal, sealed by it.
package history

import "time"

// Outcome is what became of a call.
type Outcome uint8

// The outcomes. A call that may or may not have taken effect is Unknown: a
// time-out of a change, a lost reply.
const (
	OK Outcome = iota
	Failed
	Unknown
)

// Record is one call.
type Record struct {
	ID         int64         // from 1, in the order in which the calls ended
	Source     string        // the probe or step that made it; "watch" for the drill's own reads
	From, To   string        // caller's and endpoint's Region
	Op         string        // operation
	Key        string        // the runbook's name of the key set
	Due        time.Time     // when the schedule wanted it sent; latency counts from here
	Start      time.Time     // when it was sent
	Took       time.Duration // from Start to the answer
	Outcome    Outcome
	Code       string // error code, or a word for what the network did; empty when OK
	Ciphertext int64  // ledger number of the ciphertext made or opened; 0 for none
	Material   string // key material id, where the call tells
	Plain      uint64 // first eight bytes of the plaintext's SHA-256; 0 for none
}
