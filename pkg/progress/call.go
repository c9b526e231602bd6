package progress

import (
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Call is one API call of a step.
type Call struct {
	journal.Call
	Step string
	At   time.Time // when it was sent
}

// readOnly says that an operation changes nothing: its successes are not worth
// a line.
func readOnly(op string) bool {
	for _, prefix := range []string{"Describe", "List", "Get"} {
		if strings.HasPrefix(op, prefix) {
			return true
		}
	}
	return false
}

// maxCalls is how many calls a story keeps for the list of calls.
const maxCalls = 10_000

func (s *Story) called(e journal.Event, c journal.Call) {
	if len(s.Calls) >= maxCalls {
		s.Calls = append(s.Calls[:0], s.Calls[maxCalls/4:]...)
	}
	s.Calls = append(s.Calls, Call{Call: c, Step: e.Step, At: e.At.Add(-c.Took)})
	route := c.To
	if c.From != "" && c.From != c.To {
		route = c.From + " to " + c.To
	}
	switch {
	case c.Outcome != "ok":
		mark := Bad
		if c.Outcome == "unknown" {
			mark = Doubt
		}
		s.logAt(e, mark, "call", c.Outcome, joined(c.Op, "in", route+":", c.Code, requestText(c.RequestID)), c.To)
	case !readOnly(c.Op):
		s.logAt(e, Good, "call", "ok", joined(c.Op, "in", route, "("+Span(c.Took)+")"), c.To)
	}
}

func requestText(id string) string {
	if id == "" {
		return ""
	}
	return "(request " + id + ")"
}
