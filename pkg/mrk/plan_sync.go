package mrk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlanAlias plans letting an alias name a key in some of its Regions, or in
// all when none is given.
func PlanAlias(ctx context.Context, c Cloud, ref, alias string, in []string, steal bool) (Plan, error) {
	if err := CheckAlias(alias); err != nil {
		return Plan{}, err
	}
	set, err := Read(ctx, c, ref, AliasPart)
	if err != nil {
		return Plan{}, err
	}
	members, err := set.chosen(in)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("let %s name %s", alias, set.ID))
	return p, p.addAliases(ctx, c, alias, members, steal)
}

// addAliases plans one alias in several Regions. It looks at all of them
// before it changes any, so that a taken alias is found in time.
func (p *Plan) addAliases(ctx context.Context, c Cloud, alias string, members []Member, steal bool) error {
	for _, m := range members {
		if !m.Reached() {
			return fmt.Errorf("the member of %s in %s can't be read (%s); leave it out with --in, or try again when it can", p.Key, m.Region, m.Words())
		}
		if slices.Contains(m.Aliases, alias) {
			continue
		}
		was, err := aliasFact(ctx, c, m.Region, alias)
		if err != nil {
			return err
		}
		if was != none {
			if !steal {
				return &TakenError{Alias: alias, In: m.Region, By: was}
			}
			p.Final = append(p.Final, fmt.Sprintf("%s in %s is taken from %s: whoever uses it encrypts under the new key from then on", alias, m.Region, was))
		}
		p.Seen = append(p.Seen, Fact{Region: m.Region, What: alias, Was: was})
		p.addAlias(alias, m.Region)
		p.Steps[len(p.Steps)-1].Steal = steal
	}
	return nil
}

// PlanAliasSync plans giving every member the aliases that the member in
// Region from has (the primary's when empty). Aliases that only others have
// are left alone and noted.
func PlanAliasSync(ctx context.Context, c Cloud, ref, from string, steal bool) (Plan, error) {
	set, source, err := syncSource(ctx, c, ref, from, AliasPart)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("give every member of %s the aliases of %s", set.called(), source.Region))
	for _, alias := range source.Aliases {
		if err := p.addAliases(ctx, c, alias, set.Members, steal); err != nil {
			return Plan{}, err
		}
	}
	for _, m := range set.Members {
		for _, a := range m.Aliases {
			if !slices.Contains(source.Aliases, a) {
				p.Notes = append(p.Notes, fmt.Sprintf("%s has %s, which %s has not; `mrkctl alias delete %s --in %s` removes it", m.Region, a, source.Region, a, m.Region))
			}
		}
	}
	return p, nil
}

// PlanAliasDelete plans removing an alias in some Regions, or wherever it is.
func PlanAliasDelete(ctx context.Context, c Cloud, alias string, in []string) (Plan, error) {
	if err := CheckAlias(alias); err != nil {
		return Plan{}, err
	}
	regions := in
	if len(regions) == 0 {
		regions = c.Regions
	}
	p := Plan{Version: planVersion, Made: c.Clock.Now(), Title: "delete " + alias}
	was := make([]string, len(regions))
	errs := make([]error, len(regions))
	c.inEach(regions, func(i int, r string) { was[i], errs[i] = aliasFact(ctx, c, r, alias) })
	for i, r := range regions {
		if errs[i] != nil {
			if len(in) > 0 || Code(errs[i]) == "" {
				return Plan{}, errs[i]
			}
			p.Notes = append(p.Notes, fmt.Sprintf("%s could not be asked: %v", r, errs[i]))
			continue
		}
		if was[i] == none {
			continue
		}
		if p.Key == "" {
			p.Key = was[i]
		}
		p.Seen = append(p.Seen, Fact{Region: r, What: alias, Was: was[i]})
		p.Steps = append(p.Steps, Step{Do: DoAliasDelete, In: r, Alias: alias, Say: fmt.Sprintf("delete %s in %s (it names %s)", alias, r, was[i])})
	}
	if p.Empty() && len(in) == 0 {
		return Plan{}, &NotFoundError{Ref: alias, Asked: regions}
	}
	if !p.Empty() {
		p.Final = append(p.Final, "callers that name the key by this alias fail from then on; the key itself stays")
	}
	return p, nil
}

// PlanPolicy plans a new key policy for some members, or for all. Where
// rendered is not empty it is the Region that the document is written for, and
// the others get it rendered for theirs.
func PlanPolicy(ctx context.Context, c Cloud, ref, document string, in []string, rendered string, bypass bool) (Plan, error) {
	set, err := Read(ctx, c, ref, PolicyPart)
	if err != nil {
		return Plan{}, err
	}
	members, err := set.chosen(in)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, "put a key policy on "+set.called())
	for _, m := range members {
		if !m.Reached() {
			return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s); leave it out with --in, or try again when it can", set.ID, m.Region, m.Words())
		}
		text := document
		if rendered != "" {
			if text, err = RenderPolicy(document, rendered, m.Region); err != nil {
				return Plan{}, err
			}
		}
		if m.PolicySHA == DocumentSHA(text) {
			continue
		}
		p.Seen = append(p.Seen, Fact{Region: m.Region, What: factPolicy, Was: m.fact(factPolicy)})
		p.Steps = append(p.Steps, Step{Do: DoPolicy, In: m.Region, Policy: text, Bypass: bypass, Say: "replace the key policy in " + m.Region})
	}
	if bypass {
		p.Final = append(p.Final, "KMS does not check that you can still change the policy afterwards; a key that nobody may manage can be rescued by AWS Support only")
	}
	return p, nil
}

