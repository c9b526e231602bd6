package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// finish settles what only the end of the journal tells.
func (b *builder) finish() {
	m := &b.model
	m.Run.StartedAt, m.Run.FinishedAt = b.started, b.last
	m.Run.Took = Millis(b.last.Sub(b.started))
	m.Steps = b.steps.finish()
	m.Timeline = b.timeline.finish(b.started, b.last)
	why := map[string]string{}
	for _, s := range m.Steps {
		why[s.ID] = s.Why
	}
	m.Recovery.Moves = b.timeline.moves
	for i := range m.Recovery.Moves {
		m.Recovery.Moves[i].Why = why[m.Recovery.Moves[i].Step]
		m.Recovery.Moves[i].Approval = m.waited(m.Recovery.Moves[i])
	}
	m.Trails, b.unread = b.trails.finish(b.planned.Regions)
	m.Keys = keyChanges(b.snapshots, b.planned.Regions)
	if b.ended == nil {
		m.Verdict = Outcome{Status: statusIncomplete, Exit: -1, Headline: fmt.Sprintf("The journal ends at line %d without a verdict: the run was cut off.", m.Evidence.JournalLines)}
		return
	}
	status := map[journal.Verdict]string{journal.Pass: statusPassed, journal.Fail: statusFailed}[b.ended.Verdict]
	m.Verdict = Outcome{Status: cmp.Or(status, statusUnknown), Exit: b.ended.Exit, Headline: headline(b.ended.Headline)}
	m.Cleanup.Left = b.ended.Left
	for _, what := range slices.Sorted(maps.Keys(b.ended.Spent)) {
		m.Spend = append(m.Spend, Spend{what, b.ended.Spent[what]})
	}
}

// waited is what the people took whose approval a promotion needed: until the
// last answer before it. Nil when nobody was asked.
func (m *Model) waited(move Move) *Millis {
	var longest *Millis
	for _, a := range m.Approvals {
		for _, answer := range a.Answers {
			if a.Step == move.Step && a.Step != "" && !answer.At.After(move.At) && (longest == nil || answer.Waited > *longest) {
				longest = &answer.Waited
			}
		}
	}
	return longest
}

// headline is the drill's own, without the word for the verdict that stands
// before it wherever it is shown.
func headline(s string) string {
	for _, word := range []string{"PASSED", "FAILED", "UNKNOWN"} {
		if rest, ok := strings.CutPrefix(s, word); ok {
			return strings.TrimLeft(rest, ":, ")
		}
	}
	return s
}

// history reads the calls twice: once for how long the load lasted, once for
// all the rest.
func (b *builder) history(calls History) error {
	m := &b.model
	probes, steps := map[string]bool{}, map[string]bool{}
	for _, p := range b.planned.Probes {
		probes[p.Name] = true
	}
	for _, s := range m.Steps {
		steps[s.ID] = true
	}
	var start, end time.Time
	err := calls(func(r history.Record) error {
		if !probes[r.Source] {
			return nil
		}
		if start.IsZero() || r.Due.Before(start) {
			start = r.Due
		}
		if r.Due.After(end) {
			end = r.Due
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("work out the report: %w", err)
	}
	traffic, crypto, counts := newTrafficLog(b.planned.Probes, m.Timeline.Faults, start, end), newCryptoLog(m.Timeline.Faults), map[[3]string]*CallCount{}
	err = calls(func(r history.Record) error {
		m.Evidence.HistoryCalls++
		by := "drill"
		switch {
		case probes[r.Source]:
			by = "probes"
			traffic.add(r)
		case steps[r.Source]:
			by = "steps"
		}
		crypto.add(r)
		countCall(counts, r, by)
		return nil
	})
	if err != nil {
		return fmt.Errorf("work out the report: %w", err)
	}
	m.Evidence.HistoryRead = true
	m.Traffic = traffic.finish(b.planned.Regions)
	m.Crypto = crypto.finish(b.planned.Regions)
	m.Recovery.Gaps = longestGaps(m.Traffic.Regions)
	for _, c := range counts {
		m.Calls = append(m.Calls, *c)
	}
	slices.SortFunc(m.Calls, func(x, y CallCount) int {
		return cmp.Or(cmp.Compare(x.Op, y.Op), byOrder(b.planned.Regions, x.Region, y.Region), cmp.Compare(x.By, y.By))
	})
	return nil
}

func countCall(counts map[[3]string]*CallCount, r history.Record, by string) {
	id := [3]string{r.Op, r.To, by}
	c, ok := counts[id]
	if !ok {
		c = &CallCount{Op: r.Op, Region: r.To, By: by}
		counts[id] = c
	}
	c.Calls++
	switch r.Outcome {
	case history.Failed:
		c.Failed++
	case history.Unknown:
		c.Unknown++
	default: // ok
	}
}

// longestGaps returns the gaps of all Regions, the longest first.
func longestGaps(regions []RegionTraffic) []RegionGap {
	var all []RegionGap
	for _, r := range regions {
		for _, g := range r.Gaps {
			all = append(all, RegionGap{r.Region, g})
		}
	}
	slices.SortStableFunc(all, func(a, b RegionGap) int { return cmp.Compare(b.Took, a.Took) })
	return all
}
