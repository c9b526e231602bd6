package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// materialAgrees: every member holds the same current key material at the end,
// and never went on for long with another than its siblings.
func materialAgrees(r *Run, with runbook.CheckWith) answer {
	a := agree(r, with, "current key material", func(m seen) (string, bool) { return m.Material, m.Material != "" })
	if lines := r.disagreements(with); a.verdict != journal.Fail && len(lines) > 0 {
		return fail(lines, "members went on with different current key material")
	}
	return a
}

// disagreements are the stretches in which members went on saying different
// current key material. A new one shows in all within seconds of the first
// (recorded on AWS); how often the drill looks bounds what it can vouch for:
// a twentieth of the time since the last change. A Region that a fault keeps
// from synchronising is left out.
func (r *Run) disagreements(with runbook.CheckWith) (lines []string) {
	for _, k := range r.Planned.Keys {
		current := map[string]seen{}
		var since, changed time.Time
		for _, m := range append(slices.Clone(r.members), seen{at: r.Ended}) {
			for region := range current {
				if r.held(region, m.at) {
					delete(current, region)
				}
			}
			if oneMaterial(current) {
				since = time.Time{}
			}
			if !since.IsZero() && m.at.Sub(since) > max(2*time.Minute, since.Sub(changed)/10) {
				lines = append(lines, fmt.Sprintf("%s from journal line %d on: %s", k.Name, m.n, saying(current)))
				break
			}
			if m.Key != k.Name || !within(with, m.Region) || r.held(m.Region, m.at) {
				continue
			}
			if m.State == gone || m.Material == "" {
				delete(current, m.Region)
			} else {
				if was, ok := current[m.Region]; ok && was.Material != m.Material && since.IsZero() {
					changed = was.at
				}
				current[m.Region] = m
			}
			switch {
			case oneMaterial(current):
				since, changed = time.Time{}, m.at
			case since.IsZero():
				since = m.at
			}
		}
	}
	return lines
}

// held says whether a fault kept a Region from synchronising at a moment.
func (r *Run) held(region string, at time.Time) bool {
	return slices.ContainsFunc(r.faults, func(f fault) bool {
		return strings.HasPrefix(f.Kind, "replication-") && f.holds(at) && (len(f.In) == 0 || slices.Contains(f.In, region))
	})
}

func oneMaterial(current map[string]seen) bool {
	for _, a := range current {
		for _, b := range current {
			if a.Material != b.Material {
				return false
			}
		}
	}
	return true
}

func saying(current map[string]seen) string {
	var words []string
	for _, region := range sortedKeys(current) {
		words = append(words, region+" "+brief(current[region].Material))
	}
	return strings.Join(words, ", ")
}
