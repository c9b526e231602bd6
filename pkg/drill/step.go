package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/drill/safety"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// The ways in which a step ends.
const (
	stepOK      = "ok"
	stepFailed  = "failed"
	stepSkipped = "skipped"
	stepRefused = "refused" // people said no
)

// errStep is wrapped by the error of a step that did not go as expected.
var errStep = errors.New("not as expected")

// stepError says at which step a drill ended, and why.
type stepError struct {
	step *runbook.Step
	err  error
}

func (e stepError) Error() string { return "step " + e.step.ID + ": " + e.err.Error() }
func (e stepError) Unwrap() error { return e.err }

// steps does the steps in order until one says that the drill must not go on.
// Its error is that step's, or the reason why the drill was stopped.
func (r *run) steps(ctx context.Context, list []runbook.Step) error {
	for i := range list {
		s := &list[i]
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if r.done[s.ID] {
			continue // before the process died
		}
		err := r.step(ctx, s, i+1, len(list))
		if err == nil {
			continue
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		r.mu.Lock()
		r.failed = append(r.failed, s.ID)
		r.mu.Unlock()
		if s.Otherwise == "continue" {
			continue
		}
		if s.Otherwise == "pause" && r.goOn(ctx, s) {
			continue
		}
		return stepError{s, err}
	}
	return nil
}

// step does one step and writes down how it ended.
func (r *run) step(ctx context.Context, s *runbook.Step, index, of int) error {
	began := r.clock.Now()
	end := journal.StepEnd{Outcome: stepOK, Expected: expectation(s)}
	var after func(context.Context) error // of a sabotage
	finish := func(err error) error {
		end.Took = r.clock.Now().Sub(began)
		err = errors.Join(err, r.tell(journal.StepEnded, s.ID, end))
		if after != nil {
			err = errors.Join(err, after(ctx))
		}
		return err
	}
	with, err := json.Marshal(s.With)
	if err != nil {
		return err
	}
	start := journal.StepStart{Index: index, Of: of, Do: s.Do, Say: s.Say, In: s.In, With: with}
	if err := r.tell(journal.StepStarted, s.ID, start); err != nil {
		return err
	}
	if s.When != "" && s.When != r.cloud.Origin.Kind {
		end.Outcome, end.Observed = stepSkipped, "only on "+s.When
		return finish(nil)
	}
	if s.Approve != nil || s.Do == "ask" {
		if err := r.approval(ctx, s); err != nil {
			end.Outcome, end.Observed = stepRefused, err.Error()
			return finish(fmt.Errorf("%w: %w", errStep, err))
		}
	}
	if r.wasDone(ctx, s) {
		end.Observed = "it had taken effect before the process died"
		return finish(nil)
	}
	r.pushUndo(s)
	if err := r.around(ctx, s, "before "+s.ID); err != nil {
		return finish(err)
	}
	if after, err = r.spoil(ctx, s); err != nil {
		return finish(err)
	}
	out := r.try(ctx, s)
	for n := 0; s.Retry != nil && n < s.Retry.Times && !out.held && out.mayRetry(s.Retry.If); n++ {
		if r.clock.Sleep(ctx, s.Retry.Every) != nil {
			break
		}
		out = r.try(ctx, s)
	}
	if err := r.around(ctx, s, "after "+s.ID); err != nil {
		return finish(err)
	}
	end.Observed, end.Code, end.Message = out.observed, out.answer.Code, out.answer.Message
	end.Why = explain(s.Do, out.answer.Code, out.atPrimary)
	if !out.held {
		end.Outcome = stepFailed
		return finish(fmt.Errorf("%w: expected %s, observed %s", errStep, end.Expected, end.Observed))
	}
	return finish(nil)
}

// around takes a snapshot before and after a promotion that is meant to
// succeed, so that one can see what it left alone.
func (r *run) around(ctx context.Context, s *runbook.Step, when string) error {
	if s.Do != "key.promote" || s.Expect != nil && (s.Expect.Error != "" || s.Expect.OK != nil && !*s.Expect.OK) {
		return nil
	}
	_, err := r.snapshot(ctx, when)
	return err
}

// outcome is what one try of a step led to.
type outcome struct {
	held      bool        // the expectation
	observed  string      // in words
	answer    wire.Answer // of the call that decided it
	atPrimary bool        // whether the primary was asked
	spent     bool        // the budget was: asking again changes nothing
}

func (o outcome) mayRetry(codes []string) bool {
	return !o.spent && (len(codes) == 0 || slices.Contains(codes, o.answer.Code))
}

// try does what the step says once and holds it against what is expected.
func (r *run) try(ctx context.Context, s *runbook.Step) outcome {
	v, ok := verbs()[s.Do]
	if !ok {
		return outcome{observed: "this build does not know the verb " + s.Do}
	}
	key := s.With.Key
	if key == "" && len(r.book.Keys) == 1 {
		key = r.book.Keys[0].Name
	}
	ctx = withSource(ctx, source{name: s.ID, journal: true, key: key})
	limit := s.Within
	if limit == 0 {
		limit = defaultWithin + s.For
	}
	callCtx, cancel := r.clock.WithTimeout(ctx, limit)
	began := r.clock.Now()
	seen, err := v(r, callCtx, s)
	cancel()
	out := outcome{answer: wire.Classify(err), atPrimary: r.asksPrimary(s), spent: errors.As(err, new(safety.BudgetError))}
	if err != nil {
		out.observed = errorWords(out.answer, err)
	} else {
		out.observed = seen.words
	}
	left := limit - r.clock.Now().Sub(began)
	out.held = r.hold(ctx, s, seen, &out, max(left, 0))
	if s.Keep != "" {
		r.mu.Lock()
		r.kept[s.Keep] = seen.ciphertexts
		r.mu.Unlock()
	}
	return out
}

// defaultWithin is how long an expectation may take to come true when the
// runbook does not say: long enough for Creating and Updating, which last
// seconds on AWS.
const defaultWithin = 2 * time.Minute

// errorWords says in one line what an error was.
func errorWords(a wire.Answer, err error) string {
	switch {
	case a.Look != "":
		return fmt.Sprintf("%s (%s)", a.Code, a.Look)
	case a.Code != "" && a.Code != wire.NotSent:
		return fmt.Sprintf("%s: %s", a.Code, a.Message)
	default:
		return err.Error()
	}
}
