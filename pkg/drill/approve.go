package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Question is a step that waits for people.
type Question struct {
	Run  string
	Step string
	What string // the sentence they agree to
	Need runbook.Approve
	// May are the people whose approval counts; none means anybody's.
	May []string
	// Other is a person who must not be the only one to agree: whoever started
	// the drill, where two people must have looked. Empty for nobody.
	Other string
	// Word is what has to be typed at a terminal to agree; "yes" unless what
	// follows is done on AWS.
	Word string
	// Given are answers that there were before the question was put again.
	Given []Approval
}

// Approval is one person's answer.
type Approval struct {
	By     string
	Yes    bool
	Remark string
}

// Approver asks people and returns their answers: those given, as many as are
// needed, or the first refusal. An error means that nobody could be asked.
type Approver interface {
	Ask(ctx context.Context, q Question) ([]Approval, error)
}

// Counts says whether a person's approval counts, and if not why.
func (q Question) Counts(by string) error {
	if len(q.May) > 0 && !slices.Contains(q.May, by) {
		return fmt.Errorf("%s may not approve %s; %s may", by, q.Step, list(q.May))
	}
	return nil
}

// Enough says whether answers settle the question: enough different people whose
// approval counts, or one refusal, which anybody may give.
func (q Question) Enough(answers []Approval) bool {
	agreed, refusal := q.agreed(answers)
	return refusal != nil || q.short(agreed) == nil
}

// agreed are the people who agreed and whose approval counts, each once, or the
// first refusal.
func (q Question) agreed(answers []Approval) (people []string, refusal *Approval) {
	for i, a := range answers {
		if !a.Yes {
			return people, &answers[i]
		}
		if q.Counts(a.By) == nil && !slices.Contains(people, a.By) {
			people = append(people, a.By)
		}
	}
	return people, nil
}

// short says what is missing of an agreement; nil for nothing.
func (q Question) short(people []string) error {
	switch count := max(q.Need.Count, 1); {
	case len(people) < count:
		return fmt.Errorf("%d of %d people agreed", len(people), count)
	case q.Other != "" && !slices.ContainsFunc(people, func(p string) bool { return p != q.Other }):
		return fmt.Errorf("%s started the drill and is the only one who agreed; another person must, too", q.Other)
	}
	return nil
}

// question is what a step asks of people.
func (r *run) question(s *runbook.Step) Question {
	q := Question{Run: r.opts.ID, Step: s.ID, What: s.Say, Need: runbook.Approve{Count: 1, Within: 30 * time.Minute}, Word: "yes"}
	if s.Approve != nil {
		q.Need = *s.Approve
	}
	if s.With.Text != "" {
		q.What = s.With.Text
	}
	q.May, _ = r.book.May(q.Need.By)
	if r.cloud.Origin.Kind == "aws" && s.Do != "ask" {
		q.Other = r.opts.By
		if k, ok := r.book.Key(s.With.Key); ok {
			q.Word = k.Alias
		} else if len(r.book.Keys) > 0 {
			q.Word = r.book.Keys[0].Alias
		}
	}
	return q
}

// approval asks for the agreement that a step needs and writes question and
// answers down. Too few answers in time are a refusal.
func (r *run) approval(ctx context.Context, s *runbook.Step) error {
	q := r.question(s)
	asked := journal.Approval{What: q.What, Need: q.Need.Count, May: q.May, Other: q.Other, Until: r.clock.Now().Add(q.Need.Within)}
	if r.cloud.Origin.Kind == "aws" {
		asked.Word = q.Word
	}
	if err := r.tell(journal.ApprovalAsked, s.ID, asked); err != nil {
		return err
	}
	if r.opts.Approve == nil {
		err := errors.New("nobody can be asked: give --approve STEP=NAME, or run it on a terminal")
		return errors.Join(err, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: q.What, Remark: err.Error()}))
	}
	askCtx, cancel := r.clock.WithTimeout(ctx, q.Need.Within)
	answers, err := r.opts.Approve.Ask(askCtx, q)
	cancel()
	if err != nil {
		return errors.Join(err, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: q.What, Remark: err.Error()}))
	}
	people, refusal := q.agreed(answers)
	for _, by := range people {
		a := answers[slices.IndexFunc(answers, func(a Approval) bool { return a.By == by })]
		if err := r.tell(journal.ApprovalGiven, s.ID, journal.Approval{What: q.What, By: a.By, Remark: a.Remark}); err != nil {
			return err
		}
	}
	if refusal != nil {
		err := fmt.Errorf("%s refused: %s", refusal.By, refusal.Remark)
		return errors.Join(err, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: q.What, By: refusal.By, Remark: refusal.Remark}))
	}
	short := q.short(people)
	for _, a := range answers {
		if why := q.Counts(a.By); why != nil && short != nil {
			short = fmt.Errorf("%w; %w", short, why)
		}
	}
	if short != nil {
		return errors.Join(short, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: q.What, Remark: short.Error()}))
	}
	return nil
}

// goOn asks whether a drill whose step failed goes on with the next.
func (r *run) goOn(ctx context.Context, s *runbook.Step) bool {
	q := &runbook.Step{ID: s.ID, Do: "ask", Say: "Step " + s.ID + " did not go as expected. Go on with the next?"}
	return r.approval(ctx, q) == nil
}
