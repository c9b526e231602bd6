package runbook

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse feeds the reader anything: it must not panic, and what it refuses
// it must refuse with a place inside the file.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/broken/*.yaml", "testdata/examples/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			src, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Add([]byte("? [a]\n: b\n"))
	f.Add([]byte("runbook: v1\nsteps: [{do: group, together: [{do: group}]}]\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		rb, err := Parse("fuzz.yaml", src, nil)
		if err == nil {
			_ = rb.Spending()
			return
		}
		var problems ProblemErrors
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("refused with %T: %v", err, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.What == "" {
				t.Fatalf("a mistake at %d:%d: %q", p.Line, p.Column, p.What)
			}
		}
		_ = err.Error()
	})
}
