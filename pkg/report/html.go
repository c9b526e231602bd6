package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html page_charts.html page.css
var pageFiles embed.FS

// HTML writes the report as one self-contained page: no script, no font, no
// picture and no style from anywhere else, and a policy that forbids them. The
// page's one style sheet is allowed by its hash, so that text which got past
// the escaping could not even change a colour.
func (m *Model) HTML() ([]byte, error) {
	t, err := pageTemplate()
	if err != nil {
		return nil, fmt.Errorf("write the report as HTML: %w", err)
	}
	var b bytes.Buffer
	p := page{Model: m, TimelineView: m.drawTimeline(), TrafficViews: m.drawTraffic(), MoveViews: m.drawPromotions()}
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("write the report as HTML: %w", err)
	}
	return b.Bytes(), nil
}

// pageTemplate is the template of the page, with its style sheet and the hash
// of it in place.
func pageTemplate() (*template.Template, error) {
	css, err := pageFiles.ReadFile("page.css")
	if err != nil {
		return nil, err
	}
	page, err := pageFiles.ReadFile("page.html")
	if err != nil {
		return nil, err
	}
	style := strings.ReplaceAll(strings.TrimSpace(string(css)), "\n", "")
	sum := sha256.Sum256([]byte(style))
	source := strings.NewReplacer("STYLEHASH", base64.StdEncoding.EncodeToString(sum[:]), "STYLESHEET", style).Replace(string(page))
	t, err := template.New("page").Funcs(pageFuncs()).Parse(source)
	if err != nil {
		return nil, err
	}
	return t.ParseFS(pageFiles, "page_charts.html")
}

// page is what the template sees.
type page struct {
	*Model
	TimelineView timelineView
	TrafficViews []trafficView
	MoveViews    []moveView
}

// pageSection is a section of the page, in order.
type pageSection struct{ ID, Title string }

func pageSections() []pageSection {
	return []pageSection{
		{"scenario", "Scenario"},
		{"timeline", "Timeline"},
		{"recovery", "Outage and recovery"},
		{"traffic", "Availability and latency"},
		{"crypto", "Encrypted in × decrypted in"},
		{"checks", "Objectives and checks"},
		{"findings", "Findings and action items"},
		{"steps", "Steps"},
		{"keys", "Keys before and after"},
		{"calls", "Calls and audit trails"},
		{"cleanup", "Spend and cleanup"},
		{"evidence", "Make it again"},
		{"limits", "What this run cannot show"},
	}
}

// Sections are the sections for the table of contents.
func (p page) Sections() []pageSection { return pageSections() }

// Offset writes a moment as its distance from the start of the drill.
func (p page) Offset(at time.Time) string { return p.offset(at) }

// Actions are the findings that somebody has to act on.
func (p page) Actions() []Finding {
	return slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool { return f.Rank == rankLesson })
}

// Lessons are the explanations of what the steps met.
func (p page) Lessons() []Finding {
	return slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool { return f.Rank != rankLesson })
}

// Span is the width of the plot.
func (v timelineView) Span() float64 { return v.Right - v.Left }

// TickY is where the labels of the axis stand.
func (v timelineView) TickY() float64 { return v.AxisY + 16 }

// Has says whether some Region is shaded with the pattern of that name.
func (v timelineView) Has(fill string) bool {
	return slices.ContainsFunc(v.Shades, func(r rect) bool { return r.Fill == fill })
}

// Center is the middle of a bar.
func (r rect) Center() float64 { return r.X + r.W/2 }

// Mid is the middle of a piece of an axis.
func (p axisPiece) Mid() float64 { return (p.x0 + p.x1) / 2 }

// Title says how long a stretch was cut.
func (p axisPiece) Title() string { return span(p.to-p.from) + " in which nothing happened" }

// mostCallRows bounds the calls that the page shows of one step.
const mostCallRows = 40

func pageFuncs() template.FuncMap {
	return template.FuncMap{
		"title": func(id string) string {
			sections := pageSections()
			return sections[slices.IndexFunc(sections, func(s pageSection) bool { return s.ID == id })].Title
		},
		"utc":         func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"upper":       strings.ToUpper,
		"join":        func(list []string) string { return orDash(strings.Join(list, ", ")) },
		"dash":        orDash,
		"short":       func(s string) string { return orDash(short(s)) },
		"count":       count,
		"int":         func(n int) string { return count(int64(n)) },
		"percent":     func(p *float64) string { return percent(*p) },
		"ms":          millisCell,
		"f":           func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
		"add":         func(a, b float64) float64 { return a + b },
		"verdictMark": verdictMark,
		"outcomeMark": outcomeMark,
		"stepClass":   stepClass,
		"verdictSign": verdictSign,
		"rankClass": func(rank string) string {
			return map[string]string{rankFailed: "bad", rankLeft: "bad", rankUnknown: "doubt"}[rank]
		},
		"phaseClass": func(s Stats) string {
			switch {
			case s.Phase == phaseWhole:
				return "whole"
			case s.Phase == phaseDuring && s.OK < s.Requests:
				return "during hurt"
			case s.Phase == phaseDuring:
				return "during"
			}
			return ""
		},
		"followed": Move.followed,
		"lasted":   func(f FaultSpan) string { return span(f.End.Sub(f.Start)) },
		"first12":  func(g []RegionGap) []RegionGap { return g[:min(12, len(g))] },
		"first":    func(c []StepCalls) []StepCalls { return c[:min(mostCallRows, len(c))] },
		"rest":     func(c []StepCalls) int { return max(0, len(c)-mostCallRows) },
		"calls":    callsSummary,
		"cellText": CellSum.text,
		"cellNote": CellSum.note,
		"cellClass": func(c CellSum) string {
			switch {
			case c.Tried == 0:
				return "idle"
			case c.Opened == 0:
				return "bad"
			case c.Opened < c.Tried:
				return "doubt"
			default:
				return "ok"
			}
		},
		"parts":      func(s string) []string { return strings.Split(s, "; ") },
		"memberRows": memberRows,
	}
}

func verdictSign(status string) string {
	return map[string]string{statusPassed: "✔", statusFailed: "✖"}[status] + map[string]string{statusUnknown: "?", statusIncomplete: "…"}[status]
}

func callsSummary(calls []StepCalls) string {
	total := 0
	for _, c := range calls {
		total += c.Count
	}
	if total == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", total)
}

// memberRow is a property of a key set's members before and after.
type memberRow struct {
	Name  string
	Cells []memberCell
}

type memberCell struct {
	Before, After string
	Differs       bool
}

// memberRows turns the members round: a row for each property that any has.
func memberRows(k KeyChange) []memberRow {
	var rows []memberRow
	for _, p := range properties(nil) {
		row, known := memberRow{Name: p.Name}, false
		for _, m := range k.Members {
			before, after := property(m.Before, p.Name), property(m.After, p.Name)
			known = known || before != "" || after != ""
			row.Cells = append(row.Cells, memberCell{orDash(short(before)), orDash(short(after)), k.After != "" && before != after})
		}
		if known {
			rows = append(rows, row)
		}
	}
	return rows
}
