package mrk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Converging is what is wanted of the members of a set so that they agree, by
// Region. What is not named stays as it is.
type Converging struct {
	Source       string // Region of the member that the others are to follow
	Enable       []string
	Policies     map[string]string // the key policy to put
	Aliases      map[string][]string
	Tags         map[string]map[string]string
	Grants       map[string][]Grant
	Descriptions map[string]string
}

// PlanConverge plans the changes that make the members of a set agree. The set
// has to have been read with its policies, aliases, tags and grants. It only
// adds and replaces: nothing is taken from a member but by its new policy. An
// alias that names another key is left alone and noted.
func PlanConverge(ctx context.Context, c Cloud, set KeySet, want Converging) (Plan, error) {
	p := newPlan(c, set, fmt.Sprintf("bring the members of %s in line with %s", set.called(), want.Source))
	see := func(region, what string) {
		if m, ok := set.Member(region); ok {
			p.Seen = append(p.Seen, Fact{Region: region, What: what, Was: m.fact(what)})
		}
	}
	for _, m := range set.Members {
		r := m.Region
		if slices.Contains(want.Enable, r) {
			see(r, factMember)
			p.Steps = append(p.Steps, Step{Do: DoEnable, In: r, Say: "enable the key in " + r})
		}
		if text, ok := want.Policies[r]; ok {
			see(r, factPolicy)
			see(want.Source, factPolicy)
			p.Steps = append(p.Steps, Step{Do: DoPolicy, In: r, Policy: text, Say: fmt.Sprintf("replace the key policy in %s by that of %s, in its own words", r, want.Source)})
		}
		for _, alias := range want.Aliases[r] {
			if err := p.addAliases(ctx, c, alias, []Member{m}, false); err != nil {
				var taken *TakenError
				if !errors.As(err, &taken) {
					return Plan{}, err
				}
				p.Notes = append(p.Notes, fmt.Sprintf("%s names %s in %s and is left alone; `mrkctl alias set %s %s --in %s --steal` moves it", alias, taken.By, r, alias, set.ID, r))
			}
		}
		if tags := want.Tags[r]; len(tags) > 0 {
			see(r, factTags)
			p.Steps = append(p.Steps, tagStep(r, maps.Clone(tags)))
		}
		if len(want.Grants[r]) > 0 {
			see(r, factGrants)
		}
		for _, g := range want.Grants[r] {
			p.Steps = append(p.Steps, grantStep(r, g))
		}
		if text, ok := want.Descriptions[r]; ok {
			p.Steps = append(p.Steps, Step{Do: DoDescribe, In: r, Text: text, Say: fmt.Sprintf("describe the key in %s as %q", r, text)})
		}
	}
	if len(want.Policies) > 0 {
		p.Notes = append(p.Notes, "a policy that is replaced is gone; `mrkctl policy get` keeps it")
	}
	slices.SortFunc(p.Seen, func(a, b Fact) int { return strings.Compare(a.Region+a.What, b.Region+b.What) })
	p.Seen = slices.Compact(p.Seen)
	return p, nil
}

// grantStep gives a member a grant that another has.
func grantStep(region string, g Grant) Step {
	if g.Name == "" {
		g.Name = "mrkctl-" + g.meaning() // KMS answers a repeated request with the same grant when it has a name
	}
	g.ID, g.Issuer = "", ""
	return Step{Do: DoGrant, In: region, Grant: &g, Say: fmt.Sprintf("grant %s to %s in %s", strings.Join(g.Operations, ", "), g.Grantee, region)}
}
