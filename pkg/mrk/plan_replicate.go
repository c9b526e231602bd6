package mrk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Replicating says where a key is to have replicas and what they are to be like.
type Replicating struct {
	To []string
	// Policy is the key policy; empty means the primary's. It is rendered from
	// PolicyOf's Region, the primary's when empty, to each replica's.
	Policy   string
	PolicyOf string
	// KeepPolicy leaves the policy of a replica that exists as it is.
	KeepPolicy bool
	// Aliases are set on each replica; nil means all aliases of the primary.
	Aliases []string
	// Tags are set on each replica; nil means the primary's.
	Tags   map[string]string
	Bypass bool
	NoWait bool
}

// PlanReplicate plans replicas of a key. A replica that exists already is
// adopted: the plan adds what it lacks. The key may be named by any member;
// the calls go to the primary.
func PlanReplicate(ctx context.Context, c Cloud, ref string, r Replicating) (Plan, error) {
	for _, to := range r.To {
		if err := CheckRegion(to); err != nil {
			return Plan{}, err
		}
		if !slices.Contains(c.Regions, to) {
			c.Regions = append(slices.Clone(c.Regions), to)
		}
	}
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	primary, err := set.reachablePrimary("replicate")
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("replicate %s to %s", set.called(), strings.Join(r.To, ", ")))
	p.askedOf(ref, set)
	if !primary.MultiRegion {
		return Plan{}, fmt.Errorf("%s is a single-Region key and can't be replicated or turned into a multi-Region key; make one like it with `mrkctl key create --like %s`", set.ID, set.ID)
	}
	if err := p.addReplicas(set, primary, r); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// addReplicas plans all replicas of one order.
func (p *Plan) addReplicas(set KeySet, primary Member, r Replicating) error {
	if r.Policy == "" {
		if primary.Policy == "" {
			return fmt.Errorf("the key policy of %s could not be read, and a replica needs one: give it with --policy", primary.Region)
		}
		r.Policy, r.PolicyOf = primary.Policy, primary.Region
	}
	if r.PolicyOf == "" {
		r.PolicyOf = primary.Region
	}
	if r.Aliases == nil {
		r.Aliases = primary.Aliases
	}
	if r.Tags == nil {
		r.Tags = copyable(primary.Tags)
	}
	p.Seen = append(p.Seen, Fact{Region: primary.Region, What: factMember, Was: primary.fact(factMember)}, Fact{Region: primary.Region, What: factPolicy, Was: primary.fact(factPolicy)})
	fresh := 0
	for i, to := range r.To {
		if to == primary.Region {
			return fmt.Errorf("%s holds the primary of %s and can't hold a replica too", to, set.ID)
		}
		if slices.Contains(r.To[:i], to) {
			continue
		}
		policy, err := RenderPolicy(r.Policy, r.PolicyOf, to)
		if err != nil {
			return err
		}
		m, exists := set.Member(to)
		if !exists {
			if i := slices.IndexFunc(set.Silent, func(s Problem) bool { return s.Region == to }); i >= 0 {
				return &RegionError{Problem: set.Silent[i], Need: "a replica there could not be finished"}
			}
			if primary.State != "Enabled" {
				return fmt.Errorf("the primary of %s in %s is %s, and only an Enabled one can be replicated; %s", set.ID, primary.Region, primary.State, mend(set.ID, primary))
			}
			fresh++
			p.Seen = append(p.Seen, Fact{Region: to, What: factMember, Was: none})
			p.addReplica(primary.Region, to, readyState(primary.Origin), policy, primary.Description, r.Tags, r.Aliases, r.Bypass, r.NoWait)
			continue
		}
		if err := p.adopt(set, primary, m, policy, r); err != nil {
			return err
		}
	}
	if fresh > 0 && primary.Origin == "EXTERNAL" {
		p.Notes = append(p.Notes, fmt.Sprintf("the replica has no bytes yet: mrkctl key import %s --material FILE gives it the same ones", set.ID))
	}
	if fresh > 0 {
		p.Cost = append(p.Cost, "new "+monthly(fresh, primary.Spec))
	}
	return nil
}

