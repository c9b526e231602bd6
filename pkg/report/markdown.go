package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// CommentLimit is how long a comment on GitHub may be, in bytes to be safe.
const CommentLimit = 65000

// Markdown writes the report as GitHub flavoured Markdown of at most limit
// bytes, the verdict first. What doesn't fit is left out from the bottom, whole
// sections at a time, and the end says what; no limit is 0.
func (m *Model) Markdown(limit int) []byte {
	sections := m.markdownSections()
	var b bytes.Buffer
	var dropped []string
	for i, s := range sections {
		text := s.text()
		const trailer = 600 // room for naming the sections that were dropped
		if limit > 0 && i > 0 && (len(dropped) > 0 || b.Len()+len(text)+trailer > limit) {
			dropped = append(dropped, strings.ToLower(s.title))
			continue
		}
		b.WriteString(text)
	}
	if len(dropped) > 0 {
		fmt.Fprintf(&b, "\n_Left out for want of room: %s. They are in report.html and report.json._\n", strings.Join(dropped, ", "))
	}
	return b.Bytes()
}

// mdSection is a section with its title; one that is folded shows the title
// only, until it is opened.
type mdSection struct {
	title  string
	folded bool
	body   string
}

func (s mdSection) text() string {
	switch {
	case s.title == "":
		return s.body
	case s.folded:
		return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", s.title, s.body)
	default:
		return fmt.Sprintf("\n#### %s\n\n%s", s.title, s.body)
	}
}

func (m *Model) markdownSections() []mdSection {
	all := []mdSection{{body: m.mdHead()}}
	add := func(title string, folded bool, body string) {
		if body != "" {
			all = append(all, mdSection{title, folded, body})
		}
	}
	add("What needs attention", false, m.mdFindings())
	add("Objectives and checks", false, m.mdVerdicts())
	add("Regions", false, m.mdRegions())
	add("Promotions", false, m.mdMoves())

	add("Approvals", false, m.mdApprovals())
	add(fmt.Sprintf("Steps (%d)", len(m.Steps)), true, m.mdSteps())
	add("Foretold and measured", true, m.mdPredictions())
	add("What the refusals teach", true, m.mdLessons())
	add("Outages and gaps", true, m.mdOutages())
	add("Encrypted in × decrypted in", true, m.mdCrypto())
	add("Errors", true, m.mdErrors())
	add("Keys before and after", true, m.mdKeys())
	add("Scenario", true, m.mdScenario())
	add("Calls", true, m.mdCalls())
	add("Spend and cleanup", true, m.mdCleanup())
	add("Make it again", true, m.mdEvidence())
	add("What this run cannot show", true, bullets(m.Limits))
	return all
}

func (m *Model) mdHead() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- mrkctl:report drill=%s -->\n", htmlComment(m.Run.Runbook))
	fmt.Fprintf(&b, "### mrkctl drill: %s: %s\n\n", escapeMarkdown(m.Run.Runbook), strings.ToUpper(m.Verdict.Status))
	fmt.Fprintf(&b, "%s\n\n**%s**\n", escapeParagraph(m.Verdict.Headline), escapeMarkdown(m.Origin.Stamp))
	if m.Run.Sabotage != "" {
		fmt.Fprintf(&b, "\n**Sabotaged on purpose: %s.** The checks below were meant to notice.\n", escapeMarkdown(m.Run.Sabotage))
	}
	var tiles []string
	for _, t := range m.Tiles {
		tiles = append(tiles, fmt.Sprintf("%s **%s**", escapeMarkdown(t.Name), escapeMarkdown(t.Value)))
	}
	fmt.Fprintf(&b, "\n%s\n", strings.Join(tiles, " · "))
	return b.String()
}

// htmlComment keeps text inside an HTML comment.
func htmlComment(s string) string {
	return strings.NewReplacer("--", "- -", ">", "", "<", "", "\n", " ").Replace(terminal.Safe(s))
}

func (m *Model) mdFindings() string {
	var lines []string
	for _, f := range m.Findings {
		if f.Rank == rankLesson {
			continue
		}
		line := fmt.Sprintf("**%s**: %s", f.Rank, escapeMarkdown(f.What))
		if f.Detail != "" {
			line += " (" + escapeMarkdown(f.Detail) + ")"
		}
		lines = append(lines, "- "+line+". Next: "+escapeMarkdown(f.Next)+"\n")
	}
	return strings.Join(lines, "")
}

