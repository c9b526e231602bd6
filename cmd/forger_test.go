package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// forger is somebody who wants a finished run to say something else. He knows
// the formats and has the program.
type forger struct {
	t   *testing.T
	dir string
}

// The three runs that are tampered with: one that passed, one that failed, and
// one with another seed to take things from.
const (
	passedRun = "passed"
	failedRun = "failed"
	otherRun  = "other"
)

// finishedRuns makes them, once.
func finishedRuns(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for name, args := range map[string][]string{
		passedRun: {"--seed", "7"}, otherRun: {"--seed", "8"}, failedRun: {"--seed", "7", "--sabotage", "two-primaries"},
	} {
		code, said := mrkctl(t, append([]string{"drill", "run", "ci-smoke", "--progress", "quiet", "--out", filepath.Join(home, name)}, args...)...)
		if want := map[string]int{failedRun: exitError}[name]; code != want {
			t.Fatalf("the run that %s ended with %d: %s", name, code, said)
		}
	}
	return home
}

// mrkctl runs a command line in this process.
func mrkctl(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	p, out, errs := testProcess(args...)
	code = Main(p)
	return code, out.String() + errs.String()
}

func (f forger) path(name string) string { return filepath.Join(f.dir, name) }

func (f forger) read(name string) []byte {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}

func (f forger) write(name string, text []byte) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), text, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// edit changes the lines of a file, as an editor does: no seal is made anew.
func (f forger) edit(name string, change func(lines []string) []string) {
	f.t.Helper()
	before := string(f.read(name))
	after := strings.Join(change(slices.Collect(strings.Lines(before))), "")
	if after == before {
		f.t.Fatal("nothing was changed")
	}
	f.write(name, []byte(after))
}

// replace changes the first text of a file that is so.
func (f forger) replace(name, old, text string) {
	f.t.Helper()
	f.edit(name, func(lines []string) []string {
		return []string{strings.Replace(strings.Join(lines, ""), old, text, 1)}
	})
}

// from takes a file of another run.
func (f forger) from(run, name string) {
	f.t.Helper()
	f.write(name, forger{f.t, filepath.Join(filepath.Dir(f.dir), "..", run)}.read(name))
}

// reseal writes the whole journal anew with events that were changed: every
// hash in it is right.
func (f forger) reseal(change func([]journal.Event) []journal.Event) {
	f.t.Helper()
	path := f.path(drill.JournalFile)
	events, err := journal.Read(path)
	if err != nil {
		f.t.Fatal(err)
	}
	before := f.read(drill.JournalFile)
	if err := os.Remove(path); err != nil {
		f.t.Fatal(err)
	}
	w, err := journal.Create(path)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range change(events) {
		if _, err := w.Append(e.Kind, e.Step, e.At, e.Data); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	if bytes.Equal(before, f.read(drill.JournalFile)) {
		f.t.Fatal("nothing was changed")
	}
}

// resealEach is reseal with a change of the text of single events of a kind.
func (f forger) resealEach(kind journal.Kind, old, text string) {
	f.t.Helper()
	f.reseal(func(events []journal.Event) []journal.Event {
		for i, e := range events {
			if e.Kind == kind {
				events[i].Data = json.RawMessage(strings.Replace(string(e.Data), old, text, 1))
			}
		}
		return events
	})
}

// rehistory writes the history anew with calls that were changed and returns
// its seal.
func (f forger) rehistory(change func(*history.Record)) (seal journal.Seal) {
	f.t.Helper()
	path := f.path(drill.HistoryFile)
	var calls []history.Record
	if err := history.Read(path, func(r history.Record) error { calls = append(calls, r); return nil }); err != nil {
		f.t.Fatal(err)
	}
	events, err := journal.Read(f.path(drill.JournalFile))
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		f.t.Fatal(err)
	}
	w, err := history.Create(path, events[0].At)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, r := range calls {
		change(&r)
		if _, err := w.Append(r); err != nil {
			f.t.Fatal(err)
		}
	}
	if seal, err = w.Seal(); err != nil {
		f.t.Fatal(err)
	}
	return seal
}

// sealHistory puts another seal of the history into the journal.
func (f forger) sealHistory(seal journal.Seal) {
	f.t.Helper()
	f.reseal(func(events []journal.Event) []journal.Event {
		for i, e := range events {
			if e.Kind == journal.HistorySealed {
				events[i].Data, _ = json.Marshal(seal)
			}
		}
		return events
	})
}

// rerender writes the reports anew from what was forged.
func (f forger) rerender() {
	f.t.Helper()
	if code, said := mrkctl(f.t, "report", "render", f.dir); code != exitOK {
		f.t.Fatal(said)
	}
}

// drop leaves out events.
func drop(kind journal.Kind, holds string) func([]journal.Event) []journal.Event {
	return func(events []journal.Event) []journal.Event {
		return slices.DeleteFunc(events, func(e journal.Event) bool { return e.Kind == kind && strings.Contains(string(e.Data), holds) })
	}
}

// whitewash makes a verdict of everything that the journal of a failed run says.
func whitewash(events []journal.Event) []journal.Event {
	for i, e := range events {
		if e.Kind == journal.CheckVerdict || e.Kind == journal.ObjectiveMet || e.Kind == journal.DrillEnded {
			events[i].Data = json.RawMessage(strings.NewReplacer(`"verdict":"fail"`, `"verdict":"pass"`, `"exit":1`, `"exit":0`).Replace(string(e.Data)))
		}
	}
	return events
}

// answers demands that a command catches a forgery with these words, or passes
// when there are none.
func answers(t *testing.T, words string, args ...string) {
	t.Helper()
	code, said := mrkctl(t, args...)
	flat := strings.Join(strings.Fields(said), " ")
	switch {
	case words == "" && code != exitOK:
		t.Errorf("%s: exit code %d: %s", strings.Join(args[:2], " "), code, flat)
	case words != "" && (code != exitError && code != exitUnknown || !strings.Contains(flat, words)):
		t.Errorf("%s: exit code %d, and it does not say %q: %.600s", strings.Join(args[:2], " "), code, words, flat)
	}
}

func headOf(t *testing.T, dir string) string {
	t.Helper()
	head, err := journal.Verify(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(head.Lines, " ", head.Sha)
}
