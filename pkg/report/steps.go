package report

import (
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// The outcomes of a step that the journal doesn't name.
const (
	stepNotReached = "not reached"
	stepUnfinished = "unfinished" // it began, and the journal ends before it did
)

// Step is one step of the runbook and what became of it.
type Step struct {
	Index    int         `json:"index"` // from 1
	ID       string      `json:"id"`
	Do       string      `json:"do"`
	Say      string      `json:"say,omitempty"`
	In       []string    `json:"in,omitempty"`
	Start    time.Time   `json:"start,omitzero"`
	Took     Millis      `json:"took_ms"`
	Outcome  string      `json:"outcome"` // ok, failed, skipped, refused, unfinished or not reached
	Expected string      `json:"expected,omitempty"`
	Observed string      `json:"observed,omitempty"`
	Code     string      `json:"code,omitempty"`
	Message  string      `json:"message,omitempty"`
	Why      string      `json:"why,omitempty"` // what an operator should learn from it
	Tries    int         `json:"tries"`         // more than 1 when the run was resumed in it
	Calls    []StepCalls `json:"calls,omitempty"`
}

// StepCalls is a call of a step, or several in a row that were alike.
type StepCalls struct {
	At        time.Time `json:"at"`
	Op        string    `json:"op"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Key       string    `json:"key,omitempty"`
	Outcome   string    `json:"outcome"` // ok, failed, unknown, or unanswered when the journal has no end of it
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	RequestID string    `json:"request_id,omitempty"` // of the first
	Took      Millis    `json:"took_ms"`              // of the longest
	Count     int       `json:"count"`
}

// stepLog gathers the steps while the journal goes by.
type stepLog struct {
	steps []Step
	index map[string]int
	open  map[int64]openCall // calls that were sent and not yet answered
	order []int64
}

type openCall struct {
	step string
	at   time.Time
	call journal.Call
}

func newStepLog(planned []journal.PlannedStep) *stepLog {
	l := &stepLog{index: map[string]int{}, open: map[int64]openCall{}}
	for _, p := range planned {
		s := l.step(p.ID)
		s.Do, s.Say, s.In, s.Expected = p.Do, p.Say, p.In, p.Expect
	}
	return l
}

// step returns the step of that id. One that the plan doesn't have, such as an
// inner step, is added at the end.
func (l *stepLog) step(id string) *Step {
	i, ok := l.index[id]
	if !ok {
		i = len(l.steps)
		l.index[id] = i
		l.steps = append(l.steps, Step{Index: i + 1, ID: id, Outcome: stepNotReached})
	}
	return &l.steps[i]
}

func (l *stepLog) started(at time.Time, id string, p journal.StepStart) {
	s := l.step(id)
	if s.Tries == 0 {
		s.Start = at
	}
	s.Tries++
	s.Outcome = stepUnfinished
	s.Do = p.Do
	if p.Say != "" {
		s.Say = p.Say
	}
	if len(p.In) > 0 {
		s.In = p.In
	}
}

func (l *stepLog) ended(at time.Time, id string, p journal.StepEnd) {
	s := l.step(id)
	if s.Start.IsZero() { // skipped without having begun
		s.Start = at.Add(-p.Took)
	}
	s.Outcome, s.Took = p.Outcome, Millis(p.Took)
	if p.Expected != "" {
		s.Expected = p.Expected
	}
	s.Observed, s.Code, s.Message, s.Why = p.Observed, p.Code, p.Message, p.Why
}

func (l *stepLog) callStarted(at time.Time, step string, c journal.Call) {
	if _, ok := l.open[c.ID]; !ok {
		l.order = append(l.order, c.ID)
	}
	l.open[c.ID] = openCall{step, at, c}
}

func (l *stepLog) callEnded(at time.Time, step string, c journal.Call) {
	began := at.Add(-c.Took)
	if o, ok := l.open[c.ID]; ok {
		began = o.at
		delete(l.open, c.ID)
	}
	l.add(step, StepCalls{
		At: began, Op: c.Op, From: c.From, To: c.To, Key: c.Key, Outcome: c.Outcome, Code: c.Code,
		Message: c.Message, RequestID: c.RequestID, Took: Millis(c.Took), Count: 1,
	})
}

func (l *stepLog) add(step string, c StepCalls) {
	if step == "" {
		return // the drill's own, before and after the steps; the table of calls counts them
	}
	s := l.step(step)
	if n := len(s.Calls); n > 0 {
		last := &s.Calls[n-1]
		if last.Op == c.Op && last.From == c.From && last.To == c.To && last.Key == c.Key &&
			last.Outcome == c.Outcome && last.Code == c.Code && last.Message == c.Message {
			last.Count += c.Count
			last.Took = max(last.Took, c.Took)
			return
		}
	}
	s.Calls = append(s.Calls, c)
}

// finish adds the calls that were never answered and returns the steps.
func (l *stepLog) finish() []Step {
	for _, id := range l.order {
		if o, ok := l.open[id]; ok {
			l.add(o.step, StepCalls{
				At: o.at, Op: o.call.Op, From: o.call.From, To: o.call.To, Key: o.call.Key, Outcome: "unanswered", Count: 1,
			})
		}
	}
	return l.steps
}
