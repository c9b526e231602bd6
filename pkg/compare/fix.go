package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// Fix is how the members of a key set can be made to agree.
type Fix struct {
	Want mrk.Converging
	// Left is what would still be found afterwards.
	Left []Finding
}

// Converge works out what makes the members of a set agree with the one in
// Region source. Where nothing is wanted nothing differs that a change of the
// others could mend. What the result leaves is found by comparing again, with
// the changes made to the values.
func Converge(set mrk.KeySet, source string, now time.Time, s Settings) (Fix, error) {
	from, ok := set.Member(source)
	if !ok || !from.Reached() {
		return Fix{}, fmt.Errorf("the member in %s, which the others are to follow, was not read", source)
	}
	c := begin(set, now, s)
	compared := c.run()
	f := Fix{Want: mrk.Converging{
		Source: source, Policies: map[string]string{}, Aliases: map[string][]string{}, Tags: map[string]map[string]string{},
		Grants: map[string][]mrk.Grant{}, Descriptions: map[string]string{},
	}}
	after := set
	after.Members = slices.Clone(set.Members)
	for i, m := range set.Members {
		if m.Region == source || !m.Reached() {
			continue
		}
		text, err := c.policyFor(compared, source, m)
		if err != nil {
			return Fix{}, err
		}
		if text != "" {
			f.Want.Policies[m.Region] = text
			after.Members[i].Policy, after.Members[i].PolicySHA = text, mrk.DocumentSHA(text)
		}
		c.follow(&f.Want, &after.Members[i], from, m)
	}
	s.Matrix = MatrixNone
	f.Left = Compare(after, now, s).Findings
	return f, nil
}

// follow wants of a member what is not its policy.
func (c *comparison) follow(want *mrk.Converging, after *mrk.Member, from, m mrk.Member) {
	if m.State == "Disabled" && from.State == "Enabled" {
		want.Enable = append(want.Enable, m.Region)
		after.State = "Enabled"
	}
	if c.Expect.Aliases != Ignore && !unread(from, "ListAliases") && !unread(m, "ListAliases") {
		for _, a := range from.Aliases {
			if !slices.Contains(m.Aliases, a) && m.Elsewhere[a] == "" {
				want.Aliases[m.Region] = append(want.Aliases[m.Region], a)
				after.Aliases = append(slices.Clone(after.Aliases), a)
			}
		}
	}
	if !unread(from, "ListResourceTags") && !unread(m, "ListResourceTags") {
		after.Tags = maps.Clone(m.Tags)
		for t, v := range from.Tags {
			if got, ok := m.Tags[t]; ok && got == v || mrk.ReservedTag(t) || c.Expect.ignoresTag(t) {
				continue
			}
			if want.Tags[m.Region] == nil {
				want.Tags[m.Region] = map[string]string{}
			}
			if after.Tags == nil {
				after.Tags = map[string]string{}
			}
			want.Tags[m.Region][t], after.Tags[t] = v, v
		}
	}
	if c.Expect.Grants != Ignore && !unread(from, "ListGrants") && !unread(m, "ListGrants") {
		for _, g := range from.Grants {
			if g.OfService() || policy.Orphan(g.Grantee) || slices.Contains(grantClasses(*after), grantClass(g, from.Region)) {
				continue
			}
			if here := c.nameFor(from.Region, m.Region, g.Grantee); here == g.Grantee && strings.Contains(g.Grantee, from.Region) {
				continue // who the counterpart of that Region's principal is nobody said
			}
			g.Grantee, g.Retiring = c.nameFor(from.Region, m.Region, g.Grantee), c.nameFor(from.Region, m.Region, g.Retiring)
			want.Grants[m.Region] = append(want.Grants[m.Region], g)
			after.Grants = append(slices.Clone(after.Grants), g)
		}
	}
	if m.Description != from.Description && from.Description != "" {
		want.Descriptions[m.Region] = from.Description
		after.Description = from.Description
	}
}

// policyFor is the source's policy as a member should have it; empty when the
// member's own lets the same through and says it in its own words.
func (c *comparison) policyFor(r Result, source string, m mrk.Member) (string, error) {
	from, _ := c.set.Member(source)
	if from.Policy == "" || m.Policy == "" {
		return "", nil
	}
	same := slices.ContainsFunc(r.Policies, func(p PolicyRelation) bool {
		return p.Relation == policy.Equivalent && (p.First == source && p.Second == m.Region || p.First == m.Region && p.Second == source)
	})
	dead := slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Region == m.Region && slices.Contains([]string{"MRK401", "MRK402", "MRK404", "MRK210"}, f.Rule)
	})
	if same && !dead {
		return "", nil
	}
	text, err := mrk.RenderPolicy(from.Policy, source, m.Region)
	if err != nil {
		return "", err
	}
	text = c.translate(text, source, m.Region)
	if mrk.DocumentSHA(text) == m.PolicySHA {
		return "", nil
	}
	return text, nil
}

// translate writes the names of principals and endpoints of one Region's
// policy as those of another.
func (c *comparison) translate(text, source, region string) string {
	doc, err := policy.Parse(text)
	if err != nil {
		return text
	}
	words := map[string]string{}
	note := func(name string) {
		if other := c.nameFor(source, region, name); other != name {
			words[name] = other
		}
	}
	for _, s := range doc.Statements {
		for _, p := range append(slices.Clone(s.Principals), s.NotPrincipals...) {
			note(p.Name)
		}
		for _, x := range s.Conditions {
			switch key := strings.ToLower(x.Key); key {
			case "aws:principalarn":
				for _, v := range x.Values {
					note(v)
				}
			case "aws:sourcevpce", "aws:sourcevpc":
				here, there := c.Names.Regions[source], c.Names.Regions[region]
				for _, v := range x.Values {
					if slices.Equal(here.Endpoints, []string{v}) && len(there.Endpoints) == 1 {
						words[v] = there.Endpoints[0]
					}
					if slices.Equal(here.Networks, []string{v}) && len(there.Networks) == 1 {
						words[v] = there.Networks[0]
					}
				}
			}
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(words)) {
		pairs = append(pairs, quoteJSON(name), quoteJSON(words[name]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// nameFor is a principal's counterpart in another Region; the name itself where
// there is none.
func (c *comparison) nameFor(source, region, name string) string {
	for _, class := range c.Names.Classes {
		if class.In[source] == name && class.In[region] != "" {
			return class.In[region]
		}
	}
	if c.judge == nil {
		return name
	}
	from := slices.IndexFunc(c.judged, func(m mrk.Member) bool { return m.Region == source })
	to := slices.IndexFunc(c.judged, func(m mrk.Member) bool { return m.Region == region })
	if from < 0 || to < 0 {
		return name
	}
	return c.judge.Counterpart(from, to, name)
}

func quoteJSON(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return string(raw)
}
