package tui

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/mrkctl/mrkctl/pkg/progress"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// clean makes foreign text fit for one line of the screen.
func clean(s string) string {
	return strings.Join(strings.Fields(terminal.Safe(s)), " ")
}

// fit cuts or fills styled text to exactly width columns.
func (t theme) fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	s = ansi.Truncate(s, width, t.ellipsis)
	return s + strings.Repeat(" ", max(width-ansi.StringWidth(s), 0))
}

// right is fit with the text at the right edge.
func (t theme) right(s string, width int) string {
	s = ansi.Truncate(s, max(width, 0), t.ellipsis)
	return strings.Repeat(" ", max(width-ansi.StringWidth(s), 0)) + s
}

// spread puts left and right text at the edges of a line.
func (t theme) spread(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room < 1 {
		return t.fit(right, width)
	}
	return t.fit(left, room) + right
}

// box draws a frame of exactly width by height around lines, with a title in
// the upper edge. Too many lines are cut, too few filled up.
func (t theme) box(title string, lines []string, width, height int) []string {
	if width < 4 || height < 2 {
		return blank(width, height)
	}
	head := t.topLeft + t.horizontal + " " + ansi.Truncate(title, width-6, t.ellipsis) + " "
	rows := []string{head + strings.Repeat(t.horizontal, max(width-1-ansi.StringWidth(head), 0)) + t.topRight}
	for i := range height - 2 {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		rows = append(rows, t.vertical+" "+t.fit(line, width-4)+" "+t.vertical)
	}
	return append(rows, t.bottomLeft+strings.Repeat(t.horizontal, width-2)+t.bottomRight)
}

func blank(width, height int) []string {
	rows := make([]string, max(height, 0))
	for i := range rows {
		rows[i] = strings.Repeat(" ", max(width, 0))
	}
	return rows
}

// beside puts two blocks of lines next to one another.
func beside(left, right []string) []string {
	rows := make([]string, 0, max(len(left), len(right)))
	for i := range max(len(left), len(right)) {
		row := ""
		if i < len(left) {
			row = left[i]
		}
		if i < len(right) {
			row += right[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// tail returns the last n lines, head the first n.
func tail(lines []string, n int) []string { return lines[max(len(lines)-max(n, 0), 0):] }

// around returns n lines with line i among them.
func around(lines []string, i, n int) []string {
	if n <= 0 || len(lines) <= n {
		return lines
	}
	start := min(max(i-n/2, 0), len(lines)-n)
	return lines[start : start+n]
}

// sparkline draws the latency of a Region, newest at the right. A column in
// which calls were made and none succeeded is hatched: an outage shows without
// colour.
func (t theme) sparkline(columns []progress.Sample) string {
	top := time.Millisecond
	for _, c := range columns {
		top = max(top, c.P50*3/2) // a steady line runs at two thirds of the height
	}
	var b strings.Builder
	for _, c := range columns {
		switch {
		case c.Sent == 0:
			b.WriteString(" ")
		case c.OK == 0:
			b.WriteString(t.bad.Render(t.hatch))
		default:
			level := int(float64(c.P50) / float64(top) * float64(len(t.spark)))
			b.WriteString(t.spark[min(max(level, 0), len(t.spark)-1)])
		}
	}
	return b.String()
}

func merge(a, b progress.Sample) progress.Sample {
	if a.Sent == 0 {
		return b
	}
	if n := a.OK + b.OK; n > 0 {
		a.P50 = (a.P50*time.Duration(a.OK) + b.P50*time.Duration(b.OK)) / time.Duration(n)
	}
	a.P99 = max(a.P99, b.P99)
	a.Sent, a.OK, a.Failed, a.Unknown = a.Sent+b.Sent, a.OK+b.OK, a.Failed+b.Failed, a.Unknown+b.Unknown
	return a
}

// millis is a latency for a narrow column; none is a dash.
func millis(d time.Duration, any bool) string {
	if !any {
		return "-"
	}
	return progress.Span(d)
}
