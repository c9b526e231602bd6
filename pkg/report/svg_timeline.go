package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The measures of the drawings, in the units of their view boxes.
const (
	drawWidth  = 1080
	drawLeft   = 132 // where the plots begin
	drawRight  = 10  // left free at their right
	laneHeight = 30
	laneGap    = 12
	stepHeight = 17
	charWidth  = 6.6 // of the drawings' text, on average
)

// rect is a bar of a drawing with its text.
type rect struct {
	X, Y, W, H float64
	Class      string
	Fill       string // id of a pattern, or empty
	Text       string // shown when there is room for it
	Title      string // said in full
}

// mark is a vertical line with a sign.
type mark struct {
	X, Y1, Y2 float64
	Class     string
	Sign      string
	Text      string
	Anchor    string // of the text: start or end
	TextX     float64
	Title     string
}

// laneView is a lane as drawn.
type laneView struct {
	Label string
	Y     float64 // of its top
	Mid   float64
	Bars  []rect
}

// timelineView is the timeline as drawn.
type timelineView struct {
	Width, Height float64
	Left, Right   float64
	Top           float64
	Desc          string
	Lanes         []laneView
	Shades        []rect // outages, over the lanes
	Moves         []mark
	Materials     []mark
	Steps         []rect
	StepLabelY    float64
	Ticks         []tick
	Cuts          []axisPiece
	AxisY         float64
}

func (m *Model) drawTimeline() timelineView {
	a := m.timeAxis()
	v := timelineView{Width: drawWidth, Left: drawLeft, Right: drawWidth - drawRight, Top: 26}
	y := v.Top
	for _, lane := range m.Timeline.Lanes {
		drawn := m.drawLane(lane, a, y)
		for _, s := range m.shades(lane.Region) {
			shade := s.draw(m, a, y-4, laneHeight+8)
			v.Shades = append(v.Shades, shade)
			drawn.hideUnder(shade)
		}
		v.Lanes = append(v.Lanes, drawn)
		y += laneHeight + laneGap
	}
	bottom := y - laneGap
	v.Moves = m.drawMoves(a, v, bottom)
	v.Materials = m.drawMaterials(a, v)
	v.StepLabelY = y + 14
	v.Steps, y = m.drawSteps(a, y+2)
	v.AxisY = y + 6
	v.Ticks, v.Cuts = a.ticks(), a.cuts()
	v.Height = v.AxisY + 26
	v.Desc = m.describeTimeline()
	return v
}

// timeAxis is the axis of the timeline: all that happened, and the load.
func (m *Model) timeAxis() axis {
	moments := []time.Time{m.Timeline.Start, m.Timeline.End}
	for _, lane := range m.Timeline.Lanes {
		for _, s := range lane.Segments {
			moments = append(moments, s.Start, s.End)
		}
	}
	for _, s := range m.Steps {
		if !s.Start.IsZero() {
			moments = append(moments, s.Start, s.Start.Add(time.Duration(s.Took)))
		}
	}
	for _, f := range m.Timeline.Faults {
		moments = append(moments, f.Start, f.End)
	}
	var busy [][2]time.Time
	if !m.Traffic.Start.IsZero() {
		moments = append(moments, m.Traffic.Start, m.Traffic.End)
		busy = append(busy, [2]time.Time{m.Traffic.Start, m.Traffic.End})
	}
	moments = slices.DeleteFunc(moments, func(t time.Time) bool { return t.Before(m.Timeline.Start) })
	return newAxis(moments, busy, drawLeft, drawWidth-drawRight)
}

func (m *Model) drawLane(lane Lane, a axis, y float64) laneView {
	v := laneView{Label: lane.Region, Y: y, Mid: y + laneHeight/2 + 4}
	if len(m.Scenario.Keys) > 1 {
		v.Label += " " + lane.Key
	}
	for i := 0; i < len(lane.Segments); i++ {
		s := lane.Segments[i]
		// Stretches that differ in what isn't drawn here are one bar.
		for i+1 < len(lane.Segments) && lane.Segments[i+1].Role == s.Role && lane.Segments[i+1].State == s.State && lane.Segments[i+1].Start.Equal(s.End) {
			i++
			s.End = lane.Segments[i].End
		}
		x := a.x(s.Start)
		if s.End.Before(m.Timeline.Start) {
			continue // while the keys were made
		}
		bar := rect{X: x, Y: y, W: max(a.x(s.End)-x, 1.5), H: laneHeight, Class: segmentClass(s), Text: segmentText(s)}
		if s.State == "Updating" || s.State == "Creating" {
			bar.Fill = "moving"
		}
		if float64(len(bar.Text))*charWidth > bar.W-8 {
			bar.Text = ""
		}
		bar.Title = fmt.Sprintf("%s: %s, %s to %s", v.Label, orDash(segmentText(s)), m.offset(s.Start), m.offset(s.End))
		v.Bars = append(v.Bars, bar)
	}
	return v
}

