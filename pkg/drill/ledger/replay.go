package ledger

import "github.com/mrkctl/mrkctl/pkg/drill/history"

// Makes reports whether an operation makes a ciphertext.
func Makes(op string) bool {
	switch op {
	case "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext":
		return true
	}
	return false
}

// Replay enters one call of a history, so that a book filled from a stored
// history says what the ledger of the run said. Hand the calls over in their
// order. It reports false for a call that was answered with another plaintext
// than was written; a call about no ciphertext is passed over.
func (b *Book) Replay(r history.Record) (same bool, err error) {
	switch {
	case r.Ciphertext == 0:
		return true, nil
	case Makes(r.Op):
		if r.Outcome != history.OK {
			return true, nil
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		_, _, err := b.made(r.Ciphertext, Made{Key: r.Key, Region: r.To, At: r.Start, Material: r.Material, Plain: r.Plain})
		return true, err
	case r.Outcome == history.OK:
		return b.Read(r.Ciphertext, r.To, r.Plain), nil
	case r.Outcome == history.Failed:
		b.Refused(r.Ciphertext, r.To, r.Code)
	}
	return true, nil
}
