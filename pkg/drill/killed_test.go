package drill_test

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// moment is one at which a drill's process may die: what is on the disk then,
// and the world that it leaves behind.
type moment struct {
	name  string
	dir   string
	world *sim.World
	done  map[string]int // changes that the world had accepted
}

var everyOne = flag.Bool("every-moment", false, "kill drills at every single moment, not at a few")

// few picks moments for a test that has seconds: each of a short list, and every
// so many of a long one.
func few(moments []moment) (some []moment) {
	stride := 1 + len(moments)/10
	for i, m := range moments {
		if *everyOne || i%stride == 0 {
			some = append(some, m)
		}
	}
	return some
}

// everyMoment runs a drill in a world that lasts and keeps every moment at which
// its process could die and something be different: before a call of the operator
// arrives, after it was handled, and after each line of the journal.
func everyMoment(t *testing.T, book *runbook.Runbook) (moments []moment, whole *lasting, res drill.Result) {
	t.Helper()
	l := newLasting(t, sim.Options{Seed: 7})
	home := quickDir(t)
	dir := filepath.Join(home, "whole")
	o := l.options(t, book, dir)
	o.Approve = everybody{}
	keep := func(name string) {
		m := moment{name: fmt.Sprintf("%03d %s", len(moments)+1, name), world: l.fork(t), done: map[string]int{}}
		m.dir = filepath.Join(home, "killed", fmt.Sprintf("%03d", len(moments)+1))
		copyRun(t, dir, m.dir)
		for op, n := range l.done {
			m.done[op] = n
		}
		moments = append(moments, m)
	}
	l.sent = func(op string) {
		if changes(op) {
			keep("before " + op)
		}
	}
	l.handled = func(op string) {
		if changes(op) {
			keep("after " + op)
		}
	}
	o.Observe = func(e journal.Event) {
		if e.Kind != journal.ProbeWindow && e.Kind != journal.MemberSeen && e.Kind != journal.CallStarted && (e.Kind != journal.CallEnded || spends(e)) {
			keep(string(e.Kind) + " " + e.Step)
		}
	}
	res, err := drill.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if res.Verdict != journal.Pass {
		t.Fatal(res.Headline)
	}
	return moments, l, res
}

// spends says whether a call that has ended used something up.
func spends(e journal.Event) bool {
	return slices.ContainsFunc(once, func(op string) bool { return strings.Contains(string(e.Data), op) })
}

// changes says whether an operation of the operator changes something.
func changes(op string) bool {
	return !strings.HasPrefix(op, "Describe") && !strings.HasPrefix(op, "Get") && !strings.HasPrefix(op, "List")
}

// once are the operations that a drill must not do again when it is gone on
// with: they use something up, or would be refused.
var once = []string{"CreateKey", "ReplicateKey", "UpdatePrimaryRegion", "RotateKeyOnDemand", "ScheduleKeyDeletion", "CancelKeyDeletion"}

// A process that dies at any moment of a drill in a world that lasts leaves a
// run that reaches the verdict of the undisturbed one, and does nothing twice.
func TestADrillIsGoneOnWithAfterAnyMoment(t *testing.T) {
	t.Parallel()
	for name, book := range map[string]string{"outage": killedBook, "changes": changesBook, "imports": importsBook} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moments, whole, want := everyMoment(t, parse(t, book))
			t.Logf("%d moments", len(moments))
			for _, m := range few(moments) {
				l := lastingOf(m.world, 3*time.Second)
				l.done = m.done
				o := l.options(t, parse(t, book), m.dir)
				o.Approve = everybody{}
				got, err := drill.Resume(t.Context(), o)
				if errors.Is(err, drill.ErrEnded) {
					continue
				}
				if err != nil || got != want {
					t.Errorf("killed at %s: resumed to %+v, %v; want %+v", m.name, got, err, want)
					continue
				}
				for _, op := range once {
					if l.done[op] != whole.done[op] {
						t.Errorf("killed at %s: %s was done %d times, %d in the undisturbed run", m.name, op, l.done[op], whole.done[op])
					}
				}
				holdsTogether(t, m, book)
			}
		})
	}
}

