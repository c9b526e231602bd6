package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// The judgements of a difference between two runs.
const (
	diffSame   = "~"
	diffBetter = "better"
	diffWorse  = "worse"
	diffOther  = "differs"
)

// Difference is a figure of one run beside that of another.
type Difference struct {
	Metric string `json:"metric"`
	A      string `json:"a"`
	B      string `json:"b"`
	Delta  string `json:"delta"`          // in percent where both are numbers
	Judged string `json:"judged"`         // ~, better, worse or differs
	Note   string `json:"note,omitempty"` // such as a test of significance
}

// Comparison is two runs side by side.
type Comparison struct {
	A           Run          `json:"a"`
	B           Run          `json:"b"`
	Warnings    []string     `json:"warnings"` // why the two can't be compared as equals
	Differences []Difference `json:"differences"`
}

// Compare puts run b beside run a, which came first. Latencies are called
// different only where a rank test finds them so and the medians differ by two
// percent or more; without the calls at hand, as in a report that was read
// from JSON, no test is made and nothing but the figures is shown.
func Compare(a, b *Model) Comparison {
	c := Comparison{A: a.Run, B: b.Run, Warnings: []string{}, Differences: []Difference{}}
	warn := func(what, x, y string) {
		if x != y {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s differs: %s and %s", what, orDash(x), orDash(y)))
		}
	}
	warn("the runbook", a.Run.Runbook, b.Run.Runbook)
	if a.Run.Runbook == b.Run.Runbook {
		warn("the text of the runbook", short(a.Evidence.SourceSHA), short(b.Evidence.SourceSHA))
	}
	warn("the world", a.Origin.Kind, b.Origin.Kind)
	warn("the speed", a.Run.Speed, b.Run.Speed)
	warn("the version of mrkctl", a.Run.Version, b.Run.Version)
	warn("what was sabotaged", a.Run.Sabotage, b.Run.Sabotage)
	c.verdicts(a, b)
	c.traffic(a, b)
	c.recovery(a, b)
	c.steps(a, b)
	return c
}

func (c *Comparison) add(d Difference) { c.Differences = append(c.Differences, d) }

// word compares two words. Rank tells how good each is.
func (c *Comparison) word(metric, a, b string, rank map[string]int) {
	d := Difference{Metric: metric, A: orDash(a), B: orDash(b), Judged: diffSame}
	if a != b {
		d.Judged = diffOther
		x, okA := rank[a]
		y, okB := rank[b]
		if okA && okB {
			d.Judged = map[bool]string{true: diffBetter, false: diffWorse}[y > x]
		}
	}
	c.add(d)
}

func (c *Comparison) verdicts(a, b *Model) {
	c.word("verdict", a.Verdict.Status, b.Verdict.Status, map[string]int{statusIncomplete: 0, statusFailed: 0, statusUnknown: 1, statusPassed: 2})
	answers := map[string]int{"fail": 0, "unknown": 1, "pass": 2}
	each(a.Objectives, b.Objectives, func(o Objective) string { return o.Name }, func(name string, x, y *Objective) {
		var d Difference
		d.Metric, d.Judged = name, diffSame
		if x != nil {
			d.A = x.Measured
		}
		if y != nil {
			d.B = y.Measured
		}
		if d.A != d.B {
			d.Judged = diffOther
		}
		if x != nil && y != nil {
			if x.Verdict != y.Verdict {
				d.Judged = map[bool]string{true: diffBetter, false: diffWorse}[answers[string(y.Verdict)] > answers[string(x.Verdict)]]
				d.Note = string(x.Verdict) + " → " + string(y.Verdict)
			} else {
				d.Note = "objective: " + string(y.Verdict) + " in both"
			}
		}
		d.A, d.B = orDash(d.A), orDash(d.B)
		c.add(d)
	})
	each(a.Checks, b.Checks, func(k Check) string { return k.Name }, func(name string, x, y *Check) {
		verdict := func(k *Check) string {
			if k == nil {
				return ""
			}
			return string(k.Verdict)
		}
		c.word("check "+name, verdict(x), verdict(y), answers)
	})
}

