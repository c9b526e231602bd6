package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

func aliasesOf(m seen) string {
	return strings.Join(slices.Sorted(slices.Values(m.Aliases)), " ")
}

// changesOfOwn are the operations that change a policy or an alias by intent.
func changesOfOwn() []string {
	return []string{"PutKeyPolicy", "CreateAlias", "UpdateAlias", "DeleteAlias"}
}

// untouched: no promotion changed a key policy or an alias of any member. Each
// promotion that happened is looked at between the last whole reading of a
// member before it and the first one after it.
func untouched(r *Run, with runbook.CheckWith) answer {
	promotions, compared := 0, 0
	var lines, missing []string
	for _, c := range r.calls {
		if c.Op != "UpdatePrimaryRegion" || !r.happened(c) {
			continue
		}
		promotions++
		for _, region := range r.regionsBefore(c) {
			if !within(with, region) {
				continue
			}
			before, after := r.readings(c, region)
			if before == nil || after == nil {
				missing = append(missing, fmt.Sprintf("journal line %d, %s: no snapshot on both sides of the promotion that nothing else lies between", c.n, region))
				continue
			}
			compared++
			if before.PolicySHA != after.PolicySHA {
				lines = append(lines, fmt.Sprintf("journal line %d: the policy of %s in %s was %s in line %d and is %s in line %d", c.n, c.Key, region, brief(before.PolicySHA), before.n, brief(after.PolicySHA), after.n))
			}
			if was, is := aliasesOf(*before), aliasesOf(*after); was != is {
				lines = append(lines, fmt.Sprintf("journal line %d: the aliases of %s in %s were %s in line %d and are %s in line %d", c.n, c.Key, region, brief(was), before.n, brief(is), after.n))
			}
		}
	}
	switch {
	case promotions == 0:
		return unknown("nothing was promoted")
	case len(lines) > 0:
		return fail(lines, "%s changed what is each member's own", count(promotions, "promotion"))
	case len(missing) > 0:
		return unknown("%s", strings.Join(missing, "; "))
	case compared == 0:
		return unknown("no member was read around %s", count(promotions, "promotion"))
	}
	return pass("%s, and in %s of members before and after nothing of their own changed", count(promotions, "promotion"), count(compared, "pair"))
}

// regionsBefore are the Regions in which a member was read whole before a
// promotion: what was made later can't have been touched by it.
func (r *Run) regionsBefore(promotion call) (list []string) {
	for _, m := range r.members {
		if m.Key == promotion.Key && m.n < promotion.n && m.whole && m.PolicySHA != "" && !slices.Contains(list, m.Region) {
			list = append(list, m.Region)
		}
	}
	return list
}

// readings returns the last whole reading of a member before the answer of a
// promotion began to be waited for, and the first after it, unless a policy or
// alias was changed by intent between them.
func (r *Run) readings(promotion call, region string) (before, after *seen) {
	began := promotion.at.Add(-promotion.Took)
	for i := range r.members {
		m := &r.members[i]
		if m.Key != promotion.Key || m.Region != region || !m.whole || m.PolicySHA == "" {
			continue
		}
		if !m.at.After(began) && m.n < promotion.n {
			before = m
		} else if m.n > promotion.n && after == nil {
			after = m
		}
	}
	if before == nil || after == nil {
		return nil, nil
	}
	for _, c := range r.calls {
		if c.n > before.n && c.n < after.n && c.To == region && r.happened(c) && slices.Contains(changesOfOwn(), c.Op) {
			return nil, nil
		}
	}
	return before, after
}
