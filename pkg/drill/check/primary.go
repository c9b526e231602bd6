package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// The roles of a member, as DescribeKey has them.
const rolePrimary = "PRIMARY"

// onePrimary: at no moment did two members of a key set act as primary. Each
// reading of a member is a moment at which its role is certain; between two
// readings that agree it is taken to have stayed. So two members are caught
// when one was read as primary between two such readings of the other, or both
// in one snapshot. Two members that both call themselves replica are none:
// during a promotion AWS shows that.
func onePrimary(r *Run, with runbook.CheckWith) answer {
	readings := map[string]map[string][]seen{} // by key set and Region, in order
	total, primaries := 0, 0
	for _, m := range r.members {
		if m.Role == "" || !within(with, m.Region) {
			continue
		}
		if readings[m.Key] == nil {
			readings[m.Key] = map[string][]seen{}
		}
		readings[m.Key][m.Region] = append(readings[m.Key][m.Region], m)
		total++
		if m.Role == rolePrimary {
			primaries++
		}
	}
	if total == 0 || primaries == 0 {
		return unknown("no member was ever read as primary (%s)", count(total, "reading"))
	}
	var lines []string
	for key, byRegion := range readings {
		for a, of := range byRegion {
			for b, other := range byRegion {
				if a == b {
					continue
				}
				for _, m := range of {
					if from, to, ok := primaryAround(other, m.at); m.Role == rolePrimary && ok {
						lines = append(lines, fmt.Sprintf("journal line %d: %s read as primary of %s at %s, while %s was from line %d to %d",
							m.n, a, key, m.at.Format(time.RFC3339Nano), b, from, to))
					}
				}
			}
		}
	}
	if len(lines) > 0 {
		slices.Sort(lines)
		return fail(lines, "in %s of members two primaries were seen %d times", count(total, "reading"), len(lines))
	}
	return pass("%s of members, never two primaries of a key set at a time", count(total, "reading"))
}

// primaryAround says whether a member was primary at a moment: the readings on
// both sides of it, or one of that very moment, say so. It returns their lines.
func primaryAround(readings []seen, at time.Time) (from, to int64, ok bool) {
	for i, m := range readings {
		if m.Role != rolePrimary {
			continue
		}
		if m.at.Equal(at) {
			return m.n, m.n, true
		}
		if i+1 < len(readings) && readings[i+1].Role == rolePrimary && m.at.Before(at) && !readings[i+1].at.Before(at) {
			return m.n, readings[i+1].n, true
		}
	}
	return 0, 0, false
}
