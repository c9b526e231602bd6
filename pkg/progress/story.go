// Package progress tells a drill while it runs: it folds the events of a
// journal into a [Story], the state of everything at a moment, and writes
// lines about it for people and programs that have no terminal interface.
//
// It only reads events. The same journal tells the same story live, after a
// crash and replayed years later.
package progress

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Story is what is known of a drill at a moment. The zero value is a drill of
// which nothing is known yet.
type Story struct {
	Planned    journal.Planned
	Start      time.Time // zero of the drill's timeline; zero until it started
	Now        time.Time // moment of the latest event
	Steps      []Step
	Lanes      []Lane // one a Region, in the runbook's order
	Faults     []Fault
	Objectives []Objective
	Checks     []journal.Check
	Calls      []Call            // of the steps, those that ended
	Log        []Line            // the latest, oldest first
	Fresh      []Line            // what the latest event added to Log
	Pending    *journal.Approval // the question that waits for an answer
	Undoing    bool
	Ended      *journal.Ended
	Measured   time.Time // end of the latest stretch that a probe measured
	EventCount int
}

// Step is a step and how far it is.
type Step struct {
	journal.PlannedStep
	Under   bool // part of the step above it
	State   StepState
	Started time.Time
	End     journal.StepEnd // once it has ended
}

// StepState says how far a step is.
type StepState string

// The states of a step.
const (
	Waiting StepState = "waiting"
	Running StepState = "running"
	Done    StepState = "ok"
	Failed  StepState = "failed"
	Skipped StepState = "skipped"
	Refused StepState = "refused"
)

// Fault is a fault that began, and whether it is over.
type Fault struct {
	journal.FaultChange
	From time.Time
	To   time.Time // zero while it lasts
	Why  string    // why it ended
}

// Objective is a target of the runbook and, at the end, what was measured.
type Objective struct {
	Name     string
	Target   string
	Measured string
	Verdict  journal.Verdict // empty until it was judged
	Why      string
}

// Apply folds one event into the story. An event of a kind it does not know
// changes nothing but the time; a payload that can't be read is an error.
func (s *Story) Apply(e journal.Event) error {
	s.EventCount++
	s.Fresh = s.Fresh[:0]
	s.Now = e.At
	if err := s.fold(e); err != nil {
		return fmt.Errorf("journal line %d, %s: %w", e.N, e.Kind, err)
	}
	return nil
}

func (s *Story) fold(e journal.Event) error {
	switch e.Kind {
	case journal.DrillPlanned:
		return with(e, s.plan)
	case journal.DrillStarted:
		s.Start = e.At
		s.log(e, Good, "drill", "start", "")
	case journal.DrillResumed:
		return with(e, func(r journal.Resumed) {
			s.log(e, Info, "drill", "resume", fmt.Sprintf("going on after line %d of the journal", r.From))
		})
	case journal.SnapshotTaken:
		return with(e, func(snap journal.Snapshot) { s.snapshot(e, snap) })
	case journal.StepStarted:
		return with(e, func(st journal.StepStart) { s.stepStarted(e, st) })
	case journal.StepEnded:
		return with(e, func(end journal.StepEnd) { s.stepEnded(e, end) })
	case journal.CallEnded:
		return with(e, func(c journal.Call) { s.called(e, c) })
	case journal.FaultOn:
		return with(e, func(f journal.FaultChange) { s.faultOn(e, f) })
	case journal.FaultOff:
		return with(e, func(f journal.FaultChange) { s.faultOff(e, f) })
	case journal.MemberSeen:
		return with(e, func(m journal.Member) { s.memberSeen(e, m) })
	case journal.ProbeWindow:
		return with(e, func(w journal.Window) { s.window(e, w) })
	default:
		return s.foldJudgement(e)
	}
	return nil
}

// foldJudgement folds the events in which somebody decides: people, guards,
// the undo, and the verdicts at the end.
func (s *Story) foldJudgement(e journal.Event) error {
	switch e.Kind {
	case journal.ApprovalAsked:
		return with(e, func(a journal.Approval) {
			s.Pending = &a
			s.log(e, Info, "approval", "wait", a.What)
		})
	case journal.ApprovalGiven:
		return with(e, func(a journal.Approval) {
			s.Pending = nil
			s.log(e, Good, "approval", "ok", joined(a.What, "by "+a.By, a.Remark))
		})
	case journal.ApprovalNo:
		return with(e, func(a journal.Approval) {
			s.Pending = nil
			s.log(e, Bad, "approval", "refused", joined(a.What, a.By, a.Remark))
		})
	case journal.GuardBroken:
		return with(e, func(g journal.Guard) {
			s.log(e, Bad, "guard", "broken", fmt.Sprintf("%s: %s, measured %s", g.Probe, g.Limit, g.Measured))
		})
	case journal.Interrupted:
		return with(e, func(i journal.Interrupt) { s.log(e, Bad, "drill", "stop", "by "+i.By) })
	case journal.UndoStarted:
		s.Undoing = true
		return with(e, func(u journal.Undo) { s.log(e, Info, "undo", "start", joined(u.Of, u.Do, u.In)) })
	case journal.UndoDone:
		return with(e, func(u journal.Undo) { s.log(e, Good, "undo", "ok", joined(u.Of, u.Do, u.In, u.Note)) })
	case journal.UndoFailed:
		return with(e, func(u journal.Undo) { s.log(e, Bad, "undo", "FAILED", joined(u.Of, u.Do, u.In, u.Note)) })
	case journal.ObjectiveMet:
		return with(e, func(o journal.Objective) { s.objective(e, o) })
	case journal.CheckVerdict:
		return with(e, func(c journal.Check) {
			s.Checks = append(s.Checks, c)
			s.log(e, markOf(c.Verdict), "check", string(c.Verdict), joined(c.Name+":", c.Detail))
		})
	case journal.DrillEnded:
		return with(e, func(end journal.Ended) {
			s.Ended = &end
			s.log(e, markOf(end.Verdict), "drill", "end", end.Headline)
		})
	default:
		return nil
	}
}