// PlanTagSync plans giving every member the tags that the member in Region
// from has (the primary's when empty). With prune, tags that only others have
// are removed.
func PlanTagSync(ctx context.Context, c Cloud, ref, from string, prune bool) (Plan, error) {
	set, source, err := syncSource(ctx, c, ref, from, TagPart)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("give every member of %s the tags of %s", set.called(), source.Region))
	want := copyable(source.Tags)
	p.Seen = set.memberFacts(factTags)
	for _, m := range set.Members {
		if m.Region == source.Region {
			continue
		}
		if missing := lacking(m.Tags, want); len(missing) > 0 {
			p.Steps = append(p.Steps, tagStep(m.Region, missing))
		}
		var extra []string
		for _, k := range slices.Sorted(maps.Keys(copyable(m.Tags))) {
			if _, ok := want[k]; !ok {
				extra = append(extra, k)
			}
		}
		switch {
		case len(extra) == 0:
		case prune:
			p.Steps = append(p.Steps, Step{Do: DoUntag, In: m.Region, TagKeys: extra, Say: fmt.Sprintf("remove the tags %s in %s", strings.Join(extra, ", "), m.Region)})
		default:
			p.Notes = append(p.Notes, fmt.Sprintf("%s has the tags %s, which %s has not; --prune removes them", m.Region, strings.Join(extra, ", "), source.Region))
		}
	}
	if !p.Empty() {
		p.Notes = append(p.Notes, "policies that decide by tags (aws:ResourceTag) may decide otherwise from then on")
	}
	return p, nil
}

// PlanGrantSync plans giving every member the grants that the member in Region
// from has (the primary's when empty). With prune, grants that only others
// have are revoked. Grants made by AWS services are theirs and stay.
func PlanGrantSync(ctx context.Context, c Cloud, ref, from string, prune bool) (Plan, error) {
	set, source, err := syncSource(ctx, c, ref, from, GrantPart)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("give every member of %s the grants of %s", set.called(), source.Region))
	p.Seen = set.memberFacts(factGrants)
	have := func(m Member, g Grant) bool {
		return slices.ContainsFunc(m.Grants, func(x Grant) bool { return x.meaning() == g.meaning() })
	}
	for _, m := range set.Members {
		if m.Region == source.Region {
			continue
		}
		for _, g := range source.Grants {
			if have(m, g) || g.OfService() {
				continue
			}
			p.Steps = append(p.Steps, grantStep(m.Region, g))
		}
		for _, g := range m.Grants {
			if have(source, g) || g.OfService() {
				continue
			}
			if !prune {
				p.Notes = append(p.Notes, fmt.Sprintf("%s has a grant to %s, which %s has not; --prune revokes it", m.Region, g.Grantee, source.Region))
				continue
			}
			p.Steps = append(p.Steps, Step{Do: DoGrantRevoke, In: m.Region, Grant: &Grant{ID: g.ID, Grantee: g.Grantee, Operations: g.Operations}, Say: fmt.Sprintf("revoke the grant to %s in %s", g.Grantee, m.Region)})
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(source.Grants), func(g Grant) bool { return !g.OfService() })); n > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%d grants in %s belong to AWS services, which make their own in each Region", n, source.Region))
	}
	return p, nil
}

// meaning is what a grant allows, without its id, name and dates.
func (g Grant) meaning() string {
	return digest([]any{g.Grantee, g.Retiring, g.Operations, g.Equals, g.Subset})
}

// OfService tells whether an AWS service made the grant for itself, as it does
// in each Region.
func (g Grant) OfService() bool { return strings.HasSuffix(g.Grantee, ".amazonaws.com") }

// syncSource reads a set and the member that the others are to follow. Every
// member must be there: half a synchronisation would be drift of its own.
func syncSource(ctx context.Context, c Cloud, ref, from string, part Part) (KeySet, Member, error) {
	set, err := Read(ctx, c, ref, part)
	if err != nil {
		return KeySet{}, Member{}, err
	}
	if from == "" {
		from = set.Primary
	}
	source, ok := set.Member(from)
	if !ok {
		return KeySet{}, Member{}, fmt.Errorf("%s has no member in %s; it has them in %s", set.ID, from, strings.Join(set.Regions(), ", "))
	}
	for _, m := range set.Members {
		if !m.Reached() {
			return KeySet{}, Member{}, fmt.Errorf("the member of %s in %s can't be read (%s); try again when it can", set.ID, m.Region, m.Words())
		}
		if len(m.Problems) > 0 {
			return KeySet{}, Member{}, fmt.Errorf("%s of %s in %s: %s: %s", m.Problems[0].What, set.ID, m.Region, m.Problems[0].Code, m.Problems[0].Message)
		}
	}
	return set, source, nil
}
