package check_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// play runs a shipped drill on a simulated world and returns where its files are.
func play(t *testing.T, name, sabotage string) (journalPath, historyPath string, res drill.Result) {
	t.Helper()
	book, err := runbook.Load(filepath.Join("..", "..", "..", "configs", "runbooks", name+".yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := target.Options{Seed: 7, Regions: book.Regions}
	if sabotage != "" {
		o.Sabotage = []string{sabotage}
	}
	w, err := target.Open(t.Context(), "sim", o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	origin, err := w.Origin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	res, err = drill.Run(t.Context(), drill.Options{
		Book: book, Dir: dir, ID: "r1", Seed: 7, Speed: "virtual", Version: "test", Sabotage: sabotage,
		Cloud: drill.Cloud{Client: w.Client, Clock: w.Clock(), Run: w.Run, Lab: w.Lab(), Origin: journal.Origin{
			Kind: string(origin.Kind), Detail: origin.Detail, Account: origin.Account, Caller: origin.Caller,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, drill.JournalFile), filepath.Join(dir, drill.HistoryFile), res
}

// What a run said of itself and what its files say afterwards is the same, word
// for word.
func TestAgainSaysWhatTheRunSaid(t *testing.T) {
	for _, sabotage := range []string{"", "trail-loses-records"} {
		journalPath, historyPath, res := play(t, "ci-smoke", sabotage)
		s, err := check.Again(journalPath, historyPath)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Complete || len(s.Differs) > 0 || s.Verdict() != res.Verdict {
			t.Errorf("%q: the run was %s, its files are %s, complete %t, %q", sabotage, res.Verdict, s.Verdict(), s.Complete, s.Differs)
		}
		events, err := journal.Read(journalPath)
		if err != nil {
			t.Fatal(err)
		}
		var said []journal.Check
		for _, e := range events {
			if e.Kind == journal.CheckVerdict {
				c, err := journal.Payload[journal.Check](e)
				if err != nil {
					t.Fatal(err)
				}
				said = append(said, c)
			}
		}
		if len(said) == 0 || !reflect.DeepEqual(said, s.Checks) {
			t.Errorf("%q: said %+v, now %+v", sabotage, said, s.Checks)
		}
	}
}

func TestAgainOnDamagedFiles(t *testing.T) {
	journalPath, historyPath, _ := play(t, "ci-smoke", "")
	whole, err := os.ReadFile(historyPath)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	changed := bytes.Join(lines, nil)
	changed[len(lines[0])+9] ^= 1
	for _, c := range []struct {
		content []byte
		line    int64
	}{
		{changed, 2},
		{bytes.Join(append(append([][]byte{}, lines[:4]...), lines[5:]...), nil), 5},
		{bytes.Join(lines[:len(lines)-3], nil), int64(len(lines) - 3)},
	} {
		if err := os.WriteFile(historyPath, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *history.DamageError
		if _, err := check.Again(journalPath, historyPath); !errors.As(err, &damage) || damage.Line != c.line {
			t.Errorf("got %v, want line %d", err, c.line)
		}
	}
	// A drill that died: half of its files, and no verdict.
	events, err := os.ReadFile(journalPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(journalPath, events[:len(events)/2], 0o600), os.WriteFile(historyPath, whole[:len(whole)/2], 0o600)); err != nil {
		t.Fatal(err)
	}
	s, err := check.Again(journalPath, historyPath)
	if err != nil {
		t.Fatal(err)
	}
	if s.Complete || s.Verdict() == journal.Pass {
		t.Errorf("half a run: complete %t, %s", s.Complete, s.Verdict())
	}
	if _, err := check.Again(filepath.Join(t.TempDir(), "none"), historyPath); err == nil {
		t.Error("checked a run without a journal")
	}
}
