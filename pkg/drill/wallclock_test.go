package drill_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// wallBook waits in every way that there is: a fault that ends by itself, a
// look, a wait, a load with windows, a guard, a try again.
const wallBook = `runbook: v1
name: wall
about: A Region goes dark for a minute and comes back by itself, while somebody sets the machine's clock.
regions: [us-east-1, eu-west-1]
keys:
  payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1] }
safety: { longest: 30m }
probes:
  standby: { do: roundtrip, in: eu-west-1, rate: 1/s, within: 2s, slo: [success >= 99%, p95 < 1s], guard: success >= 50% over 10s }
faults:
  dark: { kind: region-outage, in: us-east-1, looks-like: refused, at-most: 1m }
steady: { for: 10s, probes: [standby] }
steps:
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: alone, do: watch, in: eu-west-1, for: 20s, with: { probes: [standby] }, expect: { slo: met } }
  - { id: away, do: key.promote, in: us-east-1, with: { to: eu-west-1 }, within: 5m, retry: { times: 20, every: 10s }, expect: { primary: eu-west-1, state: Enabled, in-every-region: true }, undo: { do: key.promote, in: eu-west-1, with: { to: us-east-1 } } }
  - { id: home, do: key.promote, in: eu-west-1, with: { to: us-east-1 }, within: 5m, expect: { primary: us-east-1, state: Enabled, in-every-region: true } }
objectives: { availability: { of: standby, at-least: 99% } }
checks: [one-primary-at-a-time, left-as-found, every-ciphertext-decrypts-everywhere, no-plaintext-lost]
`

// The machine's clock is set back by an hour, and then ahead by a day, in the
// middle of a drill on real time. The drill does not notice, nor do those who
// read its files.
func TestTheWallMayBeSetDuringADrillOnRealTime(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]time.Duration{"back": -time.Hour, "ahead": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := quickDir(t)
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var by atomic.Int64 // how far the wall was set from what it would be
				line := clock.NewRealOf(func() (time.Time, time.Duration) {
					ran := time.Since(began)
					return began.Add(ran + time.Duration(by.Load())).Round(0), ran
				}, 1)
				w, err := sim.New(sim.Options{Seed: 7, Start: line.Now()})
				if err != nil {
					t.Fatal(err)
				}
				l := &lasting{server: awsjson.New(w, line)}
				dir := filepath.Join(home, "run")
				o := l.options(t, parse(t, wallBook), dir)
				o.Cloud.Clock, o.Cloud.Run = line, func(f func()) { f() }
				o.Cloud.Client = func(from, to, role string) *kms.Client {
					return kms.New(kms.Options{
						Region: to, HTTPClient: l.server.Transport(from, to, caller(role, from)), Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
					})
				}
				o.Observe = func(e journal.Event) {
					if e.Kind == journal.StepEnded && e.Step == "dark" {
						by.Store(int64(set))
					}
				}
				res, err := drill.Run(t.Context(), o)
				if err != nil || res.Verdict != journal.Pass {
					t.Fatalf("%+v, %v", res, err)
				}
				if took := time.Since(began); took > 10*time.Minute {
					t.Errorf("it took %v", took)
				}
				goesForward(t, dir)
				events := readJournal(t, dir)
				if lasted, took := events[len(events)-1].At.Sub(events[0].At), time.Since(began); lasted > took {
					t.Errorf("by its journal it lasted %v, and it took %v", lasted, took)
				}
				if on, off := find(t, events, journal.FaultOn), find(t, events, journal.FaultOff); off.At.Sub(on.At).Round(time.Second) != time.Minute {
					t.Errorf("a fault of one minute at most was on for %v", off.At.Sub(on.At))
				}
			})
		})
	}
}

// A process dies in the middle of an outage, and the machine's clock is set back
// by an hour before the run is gone on with, or taken back.
func TestTheWallMayBeSetBackBeforeARunIsGoneOnWith(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("on virtual time one process runs at a time")
	}
	moments, _, want := everyMoment(t, parse(t, killedBook))
	for _, m := range few(moments) {
		l := lastingOf(m.world, -time.Hour)
		dies := readJournal(t, m.dir)
		got, err := drill.Resume(t.Context(), func() drill.Options {
			o := l.options(t, parse(t, killedBook), m.dir)
			o.Approve = everybody{}
			return o
		}())
		if len(dies) > 0 && dies[len(dies)-1].Kind == journal.DrillEnded {
			continue
		}
		if err != nil || got != want {
			t.Errorf("killed at %s: resumed to %+v, %v; want %+v", m.name, got, err, want)
			continue
		}
		goesForward(t, m.dir)
		events := readJournal(t, m.dir)
		if lasted := events[len(events)-1].At.Sub(events[0].At); lasted > 50*time.Minute {
			t.Errorf("killed at %s: by its journal it lasted %v", m.name, lasted)
		}
	}
}

// goesForward demands of a run's files that no time in them goes back, that
// nothing took longer than it can have, and that whoever reads them accepts them.
func goesForward(t *testing.T, dir string) {
	t.Helper()
	var last time.Time
	for _, e := range readJournal(t, dir) {
		if e.At.Before(last) {
			t.Errorf("%s: line %d, %s, is %v before the one above it", dir, e.N, e.Kind, last.Sub(e.At))
		}
		last = e.At
		if e.Kind == journal.StepEnded {
			if s, err := journal.Payload[journal.StepEnd](e); err != nil || s.Took < 0 || s.Took > 25*time.Minute {
				t.Errorf("%s: step %s took %v, %v", dir, e.Step, s.Took, err)
			}
		}
	}
	err := history.Read(filepath.Join(dir, drill.HistoryFile), func(r history.Record) error {
		if late := r.Start.Sub(r.Due); r.Took < 0 || r.Took > time.Minute || late < 0 || late > time.Minute {
			t.Errorf("%s: %s of %s began %v after it was due and took %v", dir, r.Op, r.Source, late, r.Took)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	again, err := check.Again(filepath.Join(dir, drill.JournalFile), filepath.Join(dir, drill.HistoryFile))
	if err != nil || len(again.Differs) > 0 || again.Verdict() != journal.Pass {
		t.Errorf("%s: checked again: %v, %+v", dir, err, again.Differs)
	}
	verified, err := report.Verify(dir, drill.JournalFile, "test")
	if err != nil || report.VerdictOf(verified) != journal.Pass {
		t.Errorf("%s: verified: %+v, %v", dir, verified, err)
	}
}

func readJournal(t *testing.T, dir string) []journal.Event {
	t.Helper()
	events, err := journal.Tail(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func find(t *testing.T, events []journal.Event, kind journal.Kind) journal.Event {
	t.Helper()
	for _, e := range events {
		if e.Kind == kind {
			return e
		}
	}
	t.Fatalf("the journal has no %s", kind)
	return journal.Event{}
}
