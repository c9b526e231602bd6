package check

import (
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Steps says how the steps of a run ended, by its journal. What a step says that
// it expects is a promise as a check is; of one that does not say, only that no
// error came is known.
type Steps struct {
	AsExpected int      `json:"as_expected"` // steps that went as expected
	Kept       int      `json:"kept"`        // those among them that say what they expect
	Failed     []string `json:"failed"`      // steps that did not go as expected, or that people refused
	Missed     []string `json:"missed"`      // steps that the run did not come to
}

// Steps looks at how the steps of the runbook ended. One that was done again
// after a crash counts as it ended last.
func (r *Run) Steps() Steps {
	s := Steps{Failed: []string{}, Missed: []string{}}
	r.Book.EachStep(func(step *runbook.Step) {
		end, ended := r.ends[step.ID]
		switch {
		case !ended:
		case end.Outcome == "ok":
			s.AsExpected++
			if step.Expect != nil {
				s.Kept++
			}
		case end.Outcome != "skipped":
			s.Failed = append(s.Failed, step.ID)
		}
	})
	// Those of a group that was skipped were not missed.
	for _, step := range slices.Concat(r.Book.Steps, r.Book.Finally) {
		if _, ended := r.ends[step.ID]; !ended {
			s.Missed = append(s.Missed, step.ID)
		}
	}
	return s
}

// Judged says whether a runbook promises more than what its steps expect.
func Judged(objectives []journal.Objective, checks []journal.Check) bool {
	return len(objectives)+len(checks) > 0
}