func (m *Model) mdVerdicts() string {
	if m.PromisesNothing() {
		return "The runbook has no objectives and no checks: nothing is promised but what its steps say they expect.\n"
	}
	t := Table{Columns: Columns("Claim", "Verdict", "Seen")}
	for _, o := range m.Objectives {
		t.Rows = append(t.Rows, []string{o.Name + ": " + o.Target, verdictMark(o.Verdict), strings.TrimSuffix(o.Measured+". "+o.Why, ". ")})
	}
	for _, c := range m.Checks {
		t.Rows = append(t.Rows, []string{c.Name, verdictMark(c.Verdict), c.Detail})
	}
	return t.ifAny()
}

func (m *Model) mdRegions() string {
	t := Table{Columns: Columns("Region", "Phase", ">Requests", ">Failed", ">Unknown", ">Avail.", ">p50", ">p95", ">p99", ">Max")}
	for _, r := range m.Traffic.Regions {
		for _, s := range r.Phases {
			t.Rows = append(t.Rows, append([]string{r.Region}, s.cells()...))
		}
	}
	return t.ifAny()
}

// cells are the numbers of a row of statistics as text.
func (s Stats) cells() []string {
	availability := "–"
	if s.Availability != nil {
		availability = percent(*s.Availability)
	}
	return []string{
		s.Phase, count(s.Requests), count(s.Failed), count(s.Unknown), availability,
		millisCell(s.P50), millisCell(s.P95), millisCell(s.P99), millisCell(s.Max),
	}
}

func millisCell(v *Millis) string {
	if v == nil {
		return "–"
	}
	return v.String()
}

func (m *Model) mdMoves() string {
	t := Table{Columns: Columns("When", "Asked in", "Answer", "Took", "Why, or what followed")}
	for _, move := range m.Recovery.Moves {
		t.Rows = append(t.Rows, []string{m.offset(move.At), move.AskedIn, move.answer(), move.Took.String(), move.followed()})
	}
	return t.ifAny()
}

// answer is what a promotion was answered.
func (m Move) answer() string {
	if m.Outcome == "ok" {
		return "accepted"
	}
	return strings.TrimSpace(m.Outcome + " " + m.Code)
}

// followed is what an accepted promotion led to, and why another was not.
func (m Move) followed() string {
	if m.Outcome != "ok" {
		return m.Why
	}
	text := "primary " + orDash(m.From) + " → " + orDash(m.To)
	if m.Named != nil {
		text += ", first seen " + m.Named.String() + " later"
	}
	if m.Settled != nil {
		text += ", every member Enabled again " + m.Settled.String() + " after the answer"
	}
	return text
}

func (m *Model) mdPredictions() string {
	t := Table{Columns: Columns("What", "Foretold", "Came")}
	for _, p := range m.Predictions {
		came := p.Measured
		if p.Differs {
			came = "≠ " + came
		}
		t.Rows = append(t.Rows, []string{p.What, p.Predicted, came})
	}
	return t.ifAny()
}

func (m *Model) mdApprovals() string {
	t := Table{Columns: Columns("Step", "What", "Asked", "By", "Answer", "Waited", "Remark")}
	for _, a := range m.Approvals {
		if len(a.Answers) == 0 {
			t.Rows = append(t.Rows, []string{a.Step, a.What, m.offset(a.Asked), "", "none"})
		}
		for _, answer := range a.Answers {
			t.Rows = append(t.Rows, []string{a.Step, a.What, m.offset(a.Asked), answer.By, answer.word(), answer.Waited.String(), answer.Remark})
		}
	}
	return t.ifAny()
}

func (a ApprovalAnswer) word() string {
	if a.Given {
		return "approved"
	}
	return "refused"
}

// offset writes a moment as its distance from the start of the drill.
func (m *Model) offset(at time.Time) string { return offset(at.Sub(m.Run.StartedAt)) }

// ifAny is the table as Markdown, or nothing when it has no rows.
func (t Table) ifAny() string {
	if len(t.Rows) == 0 {
		return ""
	}
	var b bytes.Buffer
	t.markdown(&b)
	return b.String()
}

// bullets makes a list.
func bullets(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("- " + escapeParagraph(line) + "\n")
	}
	return b.String()
}