// each hands the elements of two lists to do in pairs of the same name, in the
// order of the first list and then of the second.
func each[T any](a, b []T, name func(T) string, do func(name string, x, y *T)) {
	find := func(list []T, n string) *T {
		if i := slices.IndexFunc(list, func(v T) bool { return name(v) == n }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for i := range a {
		do(name(a[i]), &a[i], find(b, name(a[i])))
	}
	for i := range b {
		if find(a, name(b[i])) == nil {
			do(name(b[i]), nil, &b[i])
		}
	}
}

func (c *Comparison) traffic(a, b *Model) {
	each(a.Traffic.Regions, b.Traffic.Regions, func(r RegionTraffic) string { return r.Region }, func(region string, x, y *RegionTraffic) {
		if x == nil || y == nil {
			return
		}
		each(x.Phases, y.Phases, func(s Stats) string { return s.Phase }, func(phase string, p, q *Stats) {
			if p == nil || q == nil {
				return
			}
			where := region + ", " + phase
			if p.Availability != nil && q.Availability != nil {
				c.number("availability "+where, *p.Availability, *q.Availability, func(v float64) string { return percent(v) }, true)
			}
			note, same := ranks(x.took[phase], y.took[phase])
			for _, l := range []struct {
				name string
				a, b *Millis
			}{{"p50", p.P50, q.P50}, {"p99", p.P99, q.P99}} {
				if l.a == nil || l.b == nil {
					continue
				}
				c.number(l.name+" "+where, float64(*l.a), float64(*l.b), func(v float64) string { return Millis(v).String() }, false)
				last := &c.Differences[len(c.Differences)-1]
				last.Note = note
				if same || math.Abs(float64(*l.b-*l.a)) < 0.02*float64(*l.a) {
					last.Judged = diffSame
				}
			}
		})
	})
}

// number compares two figures.
func (c *Comparison) number(metric string, a, b float64, text func(float64) string, moreIsBetter bool) {
	d := Difference{Metric: metric, A: text(a), B: text(b), Judged: diffSame}
	if a != b {
		d.Judged = map[bool]string{true: diffBetter, false: diffWorse}[(b > a) == moreIsBetter]
		if a != 0 {
			d.Delta = fmt.Sprintf("%+.1f %%", (b-a)/a*100)
		}
	}
	c.add(d)
}

func (c *Comparison) recovery(a, b *Model) {
	longest := func(m *Model) map[string]float64 {
		all := map[string]float64{}
		for _, g := range m.Recovery.Gaps {
			all[g.Region] = max(all[g.Region], float64(g.Took))
		}
		return all
	}
	x, y := longest(a), longest(b)
	for _, r := range a.Traffic.Regions {
		if x[r.Region] != 0 || y[r.Region] != 0 {
			c.number("longest time without a success, "+r.Region, x[r.Region], y[r.Region], func(v float64) string { return Millis(v).String() }, false)
		}
	}
	accepted := func(m *Model) []Move {
		return slices.DeleteFunc(slices.Clone(m.Recovery.Moves), func(v Move) bool { return v.Outcome != "ok" || v.Settled == nil })
	}
	each(accepted(a), accepted(b), func(v Move) string { return v.Step }, func(step string, p, q *Move) {
		if p != nil && q != nil {
			c.number("promotion settled, step "+step, float64(*p.Settled), float64(*q.Settled), func(v float64) string { return Millis(v).String() }, false)
		}
	})
}

// steps compares how the steps ended, and of those that ended alike how long
// they took where that differs by a tenth or more.
func (c *Comparison) steps(a, b *Model) {
	rank := map[string]int{"failed": 0, stepUnfinished: 0, "refused": 0, stepNotReached: 0, "ok": 1}
	each(a.Steps, b.Steps, func(s Step) string { return s.ID }, func(id string, x, y *Step) {
		outcome := func(s *Step) string {
			if s == nil {
				return ""
			}
			return s.Outcome
		}
		if outcome(x) != outcome(y) {
			c.word("step "+id, outcome(x), outcome(y), rank)
			return
		}
		if x == nil || y == nil || math.Abs(float64(y.Took-x.Took)) < 0.1*float64(x.Took) || x.Took == y.Took {
			return
		}
		c.number("step "+id+" took", float64(x.Took), float64(y.Took), func(v float64) string { return Millis(v).String() }, false)
	})
}

// Worse says whether run b is worse than run a in any figure.
func (c Comparison) Worse() bool {
	return slices.ContainsFunc(c.Differences, func(d Difference) bool { return d.Judged == diffWorse })
}

// Document shows the comparison: what differs, or all of it.
func (c Comparison) Document(all bool) Document {
	d := Document{
		Kind: "report-compare", Title: fmt.Sprintf("%s (a) and %s (b)", c.A.ID, c.B.ID),
		Columns: Columns("METRIC", ">A", ">B", ">DELTA", "JUDGED", "NOTE"), Data: c,
	}
	alike := 0
	for _, x := range c.Differences {
		if x.Judged == diffSame && !all {
			alike++
			continue
		}
		d.Rows = append(d.Rows, []string{x.Metric, x.A, x.B, x.Delta, x.Judged, x.Note})
	}
	for _, w := range c.Warnings {
		d.Notes = append(d.Notes, "not the same drill: "+w)
	}
	if alike > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d figures are alike; --all shows them", alike))
	}
	if len(d.Rows) == 0 {
		d.Notes = append([]string{"no difference"}, d.Notes...)
	}
	slices.SortStableFunc(d.Rows, func(x, y []string) int {
		order := []string{diffWorse, diffBetter, diffOther, diffSame}
		return cmp.Compare(slices.Index(order, x[4]), slices.Index(order, y[4]))
	})
	return d
}
