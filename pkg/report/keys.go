package report

import (
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// KeyChange is a key set before and after the run, as its own Regions
// described it.
type KeyChange struct {
	Name    string         `json:"name"`
	KeyID   string         `json:"key_id"`
	After   string         `json:"after"` // after or undone; empty when no second snapshot was taken
	Members []MemberChange `json:"members"`
}

// MemberChange is one member before and after.
type MemberChange struct {
	Region  string          `json:"region"`
	Before  *journal.Member `json:"before,omitempty"` // nil: it did not exist, or was not read
	After   *journal.Member `json:"after,omitempty"`
	Changed []string        `json:"changed,omitempty"` // names of the properties that differ
}

// keyChanges puts the last snapshot beside the first.
func keyChanges(snapshots []journal.Snapshot, order []string) []KeyChange {
	if len(snapshots) == 0 {
		return nil
	}
	before, after := snapshots[0], journal.Snapshot{}
	if len(snapshots) > 1 {
		after = snapshots[len(snapshots)-1]
	}
	var changes []KeyChange
	for _, k := range before.Keys {
		change := KeyChange{Name: k.Name, KeyID: k.KeyID, After: after.When}
		regions := map[string]*MemberChange{}
		member := func(m journal.Member) *MemberChange {
			c, ok := regions[m.Region]
			if !ok {
				c = &MemberChange{Region: m.Region}
				regions[m.Region] = c
			}
			return c
		}
		for _, m := range k.Members {
			member(m).Before = &m
		}
		for _, other := range after.Keys {
			if other.Name != k.Name {
				continue
			}
			for _, m := range other.Members {
				member(m).After = &m
			}
		}
		for _, c := range regions {
			if after.When != "" {
				c.Changed = differences(c.Before, c.After)
			}
			change.Members = append(change.Members, *c)
		}
		slices.SortFunc(change.Members, func(a, b MemberChange) int { return byOrder(order, a.Region, b.Region) })
		changes = append(changes, change)
	}
	return changes
}

// properties are what a member has, by the names that the report uses.
func properties(m *journal.Member) []Setting {
	if m == nil {
		m = &journal.Member{}
	}
	return []Setting{
		{"role", m.Role},
		{"state", m.State},
		{"primary", m.Primary},
		{"replicas", sorted(m.Replicas)},
		{"material", m.Material},
		{"rotation", m.Rotation},
		{"aliases", sorted(m.Aliases)},
		{"policy", m.PolicySHA},
		{"tags", m.TagsSHA},
		{"grants", m.GrantsSHA},
		{"unreachable", m.Unreachable},
	}
}

func sorted(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func differences(before, after *journal.Member) []string {
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		return []string{"added"}
	case after == nil:
		return []string{"gone"}
	}
	var names []string
	others := properties(after)
	for i, p := range properties(before) {
		if p.Value != others[i].Value {
			names = append(names, p.Name)
		}
	}
	return names
}
