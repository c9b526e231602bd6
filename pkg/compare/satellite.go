package compare

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// satellites compares what belongs to each member and is not replicated.
func (c *comparison) satellites() {
	c.aliases()
	c.tags()
	c.grants()
	for _, m := range c.members {
		if m.Description != c.primary.Description {
			c.find("MRK540", m.Region, fmt.Sprintf("%q, and %q in %s", m.Description, c.primary.Description, c.primary.Region))
		}
		if !m.UsedSince.IsZero() && m.LastUsed.IsZero() && m.Region != c.primary.Region {
			c.find("MRK610", m.Region, "never used since "+m.UsedSince.Format(time.DateOnly))
		}
	}
}

// unread says whether a part of a member was asked for and not told, by the
// name of its operation.
func unread(m mrk.Member, operation string) bool {
	return slices.ContainsFunc(m.Problems, func(p mrk.Problem) bool { return p.What == operation })
}

func (c *comparison) aliases() {
	if c.Expect.Aliases == Ignore {
		return
	}
	all := map[string]bool{}
	for _, m := range c.members {
		for _, a := range m.Aliases {
			all[a] = true
		}
	}
	for _, a := range slices.Sorted(maps.Keys(all)) {
		atPrimary := slices.Contains(c.primary.Aliases, a)
		for _, m := range c.members {
			switch here := slices.Contains(m.Aliases, a); {
			case m.Elsewhere[a] != "":
				c.find("MRK502", m.Region, fmt.Sprintf("%s names another key here: %s", a, m.Elsewhere[a]), principal(a))
			case unread(m, "ListAliases"):
			case atPrimary && !here:
				c.find("MRK501", m.Region, "no "+a, principal(a))
			case !atPrimary && here && !unread(c.primary, "ListAliases"):
				c.find("MRK503", m.Region, fmt.Sprintf("%s, which %s has not", a, c.primary.Region), principal(a))
			}
		}
	}
}

func (c *comparison) tags() {
	all := map[string]bool{}
	for _, m := range c.members {
		for t := range m.Tags {
			all[t] = true
		}
	}
	for _, t := range slices.Sorted(maps.Keys(all)) {
		if c.Expect.ignoresTag(t) || unread(c.primary, "ListResourceTags") {
			continue
		}
		change := func(*Finding) {}
		if c.decidesByTag(t) {
			change = severity(High)
		}
		want, has := c.primary.Tags[t]
		for _, m := range c.members {
			got, here := m.Tags[t]
			if m.Region == c.primary.Region || got == want && here == has || unread(m, "ListResourceTags") {
				continue
			}
			c.find("MRK510", m.Region, fmt.Sprintf("tag %s is %s, and %s in %s", t, quoteTag(got, here), quoteTag(want, has), c.primary.Region), principal(t), change)
		}
	}
}

func quoteTag(value string, there bool) string {
	if !there {
		return "not there"
	}
	return fmt.Sprintf("%q", value)
}

func (e Expect) ignoresTag(tag string) bool {
	matches := func(p string) bool { ok, err := path.Match(p, tag); return err == nil && ok }
	if len(e.Tags.Same) > 0 && !slices.ContainsFunc(e.Tags.Same, matches) {
		return true
	}
	return strings.HasPrefix(tag, "aws:") || slices.ContainsFunc(e.Tags.Ignore, matches)
}

// decidesByTag says whether some member's policy asks for a tag of the key.
func (c *comparison) decidesByTag(tag string) bool {
	return slices.ContainsFunc(c.docs, func(d *policy.Document) bool {
		return slices.ContainsFunc(d.Statements, func(s policy.Statement) bool {
			return slices.ContainsFunc(s.Conditions, func(x policy.Condition) bool {
				return strings.EqualFold(x.Key, "aws:ResourceTag/"+tag)
			})
		})
	})
}

func (c *comparison) grants() {
	for _, m := range c.members {
		for _, g := range m.Grants {
			if policy.Orphan(g.Grantee) {
				c.find("MRK522", m.Region, fmt.Sprintf("the grant %.12s is for %s, who is gone", g.ID, g.Grantee), principal(g.Grantee))
			}
		}
		count := map[string]int{}
		for _, g := range m.Grants {
			if !g.OfService() {
				count[grantClass(g, m.Region)]++
			}
		}
		for _, class := range slices.Sorted(maps.Keys(count)) {
			if n := count[class]; n > 1 {
				c.find("MRK521", m.Region, fmt.Sprintf("%d grants of %s", n, class), principal(class))
			}
		}
	}
	if c.Expect.Grants == Ignore {
		return
	}
	all := map[string]bool{}
	for _, m := range c.members {
		for _, g := range grantClasses(m) {
			all[g] = true
		}
	}
	for _, m := range c.members {
		if unread(m, "ListGrants") {
			continue
		}
		mine := grantClasses(m)
		for _, g := range slices.Sorted(maps.Keys(all)) {
			if !slices.Contains(mine, g) {
				c.find("MRK520", m.Region, "no grant of "+strings.ReplaceAll(g, "<region>", m.Region), principal(g))
			}
		}
	}
}

// grantClass says whom a grant lets do what, with the member's Region read as
// the same word everywhere.
func grantClass(g mrk.Grant, region string) string {
	conditions := ""
	for _, part := range []struct {
		word string
		of   map[string]string
	}{{"for the encryption context", g.Equals}, {"for an encryption context with", g.Subset}} {
		var pairs []string
		for _, k := range slices.Sorted(maps.Keys(part.of)) {
			pairs = append(pairs, k+"="+part.of[k])
		}
		if len(pairs) > 0 {
			conditions += " " + part.word + " " + strings.Join(pairs, ", ")
		}
	}
	if g.Retiring != "" {
		conditions += ", retired by " + g.Retiring
	}
	return strings.ReplaceAll(fmt.Sprintf("%s to %s%s", strings.Join(g.Operations, ", "), g.Grantee, conditions), region, "<region>")
}

// grantClasses are the classes of a member's grants, sorted, without those that
// AWS services make for themselves in each Region.
func grantClasses(m mrk.Member) []string {
	var list []string
	for _, g := range m.Grants {
		if !g.OfService() {
			list = append(list, grantClass(g, m.Region))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
