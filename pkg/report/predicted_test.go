package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

func TestPredictionIsHeldAgainstTheRun(t *testing.T) {
	p := Foretell(passing(t).model())
	if p.Calls["UpdatePrimaryRegion"] != 4 || p.Spent["promotions"] != 2 || len(p.Steps) != 10 {
		t.Fatalf("%+v", p)
	}
	run := func(p journal.Prediction) *Model {
		f := passing(t)
		events := f.events
		f.events = events[:1:1]
		f.at(0, "", journal.DrillForetold, p)
		f.events = append(f.events, events[1:]...)
		return f.model()
	}
	m := run(p)
	if len(m.Predictions) == 0 || slices.ContainsFunc(m.Predictions, func(p Predicted) bool { return p.Differs }) {
		t.Errorf("the same run differs from what was foretold: %+v", m.Predictions)
	}
	p.Steps[3].Code, p.Calls["DescribeKey"] = "DisabledException", 1
	m = run(p)
	var differ []string
	for _, p := range m.Predictions {
		if p.Differs {
			differ = append(differ, p.What)
		}
	}
	if strings.Join(differ, "|") != "step promote-at-standby|calls of steps: DescribeKey" {
		t.Errorf("%v differ", differ)
	}
	if m.Verdict.Status != "passed" || len(m.Verdict.Why) != 0 {
		t.Errorf("a prediction became a verdict: %+v", m.Verdict)
	}
	if text := string(m.Markdown(0)); !strings.Contains(text, "not as the plan foretold: step promote-at-standby") {
		t.Error("the report doesn't say so")
	}
}