// holdsTogether verifies the files of a resumed run and that no step was done
// again once it was completed.
func holdsTogether(t *testing.T, m moment, book string) {
	t.Helper()
	again, err := check.Again(filepath.Join(m.dir, drill.JournalFile), filepath.Join(m.dir, drill.HistoryFile))
	if err != nil || len(again.Differs) > 0 {
		t.Errorf("killed at %s: checked again: %v, %v", m.name, again, err)
	}
	events, err := journal.Read(filepath.Join(m.dir, drill.JournalFile))
	if err != nil {
		t.Errorf("killed at %s: %v", m.name, err)
		return
	}
	ended := map[string]int{}
	for _, e := range events {
		if e.Kind == journal.StepEnded {
			ended[e.Step]++
		}
	}
	parse(t, book).EachStep(func(s *runbook.Step) {
		if ended[s.ID] != 1 {
			t.Errorf("killed at %s: step %s was completed %d times", m.name, s.ID, ended[s.ID])
		}
	})
}

// Taken back instead, the same run leaves the world as it was when its first
// snapshot was taken, and before that as if it had never been.
func TestADrillIsTakenBackAfterAnyMoment(t *testing.T) {
	t.Parallel()
	for name, book := range map[string]string{"outage": killedBook, "changes": changesBook, "imports": importsBook} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moments, _, _ := everyMoment(t, parse(t, book))
			for _, m := range few(moments) {
				l := lastingOf(m.world, 3*time.Second)
				res, err := drill.TakeBack(t.Context(), l.options(t, parse(t, book), m.dir))
				if errors.Is(err, drill.ErrEnded) {
					continue
				}
				if err != nil || res.Exit == 7 {
					t.Errorf("killed at %s: taken back to %+v, %v", m.name, res, err)
					continue
				}
				if on := l.faults(); len(on) > 0 {
					t.Errorf("killed at %s: faults left on: %v", m.name, on)
				}
				asFound(t, m, l)
			}
		})
	}
}

