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
// history says what the ledger of the run said. Calls about no ciphertext are
// passed over. Hand the calls over in their order.
func (b *Book) Replay(r history.Record) error {
	switch {
	case r.Ciphertext == 0:
		return nil
	case Makes(r.Op):
		if r.Outcome != history.OK {
			return nil
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		_, _, err := b.made(r.Ciphertext, Made{Key: r.Key, Region: r.To, At: r.Start.Add(r.Took), Material: r.Material, Plain: r.Plain})
		return err
	case r.Outcome == history.OK:
		b.Read(r.Ciphertext, r.To, r.Plain)
	case r.Outcome == history.Failed:
		b.Refused(r.Ciphertext, r.To, r.Code)
	}
	return nil
}
