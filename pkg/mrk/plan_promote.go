package mrk

import (
	"context"
	"fmt"
	"strings"
)

// Promoting says which replica is to become the primary, and what is to be
// known about it first.
type Promoting struct {
	To     string // Region of the replica
	NoWait bool
	// State are the resources of this key in a Terraform state; nil when none
	// was looked at.
	State []Resource
}

// PlanPromote plans making a replica the primary. When it is the primary
// already there is nothing to do but to wait for the change to settle.
//
// Both members have to be Enabled and both key policies have to let somebody do
// it; whether the caller may shows only in the call, which has no dry run.
func PlanPromote(ctx context.Context, c Cloud, ref string, p Promoting) (Plan, error) {
	to := p.To
	if err := CheckRegion(to); err != nil {
		return Plan{}, err
	}
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	plan := newPlan(c, set, fmt.Sprintf("promote %s in %s", set.called(), to))
	plan.askedOf(ref, set)
	primary, err := set.reachablePrimary("promote")
	if err != nil {
		return Plan{}, err
	}
	target, ok := set.Member(to)
	if !ok {
		return Plan{}, fmt.Errorf("%s has no replica of %s (members: %s); `mrkctl key replicate %s --to %s` makes one", to, set.ID, strings.Join(set.Regions(), ", "), set.ID, to)
	}
	if !target.Reached() {
		return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s); both members have to be Enabled to change places", set.ID, to, target.Words())
	}
	wait := Step{Do: DoWaitPrimary, To: to, Regions: set.reachedRegions(), Say: fmt.Sprintf("wait until every member calls %s the primary", to)}
	if primary.Region == to {
		if !p.NoWait && !set.agreed() {
			plan.Notes = append(plan.Notes, to+" is the primary already; the change has not settled")
			plan.Steps = append(plan.Steps, wait)
		}
		return plan, nil
	}
	if err := set.mayChangePlaces(primary, target); err != nil {
		return Plan{}, err
	}
	plan.Seen = set.memberFacts(factMember)
	plan.Steps = append(plan.Steps, Step{Do: DoPromote, In: primary.Region, To: to, Say: fmt.Sprintf("ask the primary in %s to hand its role to %s", primary.Region, to)})
	if !p.NoWait {
		plan.Steps = append(plan.Steps, wait)
	}
	plan.Notes = append(plan.Notes,
		"both members read Updating for some seconds and go on encrypting and decrypting",
		fmt.Sprintf("key ids, ARNs, policies, aliases and grants stay as they are; from then on replicas and rotations are asked of %s", to))
	plan.Notes = append(plan.Notes, tried(ctx, c, primary, target)...)
	for _, action := range []string{"ReplicateKey", "RotateKeyOnDemand", "EnableKeyRotation"} {
		if target.closedTo(action) {
			plan.Notes = append(plan.Notes, fmt.Sprintf("as the primary, %s could not take %s: its key policy lets nobody do it", to, action))
		}
	}
	plan.Notes = append(plan.Notes, managed(primary, target)...)
	plan.Notes = append(plan.Notes, surgery(p.State, set, to)...)
	return plan, nil
}

// mayChangePlaces refuses what KMS would certainly refuse.
func (k KeySet) mayChangePlaces(members ...Member) error {
	for _, m := range members {
		if m.State != "Enabled" {
			return fmt.Errorf("the member of %s in %s is %s, and both members have to be Enabled to change places; %s", k.ID, m.Region, m.State, mend(k.ID, m))
		}
		if m.closedTo("UpdatePrimaryRegion") {
			return fmt.Errorf("the key policy of %s in %s lets nobody call UpdatePrimaryRegion, which both members have to allow; `mrkctl policy put %s FILE --in %s` mends it", k.ID, m.Region, k.ID, m.Region)
		}
	}
	return nil
}

// tried tells of dry runs that members refused us: whoever promotes a key need
// not be allowed to use it, but somebody will want to.
func tried(ctx context.Context, c Cloud, members ...Member) []string {
	notes := make([]string, len(members))
	regions := make([]string, len(members))
	for i, m := range members {
		regions[i] = m.Region
	}
	c.inEach(regions, func(i int, region string) {
		for _, run := range dryRuns(c, members[i]) {
			if run.op == "CreateGrant" {
				continue
			}
			limited, cancel := c.limited(ctx)
			err := translate(region, run.try(limited))
			cancel()
			if code := Code(err); code != "DryRunOperationException" {
				notes[i] = fmt.Sprintf("a dry run of %s in %s is answered with %s: you may not use the key there, and others may not either", run.op, region, code)
				return
			}
		}
	})
	var told []string
	for _, n := range notes {
		if n != "" {
			told = append(told, n)
		}
	}
	return told
}

// agreed tells whether every member that was reached has settled on the same primary.
func (k KeySet) agreed() bool {
	for _, m := range k.Members {
		if m.Reached() && m.MultiRegion && (m.State == "Updating" || m.PrimaryRegion != k.Primary || (m.Role == RolePrimary) != (m.Region == k.Primary)) {
			return false
		}
	}
	return true
}

func (k KeySet) reachedRegions() []string {
	var regions []string
	for _, m := range k.Members {
		if m.Reached() {
			regions = append(regions, m.Region)
		}
	}
	return regions
}

// mend is the command that makes a member Enabled.
func mend(id string, m Member) string {
	switch m.State {
	case "Disabled":
		return fmt.Sprintf("`mrkctl key enable %s --in %s`", id, m.Region)
	case "PendingDeletion", "PendingReplicaDeletion":
		return fmt.Sprintf("`mrkctl key undelete %s --in %s`", id, m.Region)
	case "PendingImport":
		return fmt.Sprintf("`mrkctl key import %s --material FILE`", id)
	default:
		return "wait until it is, with `mrkctl key show " + id + "`"
	}
}
