package drill_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// everybody agrees to all, as many people as are asked for.
type everybody struct{}

func (everybody) Ask(_ context.Context, q drill.Question) ([]drill.Approval, error) {
	answers := q.Given
	for _, who := range []string{"ann", "ben", "cleo", "dan"} {
		if !q.Enough(answers) {
			answers = append(answers, drill.Approval{By: who, Yes: true})
		}
	}
	return answers, nil
}

// slow are the runbooks that take too long for every test run; CI runs them
// with the real program.
func slow(book string) bool { return book == "a-year-of-rotations" || book == "region-outage" }

// TestEveryShippedRunbookPasses runs the library.
func TestEveryShippedRunbookPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of drills")
	}
	paths, err := filepath.Glob("../../configs/runbooks/*.yaml")
	if err != nil || len(paths) < 16 {
		t.Fatalf("%d runbooks: %v", len(paths), err)
	}
	for _, path := range paths {
		book := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if slow(book) || underRace && !strings.Contains(" ci-smoke lost-reply promote-and-home ", " "+book+" ") {
			continue
		}
		t.Run(book, func(t *testing.T) {
			t.Parallel()
			runLibrary(t, book, 7)
		})
	}
}

// TestSameSeedSameBytes holds two runs with one seed against each other, and
// against one with another seed.
func TestSameSeedSameBytes(t *testing.T) {
	for _, book := range []string{"ci-smoke", "lost-reply", "imported-material-expires"} {
		if (testing.Short() || underRace) && book != "ci-smoke" {
			continue
		}
		t.Run(book, func(t *testing.T) {
			t.Parallel()
			first, again, other := runLibrary(t, book, 7), runLibrary(t, book, 7), runLibrary(t, book, 8)
			for _, name := range []string{drill.JournalFile, drill.HistoryFile} {
				a, b, c := read(t, first, name), read(t, again, name), read(t, other, name)
				if !bytes.Equal(a, b) {
					t.Errorf("%s differs between two runs with the same seed", name)
				}
				if bytes.Equal(a, c) {
					t.Errorf("%s is the same with another seed", name)
				}
			}
		})
	}
}

// runLibrary runs a shipped runbook, which must pass, and returns its folder.
func runLibrary(t *testing.T, book string, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	o := options(t, book, dir, seed, "")
	o.Approve = everybody{}
	res, err := drill.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if res.Verdict != journal.Pass || res.Exit != 0 {
		t.Fatalf("seed %d: %s", seed, res.Headline)
	}
	if _, err := journal.Verify(filepath.Join(dir, drill.JournalFile)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
