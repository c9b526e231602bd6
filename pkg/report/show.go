package report

import (
	"strings"
)

// Document is the report in short, for a terminal. Its data is all of it.
func (m *Model) Document() Document {
	d := Document{
		Kind:    "report",
		Title:   strings.ToUpper(m.Verdict.Status) + "  " + m.Run.Runbook + ": " + m.Verdict.Headline + "\n" + m.Origin.Stamp,
		Columns: Columns("OBJECTIVE OR CHECK", "VERDICT", "WHAT WAS SEEN"),
		Data:    m,
	}
	for _, o := range m.Objectives {
		d.Rows = append(d.Rows, []string{o.Name, verdictMark(o.Verdict), o.Measured + ", wanted " + o.Target})
	}
	for _, c := range m.Checks {
		d.Rows = append(d.Rows, []string{c.Name, verdictMark(c.Verdict), c.Detail})
	}
	traffic := Table{Title: "Availability and latency", Columns: Columns("REGION", "PHASE", ">SENT", ">FAILED", ">UNKNOWN", ">AVAILABILITY", ">p50", ">p95", ">p99", ">MAX")}
	for _, r := range m.Traffic.Regions {
		for _, s := range r.Phases {
			traffic.Rows = append(traffic.Rows, append([]string{r.Region}, s.cells()...))
		}
	}
	moves := Table{Title: "Promotions", Columns: Columns("WHEN", "ASKED IN", "ANSWER", ">TOOK", "WHAT FOLLOWED, OR WHY NOT")}
	for _, v := range m.Recovery.Moves {
		moves.Rows = append(moves.Rows, []string{m.offset(v.At), v.AskedIn, v.answer(), v.Took.String(), v.followed()})
	}
	steps := Table{Title: "Steps", Columns: Columns("#", "STEP", "START", ">TOOK", "OUTCOME", "OBSERVED")}
	for _, s := range m.Steps {
		start := ""
		if !s.Start.IsZero() {
			start = m.offset(s.Start)
		}
		steps.Rows = append(steps.Rows, []string{s.Number, s.ID, start, s.Took.String(), s.Mark(), s.Observed})
	}
	for _, t := range []Table{traffic, moves, steps} {
		if len(t.Rows) > 0 {
			d.More = append(d.More, t)
		}
	}
	for _, f := range m.Findings {
		if f.Rank != rankLesson {
			d.Notes = append(d.Notes, f.Rank+": "+f.What+". Next: "+f.Next)
		}
	}
	if len(m.Cleanup.Left) == 0 && m.Verdict.Status != statusIncomplete {
		d.Notes = append(d.Notes, "left behind: nothing")
	}
	return d
}
