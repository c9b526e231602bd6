package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// shade is a stretch in which a set of planes of one Region was out, or some
// other fault was on there.
type shade struct {
	start, end time.Time
	kind       string // data, control, both or other
	names      []string
}

// shades cuts a Region's faults into stretches in which the same were on.
func (m *Model) shades(region string) []shade {
	var bounds []time.Time
	for _, f := range m.Timeline.Faults {
		if f.hits(region) {
			bounds = append(bounds, f.Start, f.End)
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	bounds = slices.CompactFunc(bounds, time.Time.Equal)
	var all []shade
	for i := 1; i < len(bounds); i++ {
		s := shade{start: bounds[i-1], end: bounds[i]}
		data, control := false, false
		for _, f := range m.Timeline.Faults {
			if !f.hits(region) || !f.Start.Before(s.end) || !s.start.Before(f.End) {
				continue
			}
			s.names = append(s.names, f.Name)
			if f.outage() {
				data = data || slices.Contains(f.Planes, "data")
				control = control || slices.Contains(f.Planes, "control")
			}
		}
		switch {
		case data && control:
			s.kind = "both"
		case data:
			s.kind = "data"
		case control:
			s.kind = "control"
		default:
			s.kind = "other"
		}
		if len(s.names) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// words says what a shade stands for.
func (s shade) words() string {
	return map[string]string{
		"both": "no answer at all", "data": "data plane down", "control": "control plane down", "other": strings.Join(s.names, ", "),
	}[s.kind]
}

func (s shade) draw(m *Model, a axis, y, h float64) rect {
	x := a.x(s.start)
	r := rect{X: x, Y: y, W: max(a.x(s.end)-x, 2), H: h, Class: "shade", Fill: "out-" + s.kind, Text: s.words()}
	r.Title = fmt.Sprintf("%s (%s), %s to %s", s.words(), strings.Join(s.names, ", "), m.offset(s.start), m.offset(s.end))
	if float64(len(r.Text))*charWidth > r.W-8 {
		r.Text = ""
	}
	return r
}
