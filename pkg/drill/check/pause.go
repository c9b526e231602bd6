package check

import (
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// neverPaused: where no fault was on, no call of a load to encrypt or decrypt
// failed; with during, only while those steps ran, and then each of them must
// have seen some calls.
func neverPaused(r *Run, with runbook.CheckWith) answer {
	if len(with.During) == 0 {
		return pausedOf(r.seen.steady, r.seen.paused, "the run")
	}
	var sum outcomes
	var all found
	var silent []string
	for _, step := range with.During {
		p := r.seen.pausedIn[step]
		if p == nil || p.calls.sum() == 0 {
			silent = append(silent, step)
			continue
		}
		sum.ok += p.calls.ok
		sum.failed += p.calls.failed
		sum.unknown += p.calls.unknown
		all.count += p.count
		all.first = append(all.first, p.first...)
	}
	where := strings.Join(with.During, " and ")
	if all.count == 0 && len(silent) > 0 {
		return unknown("no cryptographic call of a load was due while %s ran", strings.Join(silent, " and "))
	}
	return pausedOf(sum, all, where)
}

func pausedOf(sum outcomes, bad found, where string) answer {
	switch {
	case sum.sum() == 0:
		return unknown("no cryptographic call of a load that no fault could have hit")
	case bad.count > 0:
		return fail(bad.first, "of %s during %s where no fault was on, %d failed and %d have no known outcome", count(sum.sum(), "cryptographic call"), where, sum.failed, sum.unknown)
	}
	return pass("%s during %s where no fault was on, and none failed", count(sum.sum(), "cryptographic call"), where)
}

// agree holds one property of the members of each key set against one another,
// as the last snapshot has them.
func agree(r *Run, with runbook.CheckWith, what string, of func(seen) (value string, known bool)) answer {
	s := r.after()
	if s == nil {
		return unknown("there is no snapshot of the end")
	}
	members, compared := 0, 0
	var lines, missing []string
	for _, k := range s.Keys {
		first := ""
		for i, m := range k.Members {
			if m.State == gone || !within(with, m.Region) {
				continue
			}
			members++
			value, known := of(seen{s.n, s.at, true, k.Members[i]})
			switch {
			case !known:
				missing = append(missing, fmt.Sprintf("the %s of %s in %s was not read", what, k.Name, m.Region))
				continue
			case first == "":
				first = m.Region + "\x00" + value
				continue
			}
			compared++
			if region, want, _ := strings.Cut(first, "\x00"); value != want {
				lines = append(lines, fmt.Sprintf("journal line %d: %s of %s: %s has %s, %s has %s", s.n, what, k.Name, region, brief(want), m.Region, brief(value)))
			}
		}
	}
	switch {
	case len(lines) > 0:
		return fail(lines, "the %s differs between members", what)
	case len(missing) > 0:
		return unknown("%s", strings.Join(missing, "; "))
	case compared == 0:
		return unknown("no two members were read at the end")
	}
	return pass("%s, the same %s in each", count(members, "member"), what)
}

// brief makes a value short enough for a line.
func brief(value string) string {
	switch {
	case value == "":
		return "none"
	case len(value) == 64 && !strings.Contains(value, " "):
		return short(value)
	}
	return value
}

func policiesAgree(r *Run, with runbook.CheckWith) answer {
	return agree(r, with, "key policy", func(m seen) (string, bool) { return m.PolicySHA, m.PolicySHA != "" })
}

// A member whose policy was read was read whole, so that no alias and no grant
// are an answer too.

func aliasesAgree(r *Run, with runbook.CheckWith) answer {
	return agree(r, with, "set of aliases", func(m seen) (string, bool) { return aliasesOf(m), m.PolicySHA != "" })
}

func grantsAgree(r *Run, with runbook.CheckWith) answer {
	return agree(r, with, "set of grants", func(m seen) (string, bool) { return m.GrantsSHA, m.PolicySHA != "" })
}
