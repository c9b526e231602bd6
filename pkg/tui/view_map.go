package tui

import (
	"strings"
)

// place is where a Region is on the earth, in degrees.
type place struct{ lat, lon float64 }

// places of the Regions of the commercial partition, the metropolitan area that
// AWS names for each.
func places() map[string]place {
	return map[string]place{
		"us-east-1": {38.9, -77.4}, "us-east-2": {40.0, -83.0}, "us-west-1": {37.4, -122}, "us-west-2": {45.8, -119.7},
		"ca-central-1": {45.5, -73.6}, "ca-west-1": {51.0, -114.1}, "sa-east-1": {-23.5, -46.6}, "mx-central-1": {20.6, -100.4},
		"eu-west-1": {53.3, -6.3}, "eu-west-2": {51.5, -0.1}, "eu-west-3": {48.9, 2.4}, "eu-central-1": {50.1, 8.7},
		"eu-central-2": {47.4, 8.5}, "eu-north-1": {59.3, 18.1}, "eu-south-1": {45.5, 9.2}, "eu-south-2": {41.6, -0.9},
		"me-south-1": {26.1, 50.6}, "me-central-1": {24.5, 54.4}, "il-central-1": {32.1, 34.8}, "af-south-1": {-33.9, 18.4},
		"ap-south-1": {19.1, 72.9}, "ap-south-2": {17.4, 78.5}, "ap-southeast-1": {1.35, 103.8}, "ap-southeast-2": {-33.9, 151.2},
		"ap-southeast-3": {-6.2, 106.8}, "ap-southeast-4": {-37.8, 145}, "ap-southeast-5": {3.1, 101.7}, "ap-southeast-7": {13.8, 100.5},
		"ap-northeast-1": {35.7, 139.7}, "ap-northeast-2": {37.6, 127}, "ap-northeast-3": {34.7, 135.5}, "ap-east-1": {22.3, 114.2},
	}
}

// viewMap shows the same lanes where they are on the earth. Regions whose place
// is not known are listed below.
func (m Model) viewMap(width, height int) []string {
	t := m.theme
	inner, rows := width-4, height-3
	if inner < 40 || rows < 8 {
		return t.box("Map", []string{"the map needs a larger terminal; the lanes (1) show the same"}, width, height)
	}
	canvas := newCanvas(inner, rows)
	var elsewhere []string
	for i, l := range m.story.Lanes {
		symbol, word, look := t.lane(l)
		label := symbol + " " + clean(l.Region) + " " + strings.ToLower(clean(word))
		if l.Role == "PRIMARY" {
			label += " PRIMARY"
		}
		if i == m.region {
			label = t.cursor + label
		}
		p, ok := places()[l.Region]
		if !ok {
			elsewhere = append(elsewhere, look.Render(label))
			continue
		}
		x := int((p.lon + 130) / 290 * float64(inner-1))
		y := int((62 - p.lat) / 104 * float64(rows-1))
		canvas.put(x, y, label, func(s string) string { return look.Render(s) })
	}
	lines := canvas.lines()
	lines = append(lines, m.legend()+"  "+strings.Join(elsewhere, "  "))
	return t.box("Map", lines, width, height)
}

func (m Model) legend() string {
	t := m.theme
	return t.faint.Render(t.enabled + " enabled  " + t.updating + " changing  " + t.dark + " no answer  " + t.absent + " not read")
}

// canvas is a grid on which labels are put. A label that would cover another is
// moved down, then up, to the nearest free row.
type canvas struct {
	width, height int
	labels        map[int][]label
}

type label struct {
	x    int
	text string
	look func(string) string
}

func newCanvas(width, height int) *canvas {
	return &canvas{width, height, map[int][]label{}}
}

func (c *canvas) put(x, y int, text string, look func(string) string) {
	size := len([]rune(text))
	x = min(max(x, 0), max(c.width-size, 0))
	for away := range c.height {
		for _, row := range []int{y + away, y - away} {
			if row >= 0 && row < c.height && c.free(row, x, size) {
				c.labels[row] = append(c.labels[row], label{x, text, look})
				return
			}
		}
	}
}

func (c *canvas) free(row, x, size int) bool {
	for _, l := range c.labels[row] {
		if x < l.x+len([]rune(l.text))+2 && l.x < x+size+2 {
			return false
		}
	}
	return true
}

func (c *canvas) lines() []string {
	rows := make([]string, 0, c.height)
	for y := range c.height {
		var b strings.Builder
		at := 0
		for at < c.width {
			if l, ok := c.at(y, at); ok {
				b.WriteString(l.look(l.text))
				at += len([]rune(l.text))
				continue
			}
			b.WriteByte(' ')
			at++
		}
		rows = append(rows, b.String())
	}
	return rows
}

func (c *canvas) at(y, x int) (label, bool) {
	for _, l := range c.labels[y] {
		if l.x == x {
			return l, true
		}
	}
	return label{}, false
}
