package report

import (
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// verdictMark is a verdict as a sign and a word: neither needs the other.
func verdictMark(v journal.Verdict) string {
	switch v {
	case journal.Pass:
		return "✔ pass"
	case journal.Fail:
		return "✖ fail"
	case "":
		return ""
	default:
		return "? unknown"
	}
}

// outcomeMark is the outcome of a step or call as a sign and a word.
func outcomeMark(outcome string) string {
	switch outcome {
	case "ok", "done":
		return "✔ " + outcome
	case "failed", stepUnfinished:
		return "✖ " + outcome
	case "unknown", "unanswered":
		return "? " + outcome
	default:
		return "· " + outcome
	}
}

// Mark is the outcome of a step as a sign and words. An error that was
// expected is said to have been.
func (s Step) Mark() string {
	if s.Outcome == "ok" && s.Code != "" {
		return "✔ as expected"
	}
	return outcomeMark(s.Outcome)
}

// Apart is the message of the answer, unless what was observed says it already.
func (s Step) Apart() string {
	if strings.Contains(s.Observed, s.Message) {
		return ""
	}
	return s.Message
}

func (m *Model) mdSteps() string {
	t := Table{Columns: Columns(">#", "Step", "Region", "Start", ">Took", "Outcome", "Observed", "Calls")}
	for _, s := range m.Steps {
		start := ""
		if !s.Start.IsZero() {
			start = m.offset(s.Start)
		}
		t.Rows = append(t.Rows, []string{
			s.Number, s.ID, strings.Join(s.In, ", "), start, s.Took.String(), s.Mark(), s.Observed, s.callsText(),
		})
	}
	return t.ifAny()
}

// callsText names a step's calls in a few words.
func (s Step) callsText() string {
	const most = 4
	var calls []string
	for i, c := range s.Calls {
		if i == most {
			calls = append(calls, fmt.Sprintf("and %d more", len(s.Calls)-most))
			break
		}
		calls = append(calls, c.text())
	}
	return strings.Join(calls, "; ")
}

// text is a call in a few words.
func (c StepCalls) text() string {
	text := c.Op + " " + c.To
	if c.Count > 1 {
		text += fmt.Sprintf(" ×%d", c.Count)
	}
	if c.Outcome != "ok" {
		text += " " + orDash(strings.TrimSpace(c.Outcome+" "+c.Code))
	}
	return text
}

func (m *Model) mdLessons() string {
	var lines []string
	for _, f := range m.Findings {
		if f.Rank == rankLesson {
			lines = append(lines, f.What+" ("+f.Detail+")")
		}
	}
	return bullets(lines)
}

func (m *Model) mdOutages() string {
	faults := Table{Columns: Columns("Fault", "Kind", "In", "Planes", "Looks like", "On", "Off", ">Lasted", "Where")}
	for _, f := range m.Timeline.Faults {
		faults.Rows = append(faults.Rows, []string{
			f.Name, f.Kind, strings.Join(f.In, ", "), strings.Join(f.Planes, ", "), f.Looks, m.offset(f.Start), m.offset(f.End), span(f.End.Sub(f.Start)), f.Where,
		})
	}
	gaps := Table{Columns: Columns("No success in", "From", "To", ">For", "Exact to")}
	for _, g := range m.Recovery.Gaps {
		gaps.Rows = append(gaps.Rows, []string{g.Region, m.offset(g.Start), m.offset(g.End), g.Took.String(), g.Resolution.String()})
	}
	text := faults.ifAny()
	if text != "" && len(gaps.Rows) > 0 {
		text += "\n"
	}
	return text + gaps.ifAny()
}

func (m *Model) mdCrypto() string {
	var b strings.Builder
	for i, x := range m.Crypto {
		if i > 0 {
			b.WriteByte('\n')
		}
		t := Table{Columns: Columns("Made in ↓ opened in →")}
		for _, region := range x.Regions {
			t.Columns = append(t.Columns, Column{Name: region, Right: true})
		}
		for j, region := range x.Regions {
			if x.Made[j] == 0 {
				continue // it only opened
			}
			row := []string{fmt.Sprintf("%s (%s made)", region, count(x.Made[j]))}
			for _, c := range x.Cells[j] {
				row = append(row, c.text()+" ("+c.note()+")")
			}
			t.Rows = append(t.Rows, row)
		}
		fmt.Fprintf(&b, "Key set %s\n\n%s", escapeMarkdown(x.Key), t.ifAny())
	}
	return b.String()
}

// text is a cell of the matrix: how many ciphertexts opened.
func (c CellSum) text() string {
	switch {
	case c.Tried == 0:
		return "not tried"
	case c.Opened == c.Tried:
		return "✔ " + count(c.Opened) + " opened"
	case c.Opened == 0:
		return "✖ none of " + count(c.Tried) + " opened"
	default:
		return "◐ " + count(c.Opened) + " of " + count(c.Tried) + " opened"
	}
}

// note says how many calls that took, and what became of those that failed.
func (c CellSum) note() string {
	failed := c.Failed + c.Unknown
	text := count(c.OK+failed) + " calls"
	if under := c.UnderFault; under > 0 {
		text += ", " + count(under) + " failed under a fault"
	}
	if other := failed - c.UnderFault; other > 0 {
		text += ", " + count(other) + " failed without one"
	}
	return text
}

func (m *Model) mdErrors() string {
	t := Table{Columns: Columns("Region", "Code", "Outcome", ">Count", "First", "Last", ">Sample call")}
	for _, e := range m.Traffic.Errors {
		t.Rows = append(t.Rows, []string{e.Region, e.Code, e.Outcome, count(e.Count), m.offset(e.First), m.offset(e.Last), fmt.Sprint(e.Sample)})
	}
	return t.ifAny()
}

func (m *Model) mdKeys() string {
	var b strings.Builder
	for i, k := range m.Keys {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "Key set %s, %s\n\n", escapeMarkdown(k.Name), escapeMarkdown(k.KeyID))
		t := Table{Columns: Columns("Region", "Role", "State", "Material", "Changed")}
		for _, c := range k.Members {
			t.Rows = append(t.Rows, []string{
				c.Region, c.arrow("role"), c.arrow("state"), c.arrow("material"), c.changedText(k.After),
			})
		}
		b.WriteString(t.ifAny())
	}
	return b.String()
}

