package sim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ReplicateKey makes a replica of a primary in another Region. It is asked of
// the primary, in the primary's Region.
//
// Rules: MRK-REPLICATE-10, MRK-REPLICATE-12, MRK-RATE-02.
func (w *World) ReplicateKey(c *Call, in *kms.ReplicateKeyInput) (out *kms.ReplicateKeyOutput, err error) {
	t, err := w.begin(c, opReplicateKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.ReplicaRegion == nil {
		return nil, missing("replicaRegion")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	to, err := t.replicaRegion(m, *in.ReplicaRegion)
	if err != nil {
		return nil, err
	}
	if err := w.checkTags(in.Tags, 0); err != nil {
		return nil, err
	}
	policy, err := t.newPolicy(in.Policy, in.BypassPolicyLockoutSafetyCheck, m.set, to)
	if err != nil {
		return nil, err
	}
	if err := w.placeFor(to, m.set.Account); err != nil {
		return nil, err
	}
	// Two CreateKey requests are charged in the replica's Region.
	if !w.admit(to, c.Principal.Account, opCreateKey, operations[opCreateKey].PerSecond, 2) {
		return nil, throttled()
	}
	replica := w.addReplica(m, to)
	replica.description, replica.policy, replica.tags = text(in.Description), policy, tagsOf(in.Tags)
	if w.sabotaged(sabReplicaCopiesPolicy) {
		replica.policy = m.policy
	}
	t.twin = replica
	shown := replica.effectivePolicy()
	out = &kms.ReplicateKeyOutput{ReplicaKeyMetadata: w.metadata(replica), ReplicaPolicy: &shown}
	if len(replica.tags) > 0 {
		out.ReplicaTags = tagList(replica.tags)
	}
	t.out = out
	return out, nil
}

// replicaRegion checks that a key can be replicated to a Region, in the order
// that AWS was seen to keep.
//
// Rules: MRK-REPLICATE-01, MRK-REPLICATE-02, MRK-REPLICATE-03, MRK-REPLICATE-04, MRK-REPLICATE-05,
// MRK-REPLICATE-06, MRK-REPLICATE-07, MRK-REPLICATE-15.
func (t *task) replicaRegion(m *member, name string) (*region, error) {
	w := t.w
	if !m.set.Multi || !m.isPrimary() {
		return nil, fail(codeUnsupported, "%s is not a multi-region primary key.", m.arn)
	}
	if name == m.region.Name {
		return nil, fail(codeValidation, "%s cannot have a replica because it contains the primary.", name)
	}
	known, ok := LookupRegion(name)
	if ok && known.Partition != m.region.Partition {
		return nil, fail(codeValidation, "The replica key Region must be in the same AWS partition as the primary key Region.")
	}
	to := w.region(name)
	if to == nil || to.closed {
		return nil, fail(codeValidation, "Region %s is not a valid Region or multi-Region keys are not supported in Region %s.", name, name)
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if m.set.member(name) != nil || slices.Contains(m.view.Replicas, name) {
		return nil, fail(codeAlreadyExists, "You can create only one replica of each primary key in each AWS Region.")
	}
	if w.stalled(name) {
		return nil, broken(codeInternal)
	}
	return to, nil
}

// addReplica makes the replica: describable at once and listed by the primary
// at once, usable a few seconds later.
//
// Rules: MRK-REPLICATE-09, MRK-REPLICATE-11.
func (w *World) addReplica(primary *member, to *region) *member {
	set := primary.set
	replica := w.newMember(set, to)
	replica.creating = true
	primary.view.Replicas = with(primary.view.Replicas, to.Name)
	replica.view = primary.view
	replica.settle()
	w.touch(primary)
	w.spread(set)
	w.after(w.times.within(w.options.Timing.Creating), event{Kind: evCreated, Key: set.ID, Region: to.Name})
	return replica
}

// replicaCreated ends Creating: the key material has arrived. It waits while
// one of the two Regions is cut off, or while a fault keeps replicas there.
//
// Rules: MRK-REPLICATE-14.
func (w *World) replicaCreated(m *member, e event) {
	p := m.set.primary()
	if !m.creating {
		return
	}
	if p == nil || w.stalled(p.region.Name) || w.stalled(m.region.Name) || w.stuck(m.region.Name) {
		w.after(retryLater, e)
		return
	}
	m.creating = false
	m.view = p.view
	if m.set.Origin != types.OriginTypeExternal {
		for _, h := range p.held {
			if w.sabotaged(sabMaterialMissing) && len(m.held) > 0 {
				break
			}
			m.hold(h)
		}
	}
	m.settle()
	w.recordService(m, opSynchronizeMultiRegionKey, p, nil)
	w.touch(m)
}

// stuck says whether a fault keeps new replicas in a Region from being ready.
func (w *World) stuck(region string) bool {
	for _, f := range w.faults {
		if f.Kind == StuckCreating && f.in(region) && w.nowNanos() < f.Until {
			return true
		}
	}
	return false
}
