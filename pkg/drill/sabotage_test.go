package drill_test

import (
	"flag"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// thin is how many times less load a shipped runbook is given where not the
// load is looked at but what comes of it.
const thin = 10

// thinned are the options of a run of a shipped runbook with little load.
func thinned(t *testing.T, book string, sabotage string) drill.Options {
	t.Helper()
	o := options(t, book, t.TempDir(), 7, sabotage)
	o.Approve = everybody{}
	for i := range o.Book.Probes {
		o.Book.Probes[i].Rate.Per *= thin
	}
	return o
}

// checkOf is what the journal of a run says of a check.
func checkOf(t *testing.T, dir, name string) journal.Check {
	t.Helper()
	events, err := journal.Read(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		if e.Kind != journal.CheckVerdict {
			continue
		}
		if c, err := journal.Payload[journal.Check](e); err != nil || c.Name == name {
			return c
		}
	}
	t.Fatalf("the journal has no verdict of %s", name)
	return journal.Check{}
}

// wholeLibrary is for CI, which has minutes: every test of the library looks at
// every runbook.
var wholeLibrary = flag.Bool("whole-library", false, "test every shipped runbook, not a few")

// sample says whether a test that has seconds looks at a runbook: at those that
// name every check between them.
func sample(book string) bool {
	if *wholeLibrary {
		return true
	}
	if testing.Short() || underRace {
		return book == "ci-smoke"
	}
	return slices.Contains([]string{"ci-smoke", "promote-and-home", "rotation-while-a-region-lags"}, book)
}

// shipped are the runbooks of the library that this run of the tests looks at,
// by name.
func shipped(t *testing.T) map[string]*runbook.Runbook {
	t.Helper()
	paths, err := filepath.Glob("../../configs/runbooks/*.yaml")
	if err != nil || len(paths) < 16 {
		t.Fatalf("%d runbooks: %v", len(paths), err)
	}
	books := map[string]*runbook.Runbook{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if !sample(name) {
			continue
		}
		if books[name], err = runbook.Load(path, nil); err != nil {
			t.Fatal(err)
		}
	}
	return books
}

// TestEveryCheckOfTheLibraryGoesRed gives every shipped runbook the sabotage of
// each of its checks. A check that can't fail proves nothing.
func TestEveryCheckOfTheLibraryGoesRed(t *testing.T) {
	for book, loaded := range shipped(t) {
		for _, c := range loaded.Checks {
			t.Run(book+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				o := thinned(t, book, drill.SabotageOf(c.Name))
				res, err := drill.Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				got := checkOf(t, o.Dir, c.Name)
				if got.Verdict != journal.Fail || res.Exit == 0 {
					t.Errorf("under %s it is %s: %s; the run ended with %d, %s", o.Sabotage, got.Verdict, got.Detail, res.Exit, res.Headline)
				}
				if len(got.Evidence) == 0 {
					t.Error("it is red without evidence")
				}
			})
		}
	}
}

// objectivesOf are the objectives of a kind, as the journal of a run has them.
func objectivesOf(t *testing.T, dir, kind string) (list []journal.Objective) {
	t.Helper()
	events, err := journal.Read(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind != journal.ObjectiveMet {
			continue
		}
		o, err := journal.Payload[journal.Objective](e)
		if err != nil {
			t.Fatal(err)
		}
		if o.Name == kind || strings.HasPrefix(o.Name, kind+" ") {
			list = append(list, o)
		}
	}
	return list
}

// TestEveryObjectiveOfTheLibraryGoesRed gives every shipped runbook the
// sabotage of each kind of objective that it sets.
func TestEveryObjectiveOfTheLibraryGoesRed(t *testing.T) {
	for book, loaded := range shipped(t) {
		for _, k := range check.ObjectiveKinds() {
			kind := k.Name
			if len(check.TargetsOf(loaded, kind)) == 0 {
				continue
			}
			t.Run(book+"/"+kind, func(t *testing.T) {
				t.Parallel()
				o := thinned(t, book, drill.SabotageOf(kind))
				if kind == "recovery-time" { // timed in seconds: it takes the whole load to see
					for i := range o.Book.Probes {
						o.Book.Probes[i].Rate.Per /= thin
					}
				}
				res, err := drill.Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if res.Exit != 1 {
					t.Errorf("under %s the run ended with %d, %s", o.Sabotage, res.Exit, res.Headline)
				}
				missed := objectivesOf(t, o.Dir, kind)
				if len(missed) == 0 {
					t.Error("none was measured")
				}
				for _, m := range missed {
					if m.Verdict != journal.Fail || m.Measured == "" || m.Measured == "not measured" {
						t.Errorf("under %s %s is %s: %s, wanted %s; %s", o.Sabotage, m.Name, m.Verdict, m.Measured, m.Target, m.Why)
					}
				}
			})
		}
	}
}

// TestEveryObjectiveHasASabotage holds the kinds against what a runbook can say.
func TestEveryObjectiveHasASabotage(t *testing.T) {
	of := reflect.TypeFor[runbook.Objectives]()
	for i := range of.NumField() {
		name := of.Field(i).Tag.Get("yaml")
		if sabotage := drill.SabotageOf(name); sabotage == name {
			t.Errorf("nothing makes a run miss its %s", name)
		}
	}
}
