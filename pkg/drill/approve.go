package drill

import (
	"context"
	"errors"
	"fmt"
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
}

// Approval is one person's answer.
type Approval struct {
	By     string
	Yes    bool
	Remark string
}

// Approver asks people and returns their answers: as many as agreed, up to the
// number needed, or the first refusal. An error means that nobody could be
// asked.
type Approver interface {
	Ask(ctx context.Context, q Question) ([]Approval, error)
}

// approval asks for the agreement that a step needs and writes question and
// answers down. Too few answers in time are a refusal.
func (r *run) approval(ctx context.Context, s *runbook.Step) error {
	need := runbook.Approve{Count: 1, Within: 30 * time.Minute}
	if s.Approve != nil {
		need = *s.Approve
	}
	what := s.Say
	if s.With.Text != "" {
		what = s.With.Text
	}
	until := r.clock.Now().Add(need.Within)
	if err := r.tell(journal.ApprovalAsked, s.ID, journal.Approval{What: what, Need: need.Count, Until: until}); err != nil {
		return err
	}
	if r.opts.Approve == nil {
		err := errors.New("nobody can be asked: give --approve STEP=NAME, or run it on a terminal")
		return errors.Join(err, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: what, Remark: err.Error()}))
	}
	askCtx, cancel := r.clock.WithTimeout(ctx, need.Within)
	answers, err := r.opts.Approve.Ask(askCtx, Question{Run: r.opts.ID, Step: s.ID, What: what, Need: need})
	cancel()
	if err != nil {
		return errors.Join(err, r.tell(journal.ApprovalNo, s.ID, journal.Approval{What: what, Remark: err.Error()}))
	}
	agreed := map[string]bool{}
	for _, a := range answers {
		kind := journal.ApprovalGiven
		if !a.Yes {
			kind = journal.ApprovalNo
		}
		if err := r.tell(kind, s.ID, journal.Approval{What: what, By: a.By, Remark: a.Remark}); err != nil {
			return err
		}
		if !a.Yes {
			return fmt.Errorf("%s refused: %s", a.By, a.Remark)
		}
		agreed[a.By] = true
	}
	if len(agreed) < need.Count {
		return fmt.Errorf("%d of %d people agreed", len(agreed), need.Count)
	}
	return nil
}

// goOn asks whether a drill whose step failed goes on with the next.
func (r *run) goOn(ctx context.Context, s *runbook.Step) bool {
	q := &runbook.Step{ID: s.ID, Say: "Step " + s.ID + " did not go as expected. Go on with the next?"}
	return r.approval(ctx, q) == nil
}
