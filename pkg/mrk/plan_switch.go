package mrk

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// PlanSwitch plans enabling or disabling members. Each member is switched for
// itself; a set without a choice of Regions is refused unless all says so or
// there is only one member.
func PlanSwitch(ctx context.Context, c Cloud, ref string, in []string, all, on bool) (Plan, error) {
	set, err := Read(ctx, c, ref, AliasPart)
	if err != nil {
		return Plan{}, err
	}
	if len(in) == 0 && !all && len(set.Members) > 1 {
		return Plan{}, badInput("%s has members in %s, each enabled or disabled for itself: choose with --in REGION, or --all-regions", set.ID, strings.Join(set.Regions(), ", "))
	}
	members, err := set.chosen(in)
	if err != nil {
		return Plan{}, err
	}
	word, from, to, verb := "enable", "Disabled", "Enabled", DoEnable
	if !on {
		word, from, to, verb = "disable", "Enabled", "Disabled", DoDisable
	}
	p := newPlan(c, set, fmt.Sprintf("%s %s", word, set.called()))
	for _, m := range members {
		switch {
		case !m.Reached():
			return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s); leave it out with --in, or try again when it can", set.ID, m.Region, m.Words())
		case m.State == to:
		case m.State == from:
			p.Seen = append(p.Seen, Fact{Region: m.Region, What: factMember, Was: m.fact(factMember)})
			p.Steps = append(p.Steps, Step{Do: verb, In: m.Region, Say: fmt.Sprintf("%s the key in %s", word, m.Region)})
		default:
			return Plan{}, fmt.Errorf("the member of %s in %s is %s and can't be %sd; %s", set.ID, m.Region, m.State, word, mend(set.ID, m))
		}
	}
	if !on && !p.Empty() {
		rest := "the other Regions' members go on"
		if !slices.ContainsFunc(set.Members, func(m Member) bool { return m.Usable() && !slices.Contains(p.Regions(), m.Region) }) {
			rest = "no member is left that could"
		}
		p.Notes = append(p.Notes, "nothing can be encrypted or decrypted there until it is enabled again; "+rest)
	}
	return p, nil
}
