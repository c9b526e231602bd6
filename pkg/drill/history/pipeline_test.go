package history

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

func TestReadHandsOverAllThatComesBeforeADamage(t *testing.T) {
	t.Parallel()
	const whole = 3*batchLen + 7
	path, _ := write(t, samples(whole))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	bad := len(lines) - 10
	lines[bad] = bytes.Replace(lines[bad], []byte(","), []byte(",9"), 1)
	if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := int64(0)
	err = Read(path, func(r Record) error {
		if taken++; r.ID != taken {
			t.Fatalf("record %d comes after %d others", r.ID, taken-1)
		}
		return nil
	})
	var damage *DamageError
	if !errors.As(err, &damage) || damage.Line != int64(bad+1) || taken != whole-9 {
		t.Errorf("%d records taken, %v", taken, err)
	}
}

func TestReadStopsWhereItIsTold(t *testing.T) {
	t.Parallel()
	path, _ := write(t, samples(9*batchLen))
	enough := errors.New("enough")
	for _, most := range []int{1, batchLen, batchLen + 1, 7 * batchLen} {
		taken := 0
		err := Read(path, func(Record) error {
			if taken++; taken == most {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || taken != most {
			t.Errorf("%d records taken, want %d: %v", taken, most, err)
		}
	}
}
