package mrk

import (
	"context"
	"fmt"
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
		p.Notes = append(p.Notes, "nothing can be encrypted or decrypted there until it is enabled again; the other Regions' members go on")
	}
	return p, nil
}

// PlanImport plans giving key material to every member that lacks it: new
// material at the primary first, then the same bytes at each replica.
func PlanImport(ctx context.Context, c Cloud, ref string, s ImportStep) (Plan, error) {
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	primary, err := set.reachablePrimary("import into")
	if err != nil {
		return Plan{}, err
	}
	if primary.Origin != "EXTERNAL" {
		return Plan{}, fmt.Errorf("%s is of origin %s; key material can be imported only into keys made with --origin EXTERNAL", set.ID, primary.Origin)
	}
	if primary.Spec != "SYMMETRIC_DEFAULT" {
		return Plan{}, fmt.Errorf("%s is of spec %s; mrkctl imports symmetric key material only", set.ID, primary.Spec)
	}
	p := newPlan(c, set, "import key material into "+set.called())
	p.Seen = set.memberFacts(factMember)
	first := s
	first.New = s.New || len(primary.Materials) == 0
	members := []Member{primary}
	for _, m := range set.Members {
		if m.Region != primary.Region {
			members = append(members, m)
		}
	}
	for i, m := range members {
		if !m.Reached() {
			return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s); until it has the material too, the set can't use it", set.ID, m.Region, m.Words())
		}
		step := first
		if i > 0 {
			step = ImportStep{ValidTo: s.ValidTo} // the primary's description is shared
		}
		p.Steps = append(p.Steps, Step{Do: DoImport, In: m.Region, Import: &step, Say: "import the key material in " + m.Region})
	}
	if first.New && len(primary.Materials) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("the new material is not used before `mrkctl key rotate %s`", set.ID))
	}
	p.Notes = append(p.Notes, "keep the bytes: KMS never gives them back, and a member whose copy expires needs exactly the same ones again")
	return p, nil
}
