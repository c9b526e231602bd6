package drill_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// outage is the shipped region-outage with a lighter load.
func outage(t *testing.T) *runbook.Runbook {
	t.Helper()
	book, err := runbook.Load(filepath.Join("..", "..", "configs", "runbooks", "region-outage.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range book.Probes {
		if err := book.Probes[i].Rate.UnmarshalText([]byte("10/m")); err != nil {
			t.Fatal(err)
		}
		if g := book.Probes[i].Guard; g != nil {
			g.Over = 2 * time.Minute
		}
	}
	return book
}

// The first Ctrl-C in any step of a drill takes back all that was done: at the
// step's beginning, and when its first change has been made and not answered yet.
func TestCtrlCInEachStepUndoesAll(t *testing.T) {
	t.Parallel()
	books := map[string]func(*testing.T) *runbook.Runbook{
		"region-outage": outage,
		"every change":  func(t *testing.T) *runbook.Runbook { return parse(t, changesBook) },
		"imports":       func(t *testing.T) *runbook.Runbook { return parse(t, importsBook) },
	}
	for name, book := range books {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			book(t).EachStep(func(s *runbook.Step) {
				if n++; name == "region-outage" && !*everyOne && n%4 != 0 {
					return
				}
				interrupted(t, book(t), s.ID, false)
				if v, _ := runbook.FindVerb(s.Do); v.Changes {
					interrupted(t, book(t), s.ID, true)
				}
			})
		})
	}
}

// interrupted runs a drill, interrupts it in a step and looks at what it leaves.
func interrupted(t *testing.T, book *runbook.Runbook, step string, midway bool) {
	t.Helper()
	where := step
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	l := newLasting(t, sim.Options{Seed: 7})
	dir := filepath.Join(quickDir(t), "run")
	o := l.options(t, book, dir)
	in := false
	ctrlC := func() { stop(drill.Interrupted{By: "interrupt"}) }
	o.Observe = func(e journal.Event) {
		if e.Kind == journal.StepStarted {
			if in = e.Step == step; in && !midway {
				ctrlC()
			}
		}
	}
	if midway {
		where += ", after its first change"
		l.handled = func(op string) {
			if in && changes(op) {
				ctrlC()
			}
		}
	}
	res, err := drill.Run(ctx, o)
	if err != nil || res.Exit != 130 {
		if err == nil && res.Exit == 0 && midway {
			return // it had nothing to change
		}
		t.Errorf("Ctrl-C in %s: %+v, %v", where, res, err)
		return
	}
	if on := l.faults(); len(on) > 0 {
		t.Errorf("Ctrl-C in %s left faults on: %v", where, on)
	}
	if _, err := journal.Verify(filepath.Join(dir, drill.JournalFile)); err != nil {
		t.Errorf("Ctrl-C in %s: %v", where, err)
	}
	asFound(t, moment{name: "Ctrl-C in " + where, dir: dir}, l)
}