// adopt plans what an existing replica lacks.
func (p *Plan) adopt(set KeySet, primary, m Member, policy string, r Replicating) error {
	if !m.Reached() {
		return fmt.Errorf("the replica of %s in %s can't be read (%s); try again when it can", set.ID, m.Region, m.Words())
	}
	if m.State == "PendingDeletion" {
		return fmt.Errorf("the replica of %s in %s waits for its deletion on %s, and no second one can be made; keep it with `mrkctl key undelete %s --in %s`",
			set.ID, m.Region, m.DeletionDate.Format("2006-01-02"), set.ID, m.Region)
	}
	p.Notes = append(p.Notes, fmt.Sprintf("%s has a replica already (%s); it is adopted", m.Region, m.State))
	p.Seen = append(p.Seen, Fact{Region: m.Region, What: factPolicy, Was: m.fact(factPolicy)})
	if !r.KeepPolicy && m.Policy != "" && DocumentSHA(policy) != m.PolicySHA {
		p.Steps = append(p.Steps, Step{Do: DoPolicy, In: m.Region, Policy: policy, Bypass: r.Bypass, Say: "give the key in " + m.Region + " the primary's policy"})
	}
	for _, a := range r.Aliases {
		if !slices.Contains(m.Aliases, a) {
			p.addAlias(a, m.Region)
		}
	}
	if missing := lacking(m.Tags, r.Tags); len(missing) > 0 {
		p.Steps = append(p.Steps, tagStep(m.Region, missing))
	}
	if m.Description != primary.Description {
		p.Steps = append(p.Steps, Step{Do: DoDescribe, In: m.Region, Text: primary.Description, Say: "describe the key in " + m.Region + " as in " + primary.Region})
	}
	if m.State == "Creating" && !r.NoWait {
		p.addWaitState(readyState(primary.Origin), m.Region)
	}
	return nil
}

// newPlan begins the plan of a change of a key set.
func newPlan(c Cloud, set KeySet, title string) Plan {
	return Plan{Version: planVersion, Made: c.Clock.Now(), Title: title, Key: set.ID}
}

// askedOf notes that a change named at one member is made at the primary.
func (p *Plan) askedOf(ref string, set KeySet) {
	r, err := ParseRef(ref)
	if err == nil && r.Region != "" && r.Region != set.Primary {
		p.Notes = append(p.Notes, fmt.Sprintf("%s has a replica; KMS takes this change at the primary only, so %s is asked", r.Region, set.Primary))
	}
}

// reachablePrimary returns the primary, or why nothing can be asked of it.
func (k KeySet) reachablePrimary(what string) (Member, error) {
	m, ok := k.Member(k.Primary)
	switch {
	case !ok:
		return Member{}, fmt.Errorf("can't %s %s: no member says where its primary is; wait some seconds and try again", what, k.ID)
	case m.Unreachable != nil:
		return Member{}, &UnreachablePrimaryError{What: what, Key: k.ID, Region: m.Region, Why: *m.Unreachable}
	case m.Missing:
		return Member{}, fmt.Errorf("can't %s %s: its primary should be in %s, which knows no such key", what, k.ID, m.Region)
	default:
		return m, nil
	}
}

// UnreachablePrimaryError says that a change has to be asked of a primary that
// does not answer.
type UnreachablePrimaryError struct {
	What, Key, Region string
	Why               Problem
}

func (e *UnreachablePrimaryError) Error() string {
	why := e.Why.Code
	if e.Why.Look != "" {
		why = e.Why.Look
	}
	return fmt.Sprintf("can't %s %s: KMS takes this at the primary only, and %s does not answer (%s)", e.What, e.Key, e.Region, why)
}

// Hint says what still works.
func (e *UnreachablePrimaryError) Hint() string {
	return fmt.Sprintf("the replicas go on encrypting and decrypting without it; `mrkctl ready %s --if %s` shows what else works", e.Key, e.Region)
}

// lacking returns the tags that are missing or different.
func lacking(have, want map[string]string) map[string]string {
	missing := map[string]string{}
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			missing[k] = v
		}
	}
	return missing
}

// copyable are the tags that may be carried from member to member.
func copyable(tags map[string]string) map[string]string {
	out := maps.Clone(tags)
	maps.DeleteFunc(out, func(k, _ string) bool { return ReservedTag(k) })
	return out
}

func tagStep(region string, tags map[string]string) Step {
	return Step{Do: DoTags, In: region, Tags: tags, Say: fmt.Sprintf("set the tags %s in %s", strings.Join(slices.Sorted(maps.Keys(tags)), ", "), region)}
}