// arrow is a property before and after, or the one value when they agree.
func (c MemberChange) arrow(name string) string {
	before, after := property(c.Before, name), property(c.After, name)
	switch {
	case before == after || c.After == nil:
		return orDash(short(before))
	default:
		return orDash(short(before)) + " → " + orDash(short(after))
	}
}

func property(m *journal.Member, name string) string {
	for _, p := range properties(m) {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// short cuts a hash or an id to what tells it from others.
func short(s string) string {
	if len(s) > 16 && !strings.ContainsAny(s, " ,/") {
		return s[:12] + "…"
	}
	return s
}

func (c MemberChange) changedText(after string) string {
	switch {
	case after == "":
		return "no second snapshot"
	case len(c.Changed) == 0:
		return "nothing"
	default:
		return "≠ " + strings.Join(c.Changed, ", ")
	}
}

func (m *Model) mdScenario() string {
	var lines []string
	for _, k := range m.Scenario.Keys {
		lines = append(lines, fmt.Sprintf("key %s: %s, %s, primary %s, replicas %s", k.Name, k.Alias, k.Spec, k.Primary, orDash(strings.Join(k.Replicas, ", "))))
	}
	for _, p := range m.Scenario.Probes {
		lines = append(lines, fmt.Sprintf("probe %s: %s in %s at %s; %s", p.Name, p.Do, strings.Join(p.In, ", "), p.Rate, orDash(strings.Join(p.SLO, ", "))))
	}
	for _, f := range m.Scenario.Faults {
		lines = append(lines, fmt.Sprintf("fault %s: %s in %s, planes %s, at most %s", f.Name, f.Kind, orDash(strings.Join(f.In, ", ")), orDash(strings.Join(f.Planes, ", ")), f.AtMost))
	}
	return escapeParagraph(m.Scenario.Hypothesis) + "\n\n" + bullets(lines)
}

func (m *Model) mdCalls() string {
	t := Table{Columns: Columns("Operation", "Region", "By", ">Calls", ">Failed", ">Unknown")}
	for _, c := range m.Calls {
		t.Rows = append(t.Rows, []string{c.Op, c.Region, c.By, count(c.Calls), count(c.Failed), count(c.Unknown)})
	}
	trails := Table{Columns: Columns("Trail of", "Caller in", "Principal", "Operation", ">Records", ">Errors")}
	for _, r := range m.Trails {
		if r.Crosses {
			trails.Rows = append(trails.Rows, []string{r.Region, "↔ " + r.Caller, r.Principal, r.Op, count(int64(r.Records)), count(int64(r.Failed))})
		}
	}
	text := t.ifAny()
	if len(trails.Rows) > 0 {
		text += "\nFrom one Region to another, by the audit trails:\n\n" + trails.ifAny()
	}
	return text
}

func (m *Model) mdCleanup() string {
	var lines []string
	for _, s := range m.Spend {
		lines = append(lines, fmt.Sprintf("used up for good: %s: %d", s.What, s.Count))
	}
	for _, u := range m.Cleanup.Undone {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("undo of %s: %s %s: %s %s", u.Step, u.Do, u.In, u.Outcome, u.Note)))
	}
	for _, l := range m.Cleanup.Left {
		lines = append(lines, "left behind: "+l)
	}
	if len(m.Cleanup.Left) == 0 && m.Verdict.Status != statusIncomplete {
		lines = append(lines, "left behind: "+m.leftNothing())
	}
	return bullets(lines)
}

// leftNothing says that the key sets are as they were found, and no more than
// that where something could not be undone.
func (m *Model) leftNothing() string {
	if len(m.NotUndone()) > 0 {
		return "nothing that the key sets show; see what could not be undone"
	}
	return "nothing"
}

func (m *Model) mdEvidence() string {
	e := m.Evidence
	lines := []string{
		"command: " + e.Command, "mrkctl " + orDash(m.Run.Version), "runbook SHA-256 " + e.SourceSHA,
		fmt.Sprintf("journal: %d lines, head %s", e.JournalLines, e.JournalHead),
	}
	if e.History != nil {
		lines = append(lines, fmt.Sprintf("history: %s, %d lines, SHA-256 %s", e.History.File, e.History.Lines, e.History.SHA256))
	}
	lines = append(lines, "check all of it: mrkctl report verify DIR")
	return bullets(lines)
}
