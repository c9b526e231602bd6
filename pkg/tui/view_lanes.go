package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

// viewLanes is the picture that a drill opens with: a lane for each Region
// above, below it the steps, and beside them the objectives and what happens.
func (m Model) viewLanes(width, height int) []string {
	t := m.theme
	lanes := t.box("Regions", m.laneRows(width-4), width, min(len(m.story.Lanes)+3, max(height/2, 4)))
	room := height - len(lanes)
	if room < 4 {
		return lanes
	}
	left := min(max(width*2/5, 34), 48)
	steps := t.box("Steps", m.stepRows(left-4, room-2), left, room)

	right := width - left
	objectives := min(len(m.story.Objectives), 4)
	if height < 28 { // on a small terminal the events get the room
		objectives = 0
	}
	var column []string
	if objectives > 0 {
		column = t.box("Objectives", m.objectiveRows(right-4), right, objectives+2)
	}
	rows := room - len(column)
	column = append(column, t.box("Events", tail(m.eventRows(right-4), rows-2), right, rows)...)
	return append(lanes, beside(steps, column)...)
}

// laneRows is a line of column heads and a line for each Region.
func (m Model) laneRows(width int) []string {
	t := m.theme
	spark := width - 62
	head := "  " + t.fit("REGION", 15) + t.fit("ROLE", 9) + t.fit("STATE", 14) + t.right("AVAIL", 8) + t.right("P50", 7) + t.right("P99", 7)
	if spark >= 8 {
		head += "  " + t.fit("P50, LAST "+strings.ToUpper(progress.Span(m.window(5*time.Minute))), spark-2)
	}
	rows := []string{t.faint.Render(t.fit(head, width))}
	for i, l := range m.story.Lanes {
		rows = append(rows, m.laneRow(l, i == m.region, spark))
	}
	return rows
}

func (m Model) laneRow(l progress.Lane, cursor bool, spark int) string {
	t := m.theme
	now := m.story.Now
	last := l.Recent(now)
	share, any := last.Availability()
	symbol, word, look := t.lane(l)
	pointer := "  "
	if cursor {
		pointer = t.cursor + " "
	}
	role := strings.ToLower(l.Role)
	if l.Role == "PRIMARY" {
		role = t.strong.Render("PRIMARY")
	}
	avail := "-"
	if any {
		avail = progress.Percent(share)
		if share < 0.999 {
			avail = t.bad.Render(avail)
		}
	}
	row := pointer + t.fit(clean(l.Region), 15) + t.fit(role, 9) +
		look.Render(t.fit(symbol+" "+clean(word), 14)) +
		t.right(avail, 8) + t.right(millis(last.P50, last.OK > 0), 7) + t.right(millis(last.P99, last.OK > 0), 7)
	if spark < 8 {
		return row
	}
	note := ""
	switch {
	case !l.Down.IsZero():
		note = " down " + progress.Span(now.Sub(l.Down))
	case len(m.story.FaultsIn(l.Region)) > 0:
		note = " " + t.warn + " " + clean(m.story.FaultsIn(l.Region)[0].Name)
	}
	lineWidth := spark - 2
	if note != "" && lineWidth > 30 {
		lineWidth -= 14
		note = t.fit(note, 14)
	} else {
		note = ""
	}
	return row + "  " + t.sparkline(m.columns(l, lineWidth, m.window(5*time.Minute))) + t.doubt.Render(note)
}

// window is the stretch of time that a picture of the traffic covers: what has
// been measured so far, a minute at least, and no more than the longest.
func (m Model) window(longest time.Duration) time.Duration {
	return min(max(m.story.Measured.Sub(m.story.Start), time.Minute), longest)
}

