package drill_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// A run whose process died at any moment leaves a journal that ends anywhere.
// Resumed, it reaches the verdict of the undisturbed run, and the lines that
// were there stay as they were.
func TestResumeReachesTheSameVerdict(t *testing.T) {
	whole := t.TempDir()
	want := runBook(t, "ci-smoke", whole, 7, "")
	full, err := os.ReadFile(filepath.Join(whole, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(full, []byte("\n"))
	for _, keep := range []int{1, 2, 9, len(lines) / 2, len(lines) - 4, len(lines) - 2} {
		dir := t.TempDir()
		cut := bytes.Join(lines[:keep], nil)
		torn := append(bytes.Clone(cut), lines[keep][:len(lines[keep])/2]...)
		if err := os.WriteFile(filepath.Join(dir, drill.JournalFile), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := drill.Resume(t.Context(), options(t, "ci-smoke", dir, 7, ""))
		if err != nil {
			t.Fatalf("resume after line %d: %v", keep, err)
		}
		if got != want {
			t.Errorf("resume after line %d ended with %+v, the undisturbed run with %+v", keep, got, want)
		}
		resumed, err := os.ReadFile(filepath.Join(dir, drill.JournalFile))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(resumed, cut) {
			t.Errorf("resume after line %d changed lines that were there", keep)
		}
		if _, err := journal.Verify(filepath.Join(dir, drill.JournalFile)); err != nil {
			t.Errorf("resume after line %d: %v", keep, err)
		}
	}
}

func TestResumeRefusesAChangedRunbook(t *testing.T) {
	dir := t.TempDir()
	runBook(t, "ci-smoke", dir, 7, "")
	path := filepath.Join(dir, drill.JournalFile)
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, full[:bytes.LastIndexByte(full[:len(full)-1], '\n')+1], 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, "ci-smoke", dir, 7, "")
	o.Book, err = runbook.Parse("changed.yaml", bytes.ReplaceAll(o.Book.Source, []byte("ci-smoke"), []byte("ci-smoke2")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := drill.Resume(t.Context(), o); err == nil {
		t.Error("a run was resumed with another runbook than it began with")
	}
}
