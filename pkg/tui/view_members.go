package tui

import (
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

// viewMembers puts the members side by side as each one's own Region described
// it. What differs from the primary is marked.
func (m Model) viewMembers(width, height int) []string {
	t := m.theme
	lanes, primary := m.members()
	if len(lanes) == 0 {
		return t.box("Members", []string{"no member has been read yet"}, width, height)
	}
	label := 20
	each := max((width-4-label)/len(lanes), 12)
	shown := max((width-4-label)/each, 1)
	first := min(max(m.region-shown+1, 0), max(len(lanes)-shown, 0))
	lanes = lanes[first:min(first+shown, len(lanes))]

	head := t.fit("PROPERTY", label)
	for _, l := range lanes {
		name := clean(l.Region)
		if l.Role == "PRIMARY" {
			name += " (primary)"
		}
		head += t.fit(name, each)
	}
	rows := []string{t.faint.Render(head)}
	for _, p := range memberProperties() {
		row := t.fit(p.name, label)
		for _, l := range lanes {
			row += t.fit(m.memberCell(p, l, primary), each)
		}
		rows = append(rows, row)
	}
	return t.box("Members of the key set", rows, width, height)
}

// members returns the lanes that have a member, and what the primary is like.
func (m Model) members() ([]progress.Lane, journal.Member) {
	var lanes []progress.Lane
	var primary journal.Member
	for _, l := range m.story.Lanes {
		if l.Member.Region == "" {
			continue
		}
		lanes = append(lanes, l)
		if l.Role == "PRIMARY" {
			primary = l.Member
		}
	}
	return lanes, primary
}

// memberProperty is a line of the table of members. Shared properties are the
// key set's, own ones each member's own; both can differ, for a while or for good.
type memberProperty struct {
	name    string
	compare bool
	value   func(journal.Member) string
}

func memberProperties() []memberProperty {
	short := func(sha string) string {
		if len(sha) > 12 {
			return sha[:12]
		}
		return sha
	}
	return []memberProperty{
		{"state", true, func(x journal.Member) string { return x.State }},
		{"role", false, func(x journal.Member) string { return x.Role }},
		{"answers", false, func(x journal.Member) string { return orElse(x.Unreachable, "yes") }},
		{"shared: primary", true, func(x journal.Member) string { return x.Primary }},
		{"shared: replicas", true, func(x journal.Member) string { return strings.Join(x.Replicas, ", ") }},
		{"shared: material", true, func(x journal.Member) string { return short(x.Material) }},
		{"shared: rotation", true, func(x journal.Member) string { return x.Rotation }},
		{"own: aliases", true, func(x journal.Member) string { return strings.Join(x.Aliases, ", ") }},
		{"own: policy", true, func(x journal.Member) string { return short(x.PolicySHA) }},
		{"own: grants", true, func(x journal.Member) string { return short(x.GrantsSHA) }},
		{"own: tags", true, func(x journal.Member) string { return short(x.TagsSHA) }},
	}
}

func (m Model) memberCell(p memberProperty, l progress.Lane, primary journal.Member) string {
	t := m.theme
	value := clean(orElse(p.value(l.Member), "-"))
	if !p.compare || primary.Region == "" || l.Region == primary.Region {
		return value
	}
	if clean(orElse(p.value(primary), "-")) == value {
		return t.faint.Render("=")
	}
	return t.doubt.Render(t.differs + " " + value)
}