// with decodes the payload of an event and hands it on.
func with[T any](e journal.Event, f func(T)) error {
	var payload T
	if err := json.Unmarshal(e.Data, &payload); err != nil {
		return err
	}
	f(payload)
	return nil
}

func (s *Story) plan(p journal.Planned) {
	s.Planned = p
	s.Steps = s.Steps[:0]
	for _, step := range p.Steps {
		s.Steps = append(s.Steps, Step{PlannedStep: step, State: Waiting})
	}
	for _, o := range p.Objectives {
		s.Objectives = append(s.Objectives, Objective{Name: o.Name, Target: o.Target})
	}
	for _, region := range p.Regions {
		s.lane(region)
	}
	for _, k := range p.Keys {
		s.lane(k.Primary).Role = "PRIMARY"
		for _, r := range k.Replicas {
			s.lane(r).Role = "REPLICA"
		}
	}
}

// stepStarted marks a step as running. One that the plan does not list belongs
// to the step that runs: it is shown under it.
func (s *Story) stepStarted(e journal.Event, st journal.StepStart) {
	i := slices.IndexFunc(s.Steps, func(x Step) bool { return x.ID == e.Step })
	if i < 0 {
		parent, _ := s.Current()
		i = parent + 1
		for i < len(s.Steps) && s.Steps[i].Under {
			i++
		}
		if parent < 0 {
			i = len(s.Steps)
		}
		planned := journal.PlannedStep{ID: e.Step, Do: st.Do, Say: st.Say, In: st.In}
		s.Steps = slices.Insert(s.Steps, i, Step{PlannedStep: planned, Under: parent >= 0})
	}
	s.Steps[i].State, s.Steps[i].Started = Running, e.At
	text := e.Step
	if st.Say != "" {
		text += ": " + st.Say
	}
	s.log(e, Info, s.stepName(i), "start", text)
}

func (s *Story) stepEnded(e journal.Event, end journal.StepEnd) {
	i := slices.IndexFunc(s.Steps, func(x Step) bool { return x.ID == e.Step })
	if i < 0 {
		return
	}
	s.Steps[i].End = end
	s.Steps[i].State = StepState(end.Outcome)
	mark := Good
	switch s.Steps[i].State {
	case Failed:
		mark = Bad
	case Refused, Skipped, Waiting, Running:
		mark = Info
	case Done:
	}
	text := e.Step
	seen := end.Observed
	if seen == "" {
		seen = joined(end.Code, end.Message)
	}
	if seen != "" {
		text += ": " + seen
	}
	if end.Took > 0 {
		text += " (" + Span(end.Took) + ")"
	}
	s.log(e, mark, s.stepName(i), end.Outcome, text)
	if end.Why != "" {
		s.log(e, Info, s.stepName(i), "why", end.Why)
	}
}

// stepName is a step's place in the drill: step 4/7.
func (s *Story) stepName(i int) string {
	if s.Steps[i].Under {
		return "step"
	}
	return fmt.Sprintf("step %d/%d", s.Place(i), s.Count())
}

// Place is the number of a step among those of the plan, from 1.
func (s *Story) Place(i int) int {
	n := 0
	for _, step := range s.Steps[:min(i+1, len(s.Steps))] {
		if !step.Under {
			n++
		}
	}
	return n
}

// Count is the number of steps of the plan.
func (s *Story) Count() int { return s.Place(len(s.Steps) - 1) }

// Current returns the running step of the plan and its index, -1 when none runs.
func (s *Story) Current() (int, Step) {
	for i := len(s.Steps) - 1; i >= 0; i-- {
		if s.Steps[i].State == Running && !s.Steps[i].Under {
			return i, s.Steps[i]
		}
	}
	return -1, Step{}
}

// Elapsed is the time since the drill began, 0 before.
func (s *Story) Elapsed() time.Duration {
	if s.Start.IsZero() {
		return 0
	}
	return s.Now.Sub(s.Start)
}

func (s *Story) objective(e journal.Event, o journal.Objective) {
	judged := Objective{o.Name, o.Target, o.Measured, o.Verdict, o.Why}
	if i := slices.IndexFunc(s.Objectives, func(x Objective) bool { return x.Name == o.Name }); i >= 0 {
		s.Objectives[i] = judged
	} else {
		s.Objectives = append(s.Objectives, judged)
	}
	s.log(e, markOf(o.Verdict), "objective", string(o.Verdict), fmt.Sprintf("%s: %s, wanted %s", o.Name, o.Measured, o.Target))
}
