package tui

import (
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

// listLength is how many rows the list of the screen has, for scrolling.
func (m Model) listLength() int {
	switch m.screen {
	case screenEvents:
		return len(m.eventRows(1))
	case screenCalls:
		return len(m.callRows(1))
	case screenPlan:
		return len(m.planRows(80))
	case screenSteps:
		return len(m.story.Steps)
	case screenResult:
		return len(m.resultRows(80))
	case screenLanes, screenTraffic, screenMembers, screenMap, screenCount:
	}
	return 0
}

// latest cuts a list that grows at its end to what the window shows.
func (m Model) latest(rows []string, height int) []string {
	end := len(rows) - min(m.scroll, max(len(rows)-1, 0))
	return rows[max(end-max(height, 0), 0):end]
}

// from cuts a list that is read from its start.
func (m Model) from(rows []string, height int) []string {
	start := min(m.scroll, max(len(rows)-height, 0))
	return rows[start:min(start+max(height, 0), len(rows))]
}

// viewEvents is the whole log.
func (m Model) viewEvents(width, height int) []string {
	title := "Events"
	if m.filter != "" {
		title += " /" + m.filter
	}
	return m.theme.box(title, m.latest(m.eventRows(width-4), height-2), width, height)
}

// viewCalls lists the API calls of the steps.
func (m Model) viewCalls(width, height int) []string {
	t := m.theme
	head := t.faint.Render(t.fit(m.callHead(), width-4))
	return t.box("API calls of the steps", append([]string{head}, m.latest(m.callRows(width-4), height-3)...), width, height)
}

func (m Model) callHead() string {
	t := m.theme
	return t.fit("TIME", 12) + t.fit("FROM", 15) + t.fit("TO", 15) + t.fit("OPERATION", 22) + t.right("TOOK", 7) + "  CODE  REQUEST"
}

func (m Model) callRows(width int) []string {
	t := m.theme
	rows := make([]string, 0, len(m.story.Calls))
	for _, c := range m.story.Calls {
		line := progress.Line{Subject: c.Op, Event: c.Outcome, Text: c.Code + " " + c.RequestID, Region: c.To, Step: c.Step}
		if !m.matches(line) {
			continue
		}
		code, look := orElse(c.Code, "ok"), t.good
		switch c.Outcome {
		case "failed":
			look = t.bad
		case "unknown":
			look = t.doubt
		}
		rows = append(rows, t.fit(t.fit(strings.TrimPrefix(m.moment(c.At), "t+"), 12)+t.fit(clean(c.From), 15)+t.fit(clean(c.To), 15)+
			t.fit(clean(c.Op), 22)+t.right(progress.Span(c.Took), 7)+"  "+look.Render(clean(code))+"  "+t.faint.Render(clean(c.RequestID)), width))
	}
	return rows
}

// viewPlan is what the drill set out to do.
func (m Model) viewPlan(width, height int) []string {
	return m.theme.box("Plan", m.from(m.planRows(width-4), height-2), width, height)
}

func (m Model) planRows(width int) []string {
	t := m.theme
	p := m.story.Planned
	rows := []string{t.strong.Render(clean(p.Runbook)) + "  run " + clean(p.Run)}
	rows = append(rows, t.wrap(p.Hypothesis, width)...)
	rows = append(rows, "", fmt.Sprintf("target %s  account %s  caller %s", clean(p.Target.Kind), clean(p.Target.Account), clean(p.Target.Caller)))
	for _, k := range p.Keys {
		rows = append(rows, fmt.Sprintf("key    %s  %s  primary %s, replicas %s", clean(k.Alias), clean(k.Spec), clean(k.Primary), clean(strings.Join(k.Replicas, ", "))))
	}
	for _, f := range p.Faults {
		rows = append(rows, clean(fmt.Sprintf("fault  %s: %s in %s %s, at most %s", f.Name, f.Kind, strings.Join(f.In, ", "), f.Looks, f.AtMost)))
	}
	for _, probe := range p.Probes {
		rows = append(rows, clean(fmt.Sprintf("probe  %s: %s in %s at %s, %s", probe.Name, probe.Do, strings.Join(probe.In, ", "), probe.Rate, strings.Join(probe.SLO, ", "))))
	}
	rows = append(rows, "", t.faint.Render(t.fit(t.fit(" #", 4)+t.fit("STEP", 26)+t.fit("DOES", 20)+t.fit("IN", 24)+"EXPECTED", width)))
	for i, s := range p.Steps {
		rows = append(rows, t.fit(fmt.Sprintf("%2d  ", i+1)+t.fit(clean(s.ID), 26)+t.fit(clean(s.Do), 20)+t.fit(clean(strings.Join(s.In, ", ")), 24)+clean(s.Expect), width))
	}
	return rows
}

// wrap breaks text into lines at its spaces.
func (t theme) wrap(s string, width int) []string {
	var rows []string
	line := ""
	for word := range strings.FieldsSeq(clean(s)) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			rows, line = append(rows, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		rows = append(rows, line)
	}
	return rows
}

// viewResult is how objectives and checks stand.
func (m Model) viewResult(width, height int) []string {
	return m.theme.box("Result", m.from(m.resultRows(width-4), height-2), width, height)
}

func (m Model) resultRows(width int) []string {
	t := m.theme
	var rows []string
	if end := m.story.Ended; end != nil {
		rows = append(rows, m.outcome())
		for _, left := range end.Left {
			rows = append(rows, t.warn+" left behind: "+clean(left))
		}
	} else {
		rows = append(rows, t.faint.Render("the drill has not ended yet"))
	}
	rows = append(rows, "", t.strong.Render("Objectives"))
	rows = append(rows, m.objectiveRows(width)...)
	rows = append(rows, "", t.strong.Render("Checks"))
	judged := map[string]bool{}
	for _, c := range m.story.Checks {
		judged[c.Name] = true
		symbol, look := t.verdict(c.Verdict)
		rows = append(rows, t.fit(look.Render(symbol+" "+string(c.Verdict))+"  "+clean(c.Name)+"  "+t.faint.Render(clean(c.Detail)), width))
	}
	for _, name := range m.story.Planned.Checks {
		if !judged[name] {
			rows = append(rows, t.faint.Render(t.waiting+" open  "+clean(name)))
		}
	}
	rows = append(rows, "", t.strong.Render("What the steps showed"))
	for _, s := range m.story.Steps {
		if s.End.Why == "" {
			continue
		}
		rows = append(rows, t.accent.Render(clean(s.ID))+"  "+t.doubt.Render(clean(s.End.Code)))
		for _, line := range t.wrap(s.End.Why, width-2) {
			rows = append(rows, "  "+line)
		}
	}
	return rows
}

// outcome is how the drill ended, in one line that begins with the verdict.
func (m Model) outcome() string {
	end := m.story.Ended
	symbol, look := m.theme.verdict(end.Verdict)
	word := verdictWord(end.Verdict)
	rest := strings.TrimPrefix(strings.TrimPrefix(clean(end.Headline), word), ":")
	return look.Render(symbol+" "+word) + "  " + strings.TrimSpace(rest)
}

// verdictWord is a verdict as a heading.
func verdictWord(v journal.Verdict) string {
	switch v {
	case journal.Pass:
		return "PASSED"
	case journal.Fail:
		return "FAILED"
	case journal.Unknown:
		return "UNKNOWN"
	default:
		return "OPEN"
	}
}

// viewHelp lists every key.
func (m Model) viewHelp(width, height int) []string {
	t := m.theme
	actions := m.keys.actions()
	rows := make([]string, 0, len(actions))
	for _, a := range actions {
		names := make([]string, 0, 2)
		for _, name := range a.key.Keys() {
			names = append(names, strings.ReplaceAll(name, " ", "space"))
		}
		rows = append(rows, t.fit(t.strong.Render(t.fit(strings.Join(names, " "), 12))+" "+a.help, max((width-4)/2, 30)))
	}
	if half := (len(rows) + 1) / 2; width >= 76 {
		rows = beside(rows[:half], rows[half:])
	}
	return t.box("Keys", rows, width, height)
}
