package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
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
	f := r.found(with)
	switch {
	case len(f.differ)+len(f.leaving) > 0:
		lines := slices.Sorted(slices.Values(append(f.differ, f.leaving...)))
		return fail(lines, "%s from what was found", count(len(lines), "difference"))
	case len(f.missing) > 0:
		return unknown("%s", strings.Join(f.missing, "; "))
	case f.compared == 0:
		return unknown("no member was read before and after")
	}
	return pass("%s compared with the snapshot of the beginning, nothing differs", count(f.compared, "member"))
}

// Remains are what is left of a drill that was taken back: how its key sets
// differ from the first snapshot. What it made and can only be rid of after KMS's
// waiting period is not among them, once its deletion is scheduled.
func Remains(r *Run) []string {
	if r.before() == nil || r.after() == nil {
		return nil
	}
	return slices.Sorted(slices.Values(r.found(runbook.CheckWith{}).differ))
}

// comparison is how the members at the end stand to those of the beginning.
type comparison struct {
	compared int
	differ   []string
	leaving  []string // differences that end by themselves: members that wait for their deletion
	missing  []string // what could not be read
}

func (r *Run) found(with runbook.CheckWith) (f comparison) {
	before, after := r.before(), r.after()
	now := map[[2]string]seen{}
	for _, m := range r.members {
		if m.n == after.n {
			now[[2]string{m.Key, m.Region}] = m
		}
	}
	differs := func(key, region, what, was, is string) {
		if was != is {
			f.differ = append(f.differ, fmt.Sprintf("%s in %s: %s was %s (journal line %d), is %s (line %d)", key, region, what, brief(was), before.n, brief(is), after.n))
		}
	}
	going := map[[2]string]bool{} // made by the drill, and waiting for deletion or, for its siblings to notice, deleted
	for id, m := range now {
		_, known := memberOf(before, id)
		going[id] = !known && (m.State == "PendingDeletion" || m.State == "PendingReplicaDeletion" || m.State == gone)
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
			f.differ = append(f.differ, fmt.Sprintf("%s in %s is no longer there", m.Key, m.Region))
			continue
		case m.Unreachable != "" || is.Unreachable != "":
			f.missing = append(f.missing, fmt.Sprintf("%s in %s could not be read: %s", m.Key, m.Region, m.Unreachable+is.Unreachable))
			continue
		}
		f.compared++
		differs(m.Key, m.Region, "role", m.Role, is.Role)
		differs(m.Key, m.Region, "state", m.State, is.State)
		differs(m.Key, m.Region, "primary Region", m.Primary, is.Primary)
		stay := slices.DeleteFunc(slices.Clone(is.Replicas), func(region string) bool { return going[[2]string{m.Key, region}] })
		if sorted(stay) == sorted(m.Replicas) && len(stay) < len(is.Replicas) {
			f.leaving = append(f.leaving, fmt.Sprintf("%s in %s: list of replicas was %s (journal line %d), is %s (line %d)", m.Key, m.Region, brief(sorted(m.Replicas)), before.n, brief(sorted(is.Replicas)), after.n))
		} else {
			differs(m.Key, m.Region, "list of replicas", sorted(m.Replicas), sorted(is.Replicas))
		}
		for _, part := range []struct{ what, read, was, is string }{
			{"set of aliases", "ListAliases", aliasesOf(m), aliasesOf(is)},
			{"key policy", "GetKeyPolicy", m.PolicySHA, is.PolicySHA},
			{"set of tags", "ListResourceTags", m.TagsSHA, is.TagsSHA},
			{"set of grants", "ListGrants", m.GrantsSHA, is.GrantsSHA},
			{"rotation", "GetKeyRotationStatus", m.Rotation, is.Rotation},
		} {
			if slices.Contains(m.Unread, part.read) || slices.Contains(is.Unread, part.read) {
				f.missing = append(f.missing, fmt.Sprintf("%s in %s: the %s could not be read", m.Key, m.Region, part.what))
				continue
			}
			differs(m.Key, m.Region, part.what, part.was, part.is)
		}
		if !r.mayRotate(m) {
			differs(m.Key, m.Region, "key material", m.Material, is.Material)
		}
	}
	for id, m := range now {
		if m.State == gone || !within(with, m.Region) {
			continue
		}
		line := fmt.Sprintf("%s in %s was not there before: it is %s now (journal line %d)", id[0], id[1], m.State, after.n)
		if going[id] {
			f.leaving = append(f.leaving, line)
		} else {
			f.differ = append(f.differ, line)
		}
	}
	return f
}

func memberOf(s *snapshot, id [2]string) (journal.Member, bool) {
	for _, k := range s.Keys {
		for _, m := range k.Members {
			if m.Key == id[0] && m.Region == id[1] {
				return m, true
			}
		}
	}
	return journal.Member{}, false
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
