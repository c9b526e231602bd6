package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	Number   string      `json:"number"` // 3, or 3.1 for the first step inside step 3
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
	steps   []*Step
	index   map[string]*Step
	current *Step              // planned step that began last
	inner   map[*Step]int      // how many steps it has inside
	open    map[int64]openCall // calls that were sent and not yet answered
	order   []int64
}

type openCall struct {
	step string
	at   time.Time
	call journal.Call
}

func newStepLog(planned []journal.PlannedStep) *stepLog {
	l := &stepLog{index: map[string]*Step{}, inner: map[*Step]int{}, open: map[int64]openCall{}}
	for i, p := range planned {
		s := &Step{Number: strconv.Itoa(i + 1), ID: p.ID, Do: p.Do, Say: p.Say, In: p.In, Expected: p.Expect, Outcome: stepNotReached}
		l.index[p.ID] = s
		l.steps = append(l.steps, s)
	}
	return l
}

// step returns the step of that id. One that the plan doesn't have is inside
// the planned step that began last, and is listed after it.
func (l *stepLog) step(id string) *Step {
	if s, ok := l.index[id]; ok {
		return s
	}
	s := &Step{ID: id, Outcome: stepNotReached}
	l.index[id] = s
	at := len(l.steps)
	if l.current == nil {
		s.Number = "0"
	} else {
		l.inner[l.current]++
		s.Number = fmt.Sprintf("%s.%d", l.current.Number, l.inner[l.current])
		at = slices.Index(l.steps, l.current) + l.inner[l.current]
	}
	l.steps = slices.Insert(l.steps, at, s)
	return s
}

func (l *stepLog) started(at time.Time, id string, p journal.StepStart) {
	s := l.step(id)
	if !strings.Contains(s.Number, ".") {
		l.current = s
	}
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
	s, ok := l.index[step]
	if !ok {
		return // the drill's own, before and after the steps; the table of calls counts them
	}
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
	steps := make([]Step, len(l.steps))
	for i, s := range l.steps {
		steps[i] = *s
	}
	return steps
}
