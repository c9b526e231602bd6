package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	stripHeight = 20
	plotHeight  = 84
	trafficTail = 118 // left free at the right for the labels of the lines
)

// trafficView is one Region's availability and latency as drawn.
type trafficView struct {
	Region        string
	Width, Height float64
	Left, Right   float64
	StripY        float64
	PlotY, PlotH  float64
	Bars          []rect // shares of the calls, bucket by bucket
	Shades        []rect
	P50, P99      string // path data
	Labels        []label
	Grid          []label
	Ticks         []tick
	AxisY         float64
	Desc          string
	ID            string
}

// label is a text at a place.
type label struct {
	X, Y  float64
	Text  string
	Class string
}

func (m *Model) drawTraffic() []trafficView {
	if len(m.Traffic.Regions) == 0 {
		return nil
	}
	load := []time.Time{m.Traffic.Start, m.Traffic.End.Add(time.Duration(m.Traffic.Bucket))}
	a := newAxis(load, [][2]time.Time{{load[0], load[1]}}, drawLeft, drawWidth-trafficTail)
	a.zero = m.Traffic.Start.Sub(m.Run.StartedAt)
	top := m.latencyTop()
	var views []trafficView
	for i, r := range m.Traffic.Regions {
		views = append(views, m.drawRegion(r, a, top, i))
	}
	return views
}

// latencyTop is the top of the latency scale, the same in every Region so that
// they can be compared.
func (m *Model) latencyTop() time.Duration {
	longest := time.Millisecond
	for _, r := range m.Traffic.Regions {
		for _, b := range r.Series {
			for _, v := range []*Millis{b.P50, b.P99} {
				if v != nil {
					longest = max(longest, time.Duration(*v))
				}
			}
		}
	}
	for unit := time.Millisecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 3, 4, 5, 6, 8} {
			if longest <= n*unit {
				return n * unit
			}
		}
	}
}

func (m *Model) drawRegion(r RegionTraffic, a axis, top time.Duration, index int) trafficView {
	v := trafficView{
		Region: r.Region, ID: "traffic-" + strconv.Itoa(index), Width: drawWidth, Left: drawLeft, Right: drawWidth - trafficTail, StripY: 6,
		PlotY: 6 + stripHeight + 10, PlotH: plotHeight,
	}
	v.AxisY = v.PlotY + plotHeight + 4
	v.Height = v.AxisY + 22
	v.Ticks = a.ticks()
	for _, s := range m.shades(r.Region) {
		if s.end.After(a.start) && s.start.Before(m.Traffic.End) {
			v.Shades = append(v.Shades, s.draw(m, a, v.StripY-3, v.AxisY-v.StripY+3))
		}
	}
	v.drawBuckets(m, r, a)
	v.P50 = m.line(r.Series, a, v, top, func(b Bucket) *Millis { return b.P50 })
	v.P99 = m.line(r.Series, a, v, top, func(b Bucket) *Millis { return b.P99 })
	for i := range 3 {
		share := float64(i) / 2
		v.Grid = append(v.Grid, label{X: v.Left, Y: v.PlotY + plotHeight*(1-share), Text: span(time.Duration(float64(top) * share))})
	}
	v.Grid[0].Text = "0"
	v.labels(r, top)
	return v
}

// drawBuckets draws the share of calls that succeeded from below, those of
// unknown outcome above, and what failed on top.
func (v *trafficView) drawBuckets(m *Model, r RegionTraffic, a axis) {
	for _, b := range r.Series {
		if b.Sent == 0 {
			continue
		}
		x := a.x(b.Start)
		w := max(a.x(b.Start.Add(time.Duration(m.Traffic.Bucket)))-x-0.6, 0.8)
		title := fmt.Sprintf("%s %s: %d of %d ok", m.offset(b.Start), r.Region, b.OK, b.Sent)
		y := v.StripY + stripHeight
		for _, part := range []struct {
			n     int64
			class string
		}{{b.OK, "ok"}, {b.Unknown, "doubt"}, {b.Failed, "bad"}} {
			h := stripHeight * float64(part.n) / float64(b.Sent)
			if part.n == 0 {
				continue
			}
			y -= h
			v.Bars = append(v.Bars, rect{X: x, Y: y, W: w, H: h, Class: "share " + part.class, Title: title})
			title = ""
		}
	}
}

// line is the path of a series, broken wherever it has no value.
func (m *Model) line(series []Bucket, a axis, v trafficView, top time.Duration, value func(Bucket) *Millis) string {
	var b strings.Builder
	broken := true
	for i, bucket := range series {
		p := value(bucket)
		if p == nil {
			broken = true
			continue
		}
		x := a.x(bucket.Start.Add(time.Duration(m.Traffic.Bucket) / 2))
		y := v.PlotY + v.PlotH*(1-float64(*p)/float64(top))
		command := "L"
		if broken {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", command, x, y)
		if broken && (i+1 == len(series) || value(series[i+1]) == nil) {
			b.WriteString("h2") // a single value between two gaps would not be seen
		}
		broken = false
	}
	return b.String()
}

// labels names the lines at the right, each at the height of its last value,
// with the figure for the whole run.
func (v *trafficView) labels(r RegionTraffic, top time.Duration) {
	whole := r.Phases[len(r.Phases)-1]
	height := func(d *Millis) float64 {
		return v.PlotY + v.PlotH*(1-min(1, float64(*d)/float64(top))) + 4
	}
	var high float64
	if whole.P99 != nil {
		high = height(whole.P99)
		v.Labels = append(v.Labels, label{v.Right + 8, high, "p99 " + whole.P99.String(), "p99"})
	}
	if whole.P50 != nil {
		y := height(whole.P50)
		if whole.P99 != nil && y < high+14 {
			y = high + 14
		}
		v.Labels = append(v.Labels, label{v.Right + 8, y, "p50 " + whole.P50.String(), "p50"})
	}
	if whole.Availability != nil {
		v.Labels = append(v.Labels, label{v.Right + 8, v.StripY + 14, percent(*whole.Availability) + " ok", "avail"})
		v.Desc = fmt.Sprintf("%s of %s calls succeeded; p50 %s, p99 %s", percent(*whole.Availability), count(whole.Requests), millisCell(whole.P50), millisCell(whole.P99))
	}
	for _, g := range r.Gaps {
		v.Desc += fmt.Sprintf("; no success for %s", g.Took)
	}
}