// stepRows lists the steps with the running one in sight.
func (m Model) stepRows(width, height int) []string {
	t := m.theme
	rows := make([]string, 0, len(m.story.Steps))
	at := 0
	for i, s := range m.story.Steps {
		symbol, look := t.step(s.State)
		took := ""
		switch s.State {
		case progress.Running:
			took, at = progress.Span(m.story.Now.Sub(s.Started)), i
		case progress.Waiting:
		case progress.Done, progress.Failed, progress.Skipped, progress.Refused:
			took, at = progress.Span(s.End.Took), i
		}
		rows = append(rows, look.Render(t.spread(m.stepLabel(i, symbol), t.right(took, len(took)+1), width)))
	}
	return around(rows, at, height)
}

// stepLabel is a step's symbol, place and name; one that is part of another
// stands under it.
func (m Model) stepLabel(i int, symbol string) string {
	if m.story.Steps[i].Under {
		return symbol + "    " + m.theme.bottomLeft + " " + clean(m.story.Steps[i].ID)
	}
	return fmt.Sprintf("%s %2d %s", symbol, m.story.Place(i), clean(m.story.Steps[i].ID))
}

func (m Model) objectiveRows(width int) []string {
	t := m.theme
	rows := make([]string, 0, len(m.story.Objectives))
	for _, o := range m.story.Objectives {
		symbol, look := t.verdict(o.Verdict)
		text := "wanted " + clean(o.Target)
		if o.Measured != "" {
			text = clean(o.Measured) + ", " + text
		}
		rows = append(rows, t.fit(look.Render(symbol)+" "+clean(o.Name)+"  "+t.faint.Render(text), width))
	}
	return rows
}

// eventRows lists the log, filtered.
func (m Model) eventRows(width int) []string {
	lines := m.story.Log
	if m.filter == "" && m.screen != screenEvents {
		lines = lines[max(len(lines)-60, 0):] // no pane shows more
	}
	rows := make([]string, 0, len(lines))
	for _, l := range lines {
		if m.matches(l) {
			rows = append(rows, m.eventRow(l, width))
		}
	}
	return rows
}

func (m Model) eventRow(l progress.Line, width int) string {
	t := m.theme
	symbol, look := t.mark(l.Mark)
	at := strings.TrimPrefix(m.moment(l.At), "t+")
	return t.fit(t.faint.Render(at)+" "+look.Render(symbol)+" "+clean(l.Subject+" "+l.Event)+"  "+clean(l.Text), width)
}

// matches says that a line passes the filter: every word of it occurs, or with
// ! before it does not; region:x looks at the Region only.
func (m Model) matches(l progress.Line) bool {
	text := strings.ToLower(l.Subject + " " + l.Event + " " + l.Text + " " + l.Region + " " + l.Step)
	for word := range strings.FieldsSeq(strings.ToLower(m.filter)) {
		word, not := strings.CutPrefix(word, "!")
		where := text
		if region, ok := strings.CutPrefix(word, "region:"); ok {
			word, where = region, strings.ToLower(l.Region)
		}
		if strings.Contains(where, word) == not {
			return false
		}
	}
	return true
}

// viewNarrow is the picture for terminals under sixty columns: one list.
func (m Model) viewNarrow(width, height int) []string {
	t := m.theme
	rows := make([]string, 0, height)
	for _, l := range m.story.Lanes {
		symbol, word, look := t.lane(l)
		avail := "-"
		if share, any := l.Recent(m.story.Now).Availability(); any {
			avail = progress.Percent(share)
		}
		rows = append(rows, t.spread(" "+look.Render(symbol+" "+clean(l.Region)+" "+clean(word)), strings.ToLower(l.Role)+" "+avail+" ", width))
	}
	done := 0
	for _, s := range m.story.Steps {
		if s.State != progress.Waiting && s.State != progress.Running {
			done++
		}
	}
	rows = append(rows, fmt.Sprintf(" steps %d of %d", done, len(m.story.Steps)))
	for _, o := range m.story.Objectives {
		if o.Verdict != journal.Verdict("") {
			symbol, look := t.verdict(o.Verdict)
			rows = append(rows, " "+look.Render(symbol)+" "+clean(o.Name)+" "+clean(o.Measured))
		}
	}
	return append(rows, tail(m.eventRows(width-1), height-len(rows))...)
}
