package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/load"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// tally is what one pass over the history brings together for all checks.
type tally struct {
	run     *Run
	probes  map[string]bool
	outages []fault
	during  map[string][]span // of the steps that some check asks about

	calls     int64
	routes    map[route]*outcomes
	inOutage  int64
	crossings map[string]*found // by operation
	steady    outcomes          // of the loads' cryptographic calls that no fault excuses
	paused    found
	pausedIn  map[string]*pause        // the same, by step of during
	materials map[material]*spread     // what each key material made, and where it was read
	firsts    map[materialAt]time.Time // first use of a material in a Region, by a success
	points    map[string][]regionPoint // of the probes whose recovery an objective asks about
	answered  map[probeIn]*answered
}

type route struct{ from, to, op string }

type outcomes struct{ ok, failed, unknown int64 }

func (o *outcomes) add(k history.Outcome) {
	switch k {
	case history.OK:
		o.ok++
	case history.Failed:
		o.failed++
	default:
		o.unknown++
	}
}

func (o outcomes) sum() int64 { return o.ok + o.failed + o.unknown }

// found counts something and keeps the first few in words.
type found struct {
	count int64
	first []string
}

func (f *found) add(r history.Record, what string) {
	f.count++
	if len(f.first) <= mostEvidence {
		f.first = append(f.first, evidence(r, what))
	}
}

// evidence points at a call of the history.
func evidence(r history.Record, what string) string {
	line := fmt.Sprintf("history call %d: %s by %s from %s to %s at %s", r.ID, r.Op, r.Source, r.From, r.To, r.Start.Format(time.RFC3339Nano))
	if what != "" {
		line += ": " + what
	}
	return line
}

type pause struct {
	calls outcomes
	found
}

type material struct{ key, id string }

type materialAt struct {
	material
	region string
}

// spread is how far a key material has come: how often each Region read what
// it made, and refused to.
type spread struct {
	made    int64
	first   time.Time
	read    map[string]int64
	refused map[string]*found
}

type probeIn struct{ probe, region string }

// answered is how many calls of a probe were made, and how many of them did
// what they were to do.
type answered struct{ calls, ok int64 }

type regionPoint struct {
	region string
	load.Point
}

func newTally(r *Run) tally {
	t := tally{
		run: r, probes: map[string]bool{}, outages: r.outages(), during: map[string][]span{}, routes: map[route]*outcomes{},
		crossings: map[string]*found{}, pausedIn: map[string]*pause{}, materials: map[material]*spread{},
		firsts: map[materialAt]time.Time{}, points: map[string][]regionPoint{},
		answered: map[probeIn]*answered{},
	}
	for _, p := range r.Book.Probes {
		t.probes[p.Name] = true
	}
	for _, c := range r.Book.Checks {
		for _, step := range c.With.During {
			t.during[step], t.pausedIn[step] = r.step(step), &pause{}
		}
	}
	for _, o := range r.Book.Objectives.RecoveryTime {
		t.points[o.Of] = nil
	}
	return t
}

// add takes one call, in the order of the history.
func (t *tally) add(r history.Record) error {
	t.calls++
	at := route{r.From, r.To, r.Op}
	o := t.routes[at]
	if o == nil {
		o = &outcomes{}
		t.routes[at] = o
	}
	o.add(r.Outcome)
	same, err := t.run.ciphers.Replay(r)
	if err != nil {
		return fmt.Errorf("history call %d: %w", r.ID, err)
	}
	t.crossing(r)
	t.material(r)
	if t.probes[r.Source] {
		t.pause(r)
		t.answer(probeIn{r.Source, r.To}, r.Outcome == history.OK && same)
		if points, ok := t.points[r.Source]; ok {
			t.points[r.Source] = append(points, regionPoint{r.To, load.Point{
				Due: r.Due, Latency: r.Start.Add(r.Took).Sub(r.Due), OK: r.Outcome == history.OK && same,
			}})
		}
	}
	return nil
}

func (t *tally) answer(at probeIn, ok bool) {
	a := t.answered[at]
	if a == nil {
		a = &answered{}
		t.answered[at] = a
	}
	a.calls++
	if ok {
		a.ok++
	}
}

// crossing notes a call that left its Region while a Region was dark.
func (t *tally) crossing(r history.Record) {
	for i := range t.outages {
		if !t.outages[i].holds(r.Start) {
			continue
		}
		t.inOutage++
		if r.From != r.To && r.From != "" {
			f := t.crossings[r.Op]
			if f == nil {
				f = &found{}
				t.crossings[r.Op] = f
			}
			f.add(r, "")
		}
		return
	}
}

// pause notes how a cryptographic call of a load went that no fault excuses.
func (t *tally) pause(r history.Record) {
	if wire.PlaneOf(r.Op) != wire.Data || t.excused(r) {
		return
	}
	t.steady.add(r.Outcome)
	if r.Outcome != history.OK {
		t.paused.add(r, r.Code)
	}
	for step, spans := range t.during {
		if !slices.ContainsFunc(spans, func(s span) bool { return s.meets(r.Due, r.Start.Add(r.Took)) }) {
			continue
		}
		p := t.pausedIn[step]
		p.calls.add(r.Outcome)
		if r.Outcome != history.OK {
			p.add(r, r.Code)
		}
	}
}

// excused says whether a fault that was on while a call was under way could
// have made it fail. A lag of replication excuses no call.
func (t *tally) excused(r history.Record) bool {
	end := r.Start.Add(r.Took)
	for i := range t.run.faults {
		f := &t.run.faults[i]
		if f.Kind == "replication-lag" || f.Kind == "replication-stop" || !f.meets(r.Due, end) {
			continue
		}
		if len(f.In) > 0 && !slices.Contains(f.In, r.To) && !slices.Contains(f.In, r.From) {
			continue
		}
		if len(f.Planes) > 0 && !slices.Contains(f.Planes, string(wire.Data)) {
			continue
		}
		return true
	}
	return false
}

// lacking says whether a code is the answer of a member that does not have the
// key material which a ciphertext names: when no key was named in the call, and
// when one was. What does not open with another encryption context is answered
// otherwise.
func lacking(code string) bool {
	return code == "AccessDeniedException" || code == "IncorrectKeyException"
}

// material follows what each key material makes and where that is read.
func (t *tally) material(r history.Record) {
	if r.Ciphertext == 0 {
		return
	}
	at, _, id, ok := t.run.ciphers.At(r.Ciphertext)
	if !ok || id == "" {
		return
	}
	m := material{r.Key, id}
	s := t.materials[m]
	if s == nil {
		s = &spread{first: at, read: map[string]int64{}, refused: map[string]*found{}}
		t.materials[m] = s
	}
	switch {
	case r.Outcome == history.OK && ledger.Makes(r.Op):
		s.made++
		if where := (materialAt{m, r.To}); t.firsts[where].IsZero() {
			t.firsts[where] = r.Start
		}
	case r.Outcome == history.OK:
		s.read[r.To]++
	case r.Outcome == history.Failed && lacking(r.Code) && !t.excused(r):
		f := s.refused[r.To]
		if f == nil {
			f = &found{}
			s.refused[r.To] = f
		}
		f.add(r, r.Code)
	}
}
