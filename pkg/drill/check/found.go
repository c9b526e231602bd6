package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// leftAsFound: every key set is as the first snapshot has it. Key material may
// differ when something in the run was meant to change it.
func leftAsFound(r *Run, with runbook.CheckWith) answer {
	before, after := r.before(), r.after()
	switch {
	case before == nil:
		return unknown("there is no snapshot of the beginning")
	case after == nil:
		return unknown("there is no snapshot of the end")
	}
	now := map[[2]string]seen{}
	for _, m := range r.members {
		if m.n == after.n {
			now[[2]string{m.Key, m.Region}] = m
		}
	}
	compared := 0
	var lines, missing []string
	differs := func(key, region, what, was, is string) {
		if was != is {
			lines = append(lines, fmt.Sprintf("%s in %s: %s was %s (journal line %d), is %s (line %d)", key, region, what, brief(was), before.n, brief(is), after.n))
		}
	}
	for _, m := range r.members {
		if m.n != before.n || !within(with, m.Region) {
			continue
		}
		id := [2]string{m.Key, m.Region}
		is, there := now[id]
		delete(now, id)
		switch {
		case !there || is.State == gone:
			lines = append(lines, fmt.Sprintf("%s in %s is no longer there", m.Key, m.Region))
			continue
		case m.Unreachable != "" || is.Unreachable != "":
			missing = append(missing, fmt.Sprintf("%s in %s could not be read: %s", m.Key, m.Region, m.Unreachable+is.Unreachable))
			continue
		}
		compared++
		differs(m.Key, m.Region, "role", m.Role, is.Role)
		differs(m.Key, m.Region, "state", m.State, is.State)
		differs(m.Key, m.Region, "primary Region", m.Primary, is.Primary)
		differs(m.Key, m.Region, "list of replicas", sorted(m.Replicas), sorted(is.Replicas))
		differs(m.Key, m.Region, "set of aliases", aliasesOf(m), aliasesOf(is))
		differs(m.Key, m.Region, "key policy", m.PolicySHA, is.PolicySHA)
		differs(m.Key, m.Region, "set of tags", m.TagsSHA, is.TagsSHA)
		differs(m.Key, m.Region, "set of grants", m.GrantsSHA, is.GrantsSHA)
		differs(m.Key, m.Region, "rotation", m.Rotation, is.Rotation)
		if !r.mayRotate(m) {
			differs(m.Key, m.Region, "key material", m.Material, is.Material)
		}
	}
	for id, m := range now {
		if m.State != gone && within(with, m.Region) {
			lines = append(lines, fmt.Sprintf("%s in %s was not there before: it is %s now (journal line %d)", id[0], id[1], m.State, after.n))
		}
	}
	slices.Sort(lines)
	switch {
	case len(lines) > 0:
		return fail(lines, "%s from what was found", count(len(lines), "difference"))
	case len(missing) > 0:
		return unknown("%s", strings.Join(missing, "; "))
	case compared == 0:
		return unknown("no member was read before and after")
	}
	return pass("%s compared with the snapshot of the beginning, nothing differs", count(compared, "member"))
}

func sorted(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), " ") }

// mayRotate says whether the key material of a member was meant to change: by
// a call of the drill, or because automatic rotation was on.
func (r *Run) mayRotate(m seen) bool {
	if m.Rotation != "" && m.Rotation != "off" {
		return true
	}
	for _, c := range r.calls {
		if c.Key == m.Key && r.happened(c) && slices.Contains([]string{"RotateKeyOnDemand", "EnableKeyRotation", "ImportKeyMaterial"}, c.Op) {
			return true
		}
	}
	return false
}
