package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Predicted is a figure that the plan foretold, beside the one that came.
type Predicted struct {
	What      string `json:"what"`
	Predicted string `json:"predicted"`
	Measured  string `json:"measured"`
	Differs   bool   `json:"differs"` // in more than how long it took
}

// Foretell makes a prediction of a run, which was made on a simulated copy of
// the key sets that the real run is to be made on.
func Foretell(m *Model) journal.Prediction {
	p := journal.Prediction{Seed: m.Run.Seed, Took: time.Duration(m.Run.Took), Calls: stepCallsByOp(m.Steps), Spent: map[string]int{}}
	for _, s := range m.Steps {
		p.Steps = append(p.Steps, journal.PredictedStep{ID: s.ID, Outcome: s.Outcome, Code: s.Code, Took: time.Duration(s.Took)})
	}
	for _, s := range m.Spend {
		p.Spent[s.What] = s.Count
	}
	return p
}

func stepCallsByOp(steps []Step) map[string]int {
	calls := map[string]int{}
	for _, s := range steps {
		for _, c := range s.Calls {
			calls[c.Op] += c.Count
		}
	}
	return calls
}

// predictions puts what was foretold beside what the run did: how each step
// ended, the calls that steps made, what was used up.
func (m *Model) predictions(p journal.Prediction) []Predicted {
	ending := func(outcome, code string, took time.Duration) string {
		return strings.TrimSpace(outcome+" "+code) + ", " + span(took)
	}
	all := []Predicted{{What: "the whole run", Predicted: span(p.Took), Measured: m.Run.Took.String()}}
	for _, want := range p.Steps {
		row := Predicted{What: "step " + want.ID, Predicted: ending(want.Outcome, want.Code, want.Took), Measured: "–", Differs: true}
		if i := slices.IndexFunc(m.Steps, func(s Step) bool { return s.ID == want.ID }); i >= 0 {
			s := m.Steps[i]
			row.Measured = ending(s.Outcome, s.Code, time.Duration(s.Took))
			row.Differs = s.Outcome != want.Outcome || s.Code != want.Code
		}
		all = append(all, row)
	}
	counts := func(what string, want, got map[string]int) {
		names := map[string]int{}
		maps.Copy(names, want)
		maps.Copy(names, got)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			all = append(all, Predicted{
				What: fmt.Sprintf("%s %s", what, name), Predicted: count(int64(want[name])), Measured: count(int64(got[name])), Differs: want[name] != got[name],
			})
		}
	}
	counts("calls of steps:", p.Calls, stepCallsByOp(m.Steps))
	spent := map[string]int{}
	for _, s := range m.Spend {
		spent[s.What] = s.Count
	}
	counts("used up for good:", p.Spent, spent)
	return all
}