// TextClass is the class of a bar's text: its tone without its frame.
func (r rect) TextClass() string {
	for _, tone := range []string{"primary", "replica"} {
		if strings.Contains(r.Class, tone) {
			return "seg-text " + tone
		}
	}
	return "seg-text norole"
}

func segmentClass(s Segment) string {
	class := "seg norole"
	switch s.Role {
	case "PRIMARY":
		class = "seg primary"
	case "REPLICA":
		class = "seg replica"
	}
	if s.State != "" && s.State != "Enabled" {
		class += " unusual"
	}
	return class
}

// hideUnder takes away the texts of bars that a shade would cover.
func (v *laneView) hideUnder(shade rect) {
	for i := range v.Bars {
		b := &v.Bars[i]
		if b.X+8+float64(len(b.Text))*charWidth > shade.X && b.X+8 < shade.X+shade.W {
			b.Text = ""
		}
	}
}

func segmentText(s Segment) string {
	text := s.Role
	if text != "PRIMARY" {
		text = strings.ToLower(text)
	}
	if s.State != "" && s.State != "Enabled" {
		text = strings.TrimSpace(text + " " + s.State)
	}
	return text
}

func (m *Model) drawMoves(a axis, v timelineView, bottom float64) []mark {
	var marks []mark
	for _, move := range m.Recovery.Moves {
		k := mark{X: a.x(move.At), Y1: v.Top - 8, Y2: bottom, Class: "move refused", Sign: "✖"}
		k.Title = fmt.Sprintf("%s promotion asked in %s: %s", m.offset(move.At), move.AskedIn, move.answer())
		if move.Outcome == "ok" {
			k.Class, k.Sign, k.Text = "move accepted", "▶", "primary "+orDash(move.To)
			k.Title += ", primary now " + orDash(move.To)
		}
		k.Anchor, k.TextX = "start", k.X+8
		if k.X+8+float64(len(k.Text))*charWidth > v.Right {
			k.Anchor, k.TextX = "end", k.X-8
		}
		marks = append(marks, k)
	}
	// A label that would run into the next sign is left to the table below.
	for i := range marks {
		for j := range marks {
			if i != j && marks[j].X > marks[i].X-2 && marks[j].X < marks[i].TextX+float64(len(marks[i].Text))*charWidth && marks[i].Anchor == "start" && (j > i) {
				marks[i].Text = ""
			}
		}
	}
	return marks
}

// drawMaterials marks where a member turned to new key material.
func (m *Model) drawMaterials(a axis, v timelineView) []mark {
	var marks []mark
	for i, lane := range m.Timeline.Lanes {
		for j := 1; j < len(lane.Segments); j++ {
			before, now := lane.Segments[j-1], lane.Segments[j]
			if before.Material == "" || now.Material == "" || before.Material == now.Material {
				continue
			}
			marks = append(marks, mark{
				X: a.x(now.Start), Y1: v.Lanes[i].Y, Y2: v.Lanes[i].Y + laneHeight, Class: "material",
				Title: fmt.Sprintf("%s %s turns to key material %s", m.offset(now.Start), lane.Region, short(now.Material)),
			})
		}
	}
	return marks
}

// drawSteps puts each step into the first row that has room for it.
func (m *Model) drawSteps(a axis, y float64) (bars []rect, bottom float64) {
	var ends []float64 // of the last bar of each row
	for _, s := range m.Steps {
		if s.Start.IsZero() || strings.Contains(s.Number, ".") {
			continue
		}
		x := a.x(s.Start)
		w := max(a.x(s.Start.Add(time.Duration(s.Took)))-x, 20)
		x = min(x, drawWidth-drawRight-w)
		row := slices.IndexFunc(ends, func(end float64) bool { return end+2 <= x })
		if row < 0 {
			row = len(ends)
			ends = append(ends, 0)
		}
		ends[row] = x + w
		bars = append(bars, rect{
			X: x, Y: y + float64(row)*(stepHeight+3), W: w, H: stepHeight, Class: "step " + stepClass(s.Outcome), Text: s.Number,
			Title: fmt.Sprintf("step %s %s, %s, took %s: %s", s.Number, s.ID, m.offset(s.Start), s.Took, s.Outcome),
		})
	}
	return bars, y + float64(len(ends))*(stepHeight+3)
}

func stepClass(outcome string) string {
	switch outcome {
	case "ok", "done":
		return "ok"
	case "failed", stepUnfinished:
		return "bad"
	case "unknown", "unanswered":
		return "doubt"
	default:
		return "idle"
	}
}

// describeTimeline says in words what the drawing shows.
func (m *Model) describeTimeline() string {
	var parts []string
	for _, f := range m.Timeline.Faults {
		parts = append(parts, fmt.Sprintf("%s in %s from %s to %s", f.Name, strings.Join(f.In, " and "), m.offset(f.Start), m.offset(f.End)))
	}
	for _, move := range m.Recovery.Moves {
		parts = append(parts, fmt.Sprintf("promotion asked in %s at %s: %s", move.AskedIn, m.offset(move.At), move.answer()))
	}
	return strings.Join(parts, "; ")
}