// asFound holds the end of a run that was taken back against its beginning.
func asFound(t *testing.T, m moment, l *lasting) {
	t.Helper()
	events, err := journal.Read(filepath.Join(m.dir, drill.JournalFile))
	if err != nil {
		t.Errorf("killed at %s: %v", m.name, err)
		return
	}
	ended, err := journal.Payload[journal.Ended](events[len(events)-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range ended.Left {
		// What a drill has made waits some days for its deletion.
		if !strings.Contains(left, "PendingDeletion") && !strings.Contains(left, "PendingReplicaDeletion") && !strings.Contains(left, "list of replicas") {
			t.Errorf("killed at %s: left behind: %v", m.name, left)
		}
	}
	if slices.ContainsFunc(events, func(e journal.Event) bool {
		return e.Kind == journal.SnapshotTaken && strings.Contains(string(e.Data), `"before"`)
	}) {
		return
	}
	// Killed while it made its keys: none of them stays in use.
	var fleet mrk.Fleet
	l.clock.Run(func() {
		c := mrk.Cloud{Client: l.operator, Clock: l.clock, Regions: []string{"us-east-1", "eu-west-1", "us-west-2"}}
		fleet, err = mrk.List(t.Context(), c, mrk.Listing{All: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range fleet.Sets {
		for _, member := range k.Members {
			if member.State != "PendingDeletion" && member.State != "PendingReplicaDeletion" || len(member.Aliases) > 0 {
				t.Errorf("killed at %s: %s in %s is %s with aliases %v", m.name, k.ID, member.Region, member.State, member.Aliases)
			}
		}
	}
}

// killedBook has an outage, a promotion there and back, and a load.
const killedBook = `runbook: v1
name: killed
about: A short drill that is killed at any moment, and then gone on with or taken back.
regions: [us-east-1, eu-west-1]
keys:
  payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1], rotate-every: 365d, grants: true }
safety: { longest: 1h, spend: { promotions: 2, rotations: 1, new-keys: 0 } }
probes:
  standby: { do: roundtrip, in: eu-west-1, rate: 1/s, within: 2s, slo: [success >= 99%] }
faults:
  dark: { kind: region-outage, in: us-east-1, looks-like: refused, at-most: 10m }
steady: { for: 5s, probes: [standby] }
steps:
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: alone, do: watch, in: eu-west-1, for: 10s, with: { probes: [standby] }, expect: { slo: met } }
  - { id: light, do: fault.stop, with: { fault: dark } }
  - { id: rotate, do: key.rotate, in: us-east-1 }
  - { id: rotated, do: wait, within: 20m, expect: { material: new, in-every-region: true } }
  - id: go
    do: key.promote
    in: us-east-1
    with: { to: eu-west-1 }
    approve: { count: 2 }
    within: 1m
    undo: { do: key.promote, in: eu-west-1, with: { to: us-east-1 } }
  - { id: home, do: key.promote, in: eu-west-1, with: { to: us-east-1 }, within: 2m, retry: { times: 5, every: 5s, if: [KMSInvalidStateException] }, expect: { primary: us-east-1, state: Enabled, in-every-region: true } }
  - { id: opens, do: decrypt, in: [us-east-1, eu-west-1], with: { ciphertexts: all }, expect: { plaintext: same } }
objectives: { unreadable-ciphertexts: 0 }
checks: [every-ciphertext-decrypts-everywhere, one-primary-at-a-time, left-as-found, spend-within-budget]
`

// changesBook has every other verb that changes something, most of them with no
// word about what is expected.
const changesBook = `runbook: v1
name: changes
about: Everything that a step can change, each change killed at any moment and then gone on with or taken back.
regions: [us-east-1, eu-west-1, us-west-2]
keys:
  payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1], grants: true }
  made:     { alias: alias/made, primary: us-east-1, replicas: [eu-west-1], make: never }
safety: { longest: 1h, spend: { new-keys: 3 } }
steps:
  - { id: create, do: key.create, with: { key: made }, undo: { do: key.delete, in: [eu-west-1, us-east-1], with: { key: made } } }
  - { id: seal, do: encrypt, in: us-east-1, with: { key: payments, count: 3 }, keep: letters }
  - { id: replicate, do: key.replicate, with: { key: payments, to: us-west-2 }, undo: { do: key.delete, in: us-west-2, with: { key: payments, days: 7 } } }
  - { id: replicated, do: wait, in: us-west-2, within: 5m, with: { key: payments }, expect: { state: Enabled } }
  - { id: disable, do: key.disable, in: [eu-west-1, us-west-2], with: { key: payments }, undo: { do: key.enable, in: [eu-west-1, us-west-2], with: { key: payments } } }
  - { id: enable, do: key.enable, in: [eu-west-1, us-west-2], with: { key: payments }, undo: { do: nothing, why: they were enabled } }
  - { id: rotation, do: key.rotation, with: { key: payments, every: 180d } }
  - { id: rotation-off, do: key.rotation, with: { key: payments, enabled: false }, undo: { do: nothing, why: it was off } }
  - { id: policy, do: policy.put, in: eu-west-1, with: { key: payments, policy: without-applications }, undo: { do: restore, with: { key: payments, what: [policy] } } }
  - { id: policy-back, do: restore, with: { key: payments, what: [policy] } }
  - { id: tags, do: tag.sync, with: { key: payments } }
  - { id: alias, do: alias.set, in: [us-east-1, eu-west-1], with: { key: payments, alias: alias/second }, undo: { do: alias.delete, in: [us-east-1, eu-west-1], with: { key: payments, alias: alias/second } } }
  - { id: alias-off, do: alias.delete, in: [us-east-1, eu-west-1], with: { key: payments, alias: alias/second }, undo: { do: nothing, why: it was not there } }
  - { id: grant, do: grant.create, in: [us-east-1, eu-west-1], with: { key: payments, grantee: guest }, undo: { do: grant.revoke, in: [us-east-1, eu-west-1], with: { key: payments, grantee: guest } } }
  - { id: revoke, do: grant.revoke, in: [us-east-1, eu-west-1], with: { key: payments, grantee: guest }, undo: { do: nothing, why: it was not there } }
  - { id: delete, do: key.delete, in: us-west-2, with: { key: payments, days: 7 } }
  - { id: opens, do: decrypt, in: [us-east-1, eu-west-1], with: { key: payments, ciphertexts: $letters }, expect: { plaintext: same } }
checks: [one-primary-at-a-time, spend-within-budget]
`

// importsBook is apart from the others: a wrapping key takes long to make.
const importsBook = `runbook: v1
name: imports
about: Imported key material is lost and brought again, killed at any moment and then gone on with or taken back.
regions: [us-east-1, eu-west-1]
keys:
  own: { alias: alias/own, primary: us-east-1, replicas: [eu-west-1], origin: imported }
steps:
  - { id: lose, do: key.delete-material, in: eu-west-1, with: { key: own }, undo: { do: key.import, in: eu-west-1, with: { key: own } } }
  - { id: bring, do: key.import, in: eu-west-1, with: { key: own }, undo: { do: nothing, why: it was there } }
checks: [one-primary-at-a-time, left-as-found]
`
