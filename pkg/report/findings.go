package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// The ranks of findings, worst first.
const (
	rankFailed  = "failed"
	rankUnknown = "unknown"
	rankLeft    = "left behind"
	rankLesson  = "lesson"
)

// foretold begins the findings that a prediction did not come true. They are
// no verdict on the drill.
const foretold = "not as the plan foretold: "

// Finding is something a reader of the report should not miss, with the place
// in the report that shows it. It is never a verdict of its own.
type Finding struct {
	Rank   string `json:"rank"` // failed, unknown, left behind or lesson
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
	At     string `json:"at"`   // section of the report: objectives, checks, steps, cleanup
	Next   string `json:"next"` // what to do about it; an action item
}

// findings lists what the journal judged or explained, worst first.
func (m *Model) findings() []Finding {
	var all []Finding
	add := func(rank, at, what, detail, next string) {
		all = append(all, Finding{Rank: rank, What: what, Detail: detail, At: at, Next: next})
	}
	for _, stop := range m.Run.Stopped {
		add(rankFailed, "scenario", "the run was stopped early by "+stop.By, stop.Note, "find out why, then run the drill again")
	}
	for _, u := range m.NotUndone() {
		add(rankFailed, "cleanup", "could not be undone: step "+u.Step, strings.TrimSpace(u.Do+" "+u.In)+": "+u.Note, "put it right by hand, and see with mrkctl compare that it is")
	}
	var missed []string
	for _, s := range m.Steps {
		switch s.Outcome {
		case "failed", stepUnfinished, "refused":
			add(rankFailed, "steps", "step "+s.Outcome+": "+s.ID, s.Observed, "expected: "+orDash(s.Expected))
		case stepNotReached:
			missed = append(missed, s.ID)
		}
	}
	for _, o := range m.Objectives {
		detail := strings.Trim(o.Measured+" against "+o.Target+"; "+o.Why, "; ")
		switch o.Verdict {
		case journal.Fail:
			add(rankFailed, "objectives", "objective missed: "+o.Name, detail, "mend the cause or change the objective, and say why")
		case journal.Unknown:
			add(rankUnknown, "objectives", "objective not measured: "+o.Name, detail, "let the probes see enough of it")
		default: // met
		}
	}
	for _, c := range m.Checks {
		switch c.Verdict {
		case journal.Fail:
			add(rankFailed, "checks", "check failed: "+c.Name, c.Detail, "look at its evidence; the claim was: "+c.Claim)
		case journal.Unknown:
			add(rankUnknown, "checks", "check without an answer: "+c.Name, c.Detail, "give it the evidence it lacks and check again")
		default: // held
		}
	}
	if m.PromisesNothing() && m.Verdict.Status == statusUnknown {
		add(rankUnknown, "checks", "nothing was promised, so nothing is proved", "no step that was done says what it expects, and the runbook has no objectives and no checks", "give the runbook checks or objectives, or its steps an expect, and run it again")
	}
	if len(missed) > 0 {
		add(rankUnknown, "steps", fmt.Sprintf("%s of %d steps were not reached", count(int64(len(missed))), len(m.Steps)), strings.Join(missed, ", "), "run the drill again once it can get that far")
	}
	for _, p := range m.Predictions {
		if p.Differs {
			add(rankUnknown, "checks", foretold+p.What, "foretold "+p.Predicted+", came "+p.Measured, "find out what the plan did not know of the real key set")
		}
	}
	for _, left := range m.Cleanup.Left {
		add(rankLeft, "cleanup", left, "", "put it back by hand, or by: mrkctl drill undo")
	}
	return append(all, m.lessons()...)
}

// lessons are the explanations that the drill gave of what its steps met, each
// once, with the steps that met it.
func (m *Model) lessons() []Finding {
	var order []string
	steps := map[string][]string{}
	for _, s := range m.Steps {
		if s.Why == "" || s.Outcome == stepNotReached {
			continue
		}
		if _, ok := steps[s.Why]; !ok {
			order = append(order, s.Why)
		}
		if !slices.Contains(steps[s.Why], s.ID) {
			steps[s.Why] = append(steps[s.Why], s.ID)
		}
	}
	var all []Finding
	for _, why := range order {
		all = append(all, Finding{Rank: rankLesson, What: why, Detail: "seen in " + strings.Join(steps[why], ", "), At: "steps", Next: "keep it in mind when writing the runbook for the real day"})
	}
	return all
}

