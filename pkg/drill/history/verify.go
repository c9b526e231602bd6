package history

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Verify holds the history at path against the seals that the journal
// recorded of it, in their order: its chain must be whole, it must have had
// each seal's bytes at that seal's line, and it must end where the last one
// says. Without seals only the chain is followed. What is wrong comes back as a
// *DamageError that names the line.
func Verify(path string, seals ...journal.Seal) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verify the history: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from

	s := newScanner(file, filepath.Base(path))
	sum := sha256.New()
	open := seals
	var broken error
	s.onLine = func(line []byte) {
		sum.Write(line)
		for len(open) > 0 && open[0].Lines == s.lines && broken == nil {
			if got := hex.EncodeToString(sum.Sum(nil)); got != open[0].SHA256 {
				broken = &DamageError{File: s.name, Line: s.lines, What: "ends a stretch that is not the one the journal sealed: lines up to it were written anew"}
			}
			open = open[1:]
		}
		if len(open) == 0 && len(seals) > 0 && s.lines > seals[len(seals)-1].Lines && broken == nil {
			broken = &DamageError{File: s.name, Line: s.lines, What: "was added after the journal sealed the history"}
		}
	}
	if err := s.run(func(Record) error { return broken }); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	if len(open) > 0 {
		return &DamageError{File: s.name, Line: s.lines, What: fmt.Sprintf("is the last one, but the journal sealed %d lines: the rest was cut off", open[0].Lines)}
	}
	return nil
}
