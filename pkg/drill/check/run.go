// Package check holds what a drill left behind against what was promised.
//
// A check is a pure function of a Run: the journal's events, the history's
// calls, what the audit trails counted, what became of the ciphertexts. So the
// same checks can be made while the drill ends and again years later from its
// files. Each answers pass, fail or unknown; a check that saw no data did not
// pass, it is unknown.
package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Calls is a stream of the history's calls, such as history.Read of a path.
type Calls func(do func(history.Record) error) error

// Run is what a drill left behind, in the form in which checks look at it.
type Run struct {
	Book    *runbook.Runbook
	Planned journal.Planned
	Ended   time.Time // time of the journal's last event

	steps     []span
	ends      map[string]journal.StepEnd // how each step ended, the last time
	faults    []fault
	snapshots []snapshot
	members   []seen
	calls     []call // of steps, as the journal has them
	trails    []journal.Trail
	ciphers   *ledger.Book
	seen      tally
}

// span is a stretch of the drill's timeline.
type span struct {
	name     string // id of a step
	from, to time.Time
	open     bool // not ended when the journal did
}

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// meets says whether a call that took a while fell into the span at all.
func (s span) meets(from, to time.Time) bool { return !to.Before(s.from) && from.Before(s.to) }

type fault struct {
	span
	journal.FaultChange
}

type snapshot struct {
	n  int64 // line of the journal
	at time.Time
	journal.Snapshot
}

// seen is a reading of one member. Only a snapshot reads everything of it.
type seen struct {
	n     int64
	at    time.Time
	whole bool
	journal.Member
}

type call struct {
	n    int64
	at   time.Time // of the answer
	step string
	died bool // the process, before there was an answer
	journal.Call
}

// Gather reads a journal's events and, in one pass, the calls of its history.
// It fails on events that can't be read and on a damaged history; that too
// little happened is for the checks to say.
func Gather(events []journal.Event, calls Calls) (*Run, error) {
	r := &Run{ciphers: ledger.NewBook(), ends: map[string]journal.StepEnd{}}
	for _, e := range events {
		if err := r.event(e); err != nil {
			return nil, fmt.Errorf("journal line %d, %s: %w", e.N, e.Kind, err)
		}
		if e.At.After(r.Ended) {
			r.Ended = e.At
		}
	}
	if r.Planned.Source == "" {
		return nil, fmt.Errorf("the journal does not hold the runbook: a %s event is missing", journal.DrillPlanned)
	}
	var err error
	if r.Book, err = runbook.Parse("runbook of the journal", []byte(r.Planned.Source), r.Planned.Vars); err != nil {
		return nil, err
	}
	for i := range r.steps {
		if r.steps[i].open {
			r.steps[i].to = r.Ended
		}
	}
	for i := range r.faults {
		f := &r.faults[i]
		if f.open {
			f.to = f.Until
		}
	}
	r.seen = newTally(r)
	if err := calls(r.seen.add); err != nil {
		return nil, err
	}
	return r, nil
}

// event takes one event of the journal.
func (r *Run) event(e journal.Event) (err error) {
	switch e.Kind {
	case journal.DrillPlanned:
		r.Planned, err = journal.Payload[journal.Planned](e)
	case journal.StepStarted:
		r.steps = append(r.steps, span{name: e.Step, from: e.At, open: true})
	case journal.StepEnded:
		closeLast(r.steps, func(s *span) *span { return s }, e.Step, e.At)
		r.ends[e.Step], err = journal.Payload[journal.StepEnd](e)
	case journal.FaultOn:
		f := fault{span: span{from: e.At, open: true}}
		f.FaultChange, err = journal.Payload[journal.FaultChange](e)
		f.name = f.Name
		r.faults = append(r.faults, f)
	case journal.FaultOff:
		var f journal.FaultChange
		f, err = journal.Payload[journal.FaultChange](e)
		closeLast(r.faults, func(f *fault) *span { return &f.span }, f.Name, e.At)
	case journal.SnapshotTaken:
		s := snapshot{n: e.N, at: e.At}
		s.Snapshot, err = journal.Payload[journal.Snapshot](e)
		r.snapshots = append(r.snapshots, s)
		for _, k := range s.Keys {
			for _, m := range k.Members {
				r.members = append(r.members, seen{e.N, e.At, true, m})
			}
		}
	case journal.MemberSeen:
		var m journal.Member
		m, err = journal.Payload[journal.Member](e)
		r.members = append(r.members, seen{e.N, e.At, false, m})
	case journal.CallStarted, journal.CallEnded:
		c := call{n: e.N, at: e.At, step: e.Step}
		c.Call, err = journal.Payload[journal.Call](e)
		r.call(c)
	case journal.TrailRead:
		var t journal.Trail
		t, err = journal.Payload[journal.Trail](e)
		// A trail that was read again, since CloudTrail is late, takes the place
		// of the first reading.
		r.trails = append(slices.DeleteFunc(r.trails, func(old journal.Trail) bool {
			return old.Region == t.Region && old.From.Equal(t.From) && old.To.Equal(t.To)
		}), t)
	default: // no check looks at it
	}
	return err
}

// call takes a call of a step as it is sent, and again when it is answered. One
// that the process did not live to see answered stays unknown.
func (r *Run) call(c call) {
	if c.Outcome == "" {
		c.Outcome, c.died = "unknown", true
		r.calls = append(r.calls, c)
		return
	}
	if i := slices.IndexFunc(r.calls, func(sent call) bool { return sent.died && sent.ID == c.ID && sent.step == c.step }); i >= 0 {
		r.calls = slices.Delete(r.calls, i, i+1)
	}
	r.calls = append(r.calls, c)
}

// closeLast ends the last open span of a name.
func closeLast[T any](list []T, of func(*T) *span, name string, at time.Time) {
	for i := len(list) - 1; i >= 0; i-- {
		if s := of(&list[i]); s.open && s.name == name {
			s.to, s.open = at, false
			return
		}
	}
}

// step returns the spans in which a step ran; one that was tried again after a
// crash has several.
func (r *Run) step(id string) (list []span) {
	for _, s := range r.steps {
		if s.name == id {
			list = append(list, s)
		}
	}
	return list
}

// outages are the stretches in which a Region was dark by a fault of the drill.
func (r *Run) outages() (list []fault) {
	for _, f := range r.faults {
		if f.Kind == "region-outage" {
			list = append(list, f)
		}
	}
	return list
}

// before and after are the snapshots at the two ends of the drill; the last
// one that was taken counts as after.
func (r *Run) before() *snapshot {
	for i := range r.snapshots {
		if r.snapshots[i].When == "before" {
			return &r.snapshots[i]
		}
	}
	return nil
}

func (r *Run) after() *snapshot {
	for i := len(r.snapshots) - 1; i >= 0; i-- {
		if when := r.snapshots[i].When; when == "after" || when == "undone" {
			return &r.snapshots[i]
		}
	}
	return nil
}

// regions are the Regions of a key set's members at the end: by the snapshot,
// or as planned when there is none.
func (r *Run) regions(key string) (list []string) {
	if s := r.after(); s != nil {
		for _, k := range s.Keys {
			for _, m := range k.Members {
				if k.Name == key && m.State != gone {
					list = append(list, m.Region)
				}
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, k := range r.Planned.Keys {
		if k.Name == key {
			list = append([]string{k.Primary}, k.Replicas...)
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// gone is the state of a member that is no longer there, as the drill writes it.
const gone = "Gone"
