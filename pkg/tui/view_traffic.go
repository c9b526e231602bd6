package tui

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

// trafficSpan is how far back the traffic screen looks.
const trafficSpan = 10 * time.Minute

// viewTraffic draws, for each Region, availability and latency over the last
// minutes, with the outage hatched, and beside it what was counted.
func (m Model) viewTraffic(width, height int) []string {
	t := m.theme
	if len(m.story.Lanes) == 0 {
		return t.box("Traffic", []string{"no Regions yet"}, width, height)
	}
	each := max(height/len(m.story.Lanes), 6)
	shown := max(height/each, 1)
	first := min(max(m.region-shown/2, 0), max(len(m.story.Lanes)-shown, 0))
	var rows []string
	for _, l := range m.story.Lanes[first:min(first+shown, len(m.story.Lanes))] {
		side := min(40, width/3)
		chart := t.box(clean(l.Region)+"  median latency, last "+progress.Span(m.window(trafficSpan)), m.chart(l, width-side-4, each-2), width-side, each)
		rows = append(rows, beside(chart, t.box(clean(l.Region)+" so far", m.counts(l, side-4), side, each))...)
	}
	return rows
}

// chart draws the latency of a Region as columns.
func (m Model) chart(l progress.Lane, width, height int) []string {
	t := m.theme
	const axis = 8
	columns := m.columns(l, width-axis, m.window(trafficSpan))
	top := 10 * time.Millisecond
	for _, c := range columns {
		top = max(top, c.P50)
	}
	rows := make([]string, 0, height)
	for r := range height {
		label := ""
		switch r {
		case 0:
			label = progress.Span(top)
		case height - 1:
			label = "0"
		}
		row := t.right(label, axis-2) + " " + t.vertical
		for _, c := range columns {
			row += t.column(c, top, height-1-r, height)
		}
		rows = append(rows, row)
	}
	return rows
}

// column is one cell of a chart: the given row, counted from the bottom.
func (t theme) column(c progress.Sample, top time.Duration, row, height int) string {
	switch {
	case c.Sent == 0:
		return " "
	case c.OK == 0:
		return t.bad.Render(t.hatch)
	}
	eighths := int(float64(c.P50)/float64(top)*float64(height*len(t.spark))) - row*len(t.spark)
	switch {
	case eighths >= len(t.spark):
		return t.full
	case eighths > 0:
		return t.spark[eighths-1]
	case row == 0:
		return t.spark[0]
	case c.OK < c.Sent && row == height-1:
		return t.doubt.Render(t.warn)
	default:
		return " "
	}
}

// columns sums a lane's samples into width slices of the last stretch of time
// that was measured: a drill may wait for days after its load has stopped.
func (m Model) columns(l progress.Lane, width int, span time.Duration) []progress.Sample {
	columns := make([]progress.Sample, max(width, 1))
	slice := max(span/time.Duration(len(columns)), time.Millisecond)
	for i := len(l.Samples) - 1; i >= 0; i-- {
		sample := l.Samples[i]
		age := m.story.Measured.Sub(sample.Start)
		newest, oldest := int(max(age-sample.Length, 0)/slice), int(max(age-1, 0)/slice)
		if newest >= len(columns) {
			break
		}
		for at := newest; at <= min(oldest, len(columns)-1); at++ { // as wide as it is long
			columns[len(columns)-1-at] = merge(columns[len(columns)-1-at], sample)
		}
	}
	return columns
}

// counts is what the probes counted in a Region since the drill began.
func (m Model) counts(l progress.Lane, width int) []string {
	t := m.theme
	share, any := l.Totals.Availability()
	avail := "-"
	if any {
		avail = progress.Percent(share)
	}
	rows := []string{
		t.spread("calls", fmt.Sprint(l.Totals.Sent), width),
		t.spread("ok", fmt.Sprint(l.Totals.OK), width),
		t.spread("failed", fmt.Sprint(l.Totals.Failed), width),
		t.spread("unknown", fmt.Sprint(l.Totals.Unknown), width),
		t.spread("available", avail, width),
		t.spread("worst p99", millis(l.Totals.P99, l.Totals.OK > 0), width),
	}
	for _, name := range slices.Sorted(maps.Keys(l.Probes)) {
		p := l.Probes[name]
		share, any := p.Availability()
		avail := "-"
		if any {
			avail = progress.Percent(share)
		}
		rows = append(rows, t.spread(" "+clean(name), fmt.Sprintf("%d  %s", p.Sent, avail), width))
	}
	for _, code := range slices.Sorted(maps.Keys(l.Errors)) {
		rows = append(rows, t.spread(t.bad.Render(" "+clean(code)), fmt.Sprint(l.Errors[code]), width))
	}
	return rows
}