// why lists what kept the run from passing, for beside the verdict.
func (m *Model) why() []string {
	const most = 6
	var reasons []string
	for _, f := range m.Findings {
		if (f.Rank == rankFailed || f.Rank == rankUnknown) && !strings.HasPrefix(f.What, foretold) {
			reasons = append(reasons, f.What)
		}
	}
	if more := len(reasons) - most; more > 1 {
		reasons = append(reasons[:most], fmt.Sprintf("and %d more, under findings", more))
	}
	return reasons
}

// mostObjectiveTiles is how many objectives have a tile; all have a row.
const mostObjectiveTiles = 3

// tiles picks the numbers that sum the run up: objectives, those that were
// missed first and one of each kind before a second; the checks; the
// promotions; what is left.
func (m *Model) tiles() []Tile {
	var missed, first, others []Objective
	seen := map[string]bool{}
	for _, o := range m.Objectives {
		kind, _, _ := strings.Cut(o.Name, " ")
		switch {
		case o.Verdict != journal.Pass:
			missed = append(missed, o)
		case !seen[kind]:
			first = append(first, o)
		default:
			others = append(others, o)
		}
		seen[kind] = true
	}
	chosen := slices.Concat(missed, first, others)
	var tiles []Tile
	for _, o := range chosen[:min(mostObjectiveTiles, len(chosen))] {
		value, rest := leading(o.Measured)
		note := "target " + o.Target
		if rest != "" {
			note = rest + "; " + note
		}
		tiles = append(tiles, Tile{Name: o.Name, Value: orDash(value), Note: note, Verdict: o.Verdict})
	}
	if len(m.Checks) > 0 {
		passed, verdict := 0, journal.Pass
		for _, c := range m.Checks {
			if c.Verdict == journal.Pass {
				passed++
			}
			verdict = worse(verdict, c.Verdict)
		}
		tiles = append(tiles, Tile{Name: "checks held", Value: fmt.Sprintf("%d of %d", passed, len(m.Checks)), Note: "claims about the whole run", Verdict: verdict})
	}
	if m.PromisesNothing() && (m.Verdict.Status == statusPassed || m.Verdict.Status == statusUnknown) {
		promised := Tile{Name: "promised", Value: "by steps only", Note: "no objectives and no checks", Verdict: journal.Pass}
		if m.Verdict.Status == statusUnknown {
			promised.Value, promised.Verdict = "nothing", journal.Unknown
		}
		tiles = append(tiles, promised)
	}
	if accepted := m.accepted(); len(m.Recovery.Moves) > 0 {
		tiles = append(tiles, Tile{
			Name: "promotions accepted", Value: strconv.Itoa(accepted),
			Note: fmt.Sprintf("%d refused or unanswered", len(m.Recovery.Moves)-accepted),
		})
	}
	left := Tile{Name: "left behind", Value: "nothing", Note: "by the drill's own account", Verdict: journal.Pass}
	if n := len(m.Cleanup.Left); n > 0 {
		left.Value, left.Note, left.Verdict = count(int64(n)), "see cleanup", journal.Fail
	}
	if n := len(m.NotUndone()); n > 0 {
		left.Value, left.Note, left.Verdict = fmt.Sprintf("%s not undone", count(int64(n))), "see cleanup", journal.Fail
	}
	if m.Verdict.Status == statusIncomplete {
		left.Value, left.Note, left.Verdict = "not known", "the run never ended", journal.Unknown
	}
	return append(tiles, left)
}

// PromisesNothing says that the runbook has neither objectives nor checks: what
// its steps expect is then all that was promised.
func (m *Model) PromisesNothing() bool { return len(m.Scenario.Targets)+len(m.Scenario.Claims) == 0 }

// NotUndone are the steps that could not be taken back, and were not later either.
func (m *Model) NotUndone() []UndoEntry {
	var list []UndoEntry
	for _, u := range m.Cleanup.Undone {
		list = slices.DeleteFunc(list, func(before UndoEntry) bool { return before.Step == u.Step })
		if u.Outcome == "failed" {
			list = append(list, u)
		}
	}
	return list
}

// leading parts what was measured into the figure and what is said about it.
func leading(measured string) (figure, rest string) {
	if i := strings.IndexAny(measured, ":,(;"); i > 0 {
		return strings.TrimSpace(measured[:i]), strings.Trim(measured[i:], ":,(;) ")
	}
	return measured, ""
}

func (m *Model) accepted() int {
	accepted := 0
	for _, move := range m.Recovery.Moves {
		if move.Outcome == "ok" {
			accepted++
		}
	}
	return accepted
}

// worse returns the verdict that two make together.
func worse(a, b journal.Verdict) journal.Verdict {
	for _, v := range []journal.Verdict{journal.Fail, journal.Unknown} {
		if a == v || b == v {
			return v
		}
	}
	return journal.Pass
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
