package mrk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlanPromote plans making the replica in Region to the primary. When it is
// the primary already there is nothing to do but to wait for the change to
// settle.
func PlanPromote(ctx context.Context, c Cloud, ref, to string, noWait bool) (Plan, error) {
	if err := CheckRegion(to); err != nil {
		return Plan{}, err
	}
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, fmt.Sprintf("promote %s in %s", set.called(), to))
	p.askedOf(ref, set)
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
		if !noWait && !set.agreed() {
			p.Notes = append(p.Notes, to+" is the primary already; the change has not settled")
			p.Steps = append(p.Steps, wait)
		}
		return p, nil
	}
	for _, m := range []Member{primary, target} {
		if m.State != "Enabled" {
			return Plan{}, fmt.Errorf("the member of %s in %s is %s, and both members have to be Enabled to change places; %s", set.ID, m.Region, m.State, mend(set.ID, m))
		}
	}
	p.Seen = set.memberFacts(factMember)
	p.Steps = append(p.Steps, Step{Do: DoPromote, In: primary.Region, To: to, Say: fmt.Sprintf("ask the primary in %s to hand its role to %s", primary.Region, to)})
	if !noWait {
		p.Steps = append(p.Steps, wait)
	}
	p.Notes = append(p.Notes,
		"both members read Updating for some seconds and go on encrypting and decrypting",
		fmt.Sprintf("key ids, ARNs, policies, aliases and grants stay as they are; from then on replicas and rotations are asked of %s", to))
	p.Notes = append(p.Notes, managed(primary, target)...)
	return p, nil
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

// managed warns when tags say that a tool for infrastructure as code keeps a
// record of which member is the primary.
func managed(primary, target Member) []string {
	var notes []string
	for _, m := range []Member{primary, target} {
		for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
			v := m.Tags[k]
			low := strings.ToLower(k + "=" + v)
			switch {
			case strings.HasPrefix(k, "aws:cloudformation:"):
				notes = append(notes, fmt.Sprintf("%s belongs to a CloudFormation stack: its template still says AWS::KMS::Key there and AWS::KMS::ReplicaKey here; bring it in line before the next update", m.Region))
			case strings.Contains(low, "terraform"), strings.Contains(low, "opentofu"), strings.Contains(low, "pulumi"):
				notes = append(notes, fmt.Sprintf("%s is tagged %s=%s: a Terraform state fails on reading a primary that has become a replica, and would replace other replicas, whose primary_key_arn changes; plan `state rm` and `import` of both members", m.Region, k, v))
			default:
				continue
			}
			break
		}
	}
	return notes
}
