package runbook

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryBrokenRunbookIsRefused reads the corpus of broken runbooks. The
// first line of each names its mistake, the second the line on which it has to
// be found and words that have to be said about it; the file beside it has the
// whole message.
func TestEveryBrokenRunbookIsRefused(t *testing.T) {
	paths, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d broken runbooks: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			line, words := expected(t, src)
			_, err = Load(path, nil)
			var problems ProblemErrors
			if !errors.As(err, &problems) {
				t.Fatalf("load says %v", err)
			}
			found := false
			for _, p := range problems {
				found = found || p.Line == line && strings.Contains(p.What, words)
				if p.Line < 1 || p.Column < 1 || p.Path != path {
					t.Errorf("a mistake at %s:%d:%d", p.Path, p.Line, p.Column)
				}
			}
			if !found {
				t.Errorf("want %q on line %d, got\n%v", words, line, err)
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".txt"
			got := []byte(err.Error() + "\n")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the message is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func expected(t *testing.T, src []byte) (line int, words string) {
	t.Helper()
	s := bufio.NewScanner(bytes.NewReader(src))
	s.Scan()
	s.Scan()
	var n int
	if _, err := fmt.Sscanf(s.Text(), "# line %d:", &n); err != nil {
		t.Fatalf("second line %q: %v", s.Text(), err)
	}
	_, words, _ = strings.Cut(s.Text(), ": ")
	return n, words
}
