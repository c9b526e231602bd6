package tui

import (
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

// viewSteps draws the steps in time, one below the other, with the stretches in
// which a fault lasted underneath.
func (m Model) viewSteps(width, height int) []string {
	t := m.theme
	inner := width - 4
	label := min(26, inner/3)
	chart := inner - label - 9
	start, end := m.span()
	rows := []string{t.faint.Render(t.fit("", label) + m.ruler(start, end, chart))}
	steps := make([]string, 0, len(m.story.Steps))
	at := 0
	for i, s := range m.story.Steps {
		symbol, look := t.step(s.State)
		name := look.Render(t.fit(m.stepLabel(i, symbol), label-1)) + " "
		switch s.State {
		case progress.Waiting:
			steps = append(steps, name)
			continue
		case progress.Running:
			at = i
		case progress.Done, progress.Failed, progress.Skipped, progress.Refused:
		}
		took := s.End.Took
		if s.State == progress.Running {
			took = m.story.Now.Sub(s.Started)
		}
		steps = append(steps, name+look.Render(t.segment(t.full, s.Started, s.Started.Add(took), start, end, chart))+" "+t.right(progress.Span(took), 8))
	}
	faults := make([]string, 0, len(m.story.Faults))
	for _, f := range m.story.Faults {
		to := f.To
		if to.IsZero() {
			to = m.story.Now
		}
		name := t.doubt.Render(t.fit(t.warn+" "+clean(f.Name+" "+strings.Join(f.In, ",")), label-1)) + " "
		faults = append(faults, name+t.doubt.Render(t.segment(t.hatch, f.From, to, start, end, chart))+" "+t.right(progress.Span(to.Sub(f.From)), 8))
	}
	faults = tail(faults, max(height/3, 1))
	rows = append(rows, around(steps, at+m.scroll, height-3-len(faults))...)
	return t.box("Steps in time", append(rows, faults...), width, height)
}

// span is the stretch of time that the chart covers: from the start to now, and
// no more than a day, since waiting days would press all else into one column.
func (m Model) span() (start, end time.Time) {
	start, end = m.story.Start, m.story.Now
	if start.IsZero() {
		start = end
	}
	if end.Sub(start) <= 24*time.Hour {
		return start, end
	}
	last := start
	for _, s := range m.story.Steps {
		if !s.Started.IsZero() && s.End.Took < 24*time.Hour {
			if done := s.Started.Add(s.End.Took); done.Sub(start) < 24*time.Hour {
				last = done
			}
		}
	}
	if last.After(start) {
		return start, last
	}
	return start, end
}

// segment draws a stretch of time as part of a row of width columns. It is at
// least one column long, so that a step of no duration can be seen.
func (t theme) segment(glyph string, from, to, start, end time.Time, width int) string {
	total := end.Sub(start)
	if total <= 0 || width <= 0 || !from.Before(end) && from.Sub(end) > 0 {
		return strings.Repeat(" ", max(width, 0))
	}
	column := func(at time.Time) int {
		return min(max(int(float64(at.Sub(start))/float64(total)*float64(width)), 0), width)
	}
	a, b := min(column(from), width-1), column(to)
	b = max(b, a+1)
	return strings.Repeat(" ", a) + strings.Repeat(glyph, b-a) + strings.Repeat(" ", width-b)
}

// ruler names a few moments above a chart.
func (m Model) ruler(start, end time.Time, width int) string {
	const every = 16
	var b strings.Builder
	for at := 0; at+10 <= width; at += every {
		moment := start.Add(time.Duration(float64(end.Sub(start)) * float64(at) / float64(max(width, 1))))
		b.WriteString(m.theme.fit(strings.TrimPrefix(m.moment(moment), "t+"), every))
	}
	return m.theme.fit(b.String(), width)
}
