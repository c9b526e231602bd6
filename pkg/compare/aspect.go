package compare

import (
	"fmt"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// The aspects in which members can differ.
const (
	AspectPolicy   = "policy"
	AspectAliases  = "aliases"
	AspectTags     = "tags"
	AspectGrants   = "grants"
	AspectRotation = "rotation"
	AspectMaterial = "material"
)

// Aspects names what members differ in by meaning, in the order of the
// constants: policies by the access that results, grants by what they let
// through, each with the member's own Region read as the same word. What can't
// be decided counts as different. Parts that were not read are equal.
func Aspects(members []mrk.Member) []string {
	var out []string
	for _, aspect := range []struct {
		name string
		same func(a, b mrk.Member) bool
	}{
		{AspectPolicy, samePolicy},
		{AspectAliases, func(a, b mrk.Member) bool { return slices.Equal(a.Aliases, b.Aliases) }},
		{AspectTags, func(a, b mrk.Member) bool { return fmt.Sprint(a.Tags) == fmt.Sprint(b.Tags) }},
		{AspectGrants, func(a, b mrk.Member) bool { return slices.Equal(grantClasses(a), grantClasses(b)) }},
		{AspectRotation, func(a, b mrk.Member) bool {
			return a.Rotation.Enabled == b.Rotation.Enabled && a.Rotation.PeriodDays == b.Rotation.PeriodDays
		}},
		{AspectMaterial, func(a, b mrk.Member) bool { return a.Material == b.Material }},
	} {
		// Sameness of what can't be decided is not transitive, so that every pair counts.
		differs := func(i int, a mrk.Member) bool {
			return slices.ContainsFunc(members[i+1:], func(b mrk.Member) bool { return !aspect.same(a, b) })
		}
		for i, a := range members {
			if differs(i, a) {
				out = append(out, aspect.name)
				break
			}
		}
	}
	return out
}

// samePolicy says whether two members' policies let the same through. Text
// that can't be read is the same only as itself.
func samePolicy(a, b mrk.Member) bool {
	if a.Policy == b.Policy && a.Region == b.Region || a.Policy == "" && b.Policy == "" {
		return true
	}
	first, err := policy.Parse(a.Policy)
	if err != nil {
		return false
	}
	second, err := policy.Parse(b.Policy)
	if err != nil {
		return false
	}
	a.Grants, b.Grants = nil, nil // an aspect of their own
	j := policy.Judge([]policy.Subject{
		subjectOf(a, first, []*policy.Document{first, second}), subjectOf(b, second, []*policy.Document{first, second}),
	}, policy.Names{})
	relation, _ := j.Relate(0, 1, policy.ActionsFor(a.Spec, a.Usage, a.Origin))
	return relation == policy.Equivalent
}
