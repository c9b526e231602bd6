package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// UpdatePrimaryRegion makes a replica the primary of its set. It is asked of
// the present primary, in its Region: a replica cannot promote itself, so a
// dark Region keeps its primary until its control plane answers again.
func (w *World) UpdatePrimaryRegion(c *Call, in *kms.UpdatePrimaryRegionInput) (out *kms.UpdatePrimaryRegionOutput, err error) {
	t, err := w.begin(c, opUpdatePrimaryRegion, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.PrimaryRegion == nil {
		return nil, missing("primaryRegion")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	to, err := t.promotable(m, *in.PrimaryRegion)
	if err != nil {
		return nil, err
	}
	if to != m {
		t.twin = to
		w.promote(m, to)
	}
	return &kms.UpdatePrimaryRegionOutput{}, nil
}

// promotable finds the replica to promote, checking what AWS was seen to check
// in its order: the role, the primary's state, the target, the target's state.
//
// Rules: MRK-PROMOTE-01, MRK-PROMOTE-02, MRK-PROMOTE-03, MRK-PROMOTE-04, MRK-PROMOTE-11,
// MRK-PROMOTE-12.
func (t *task) promotable(m *member, region string) (*member, error) {
	if !m.set.Multi {
		return nil, fail(codeUnsupported, "%s is not a multi-Region primary key.", m.arn)
	}
	if !m.isPrimary() {
		return nil, fail(codeInvalidState, "%s is not a multi-Region primary key.", m.arn)
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if region == m.region.Name {
		return m, nil // a no-op that succeeds
	}
	to := m.set.member(region)
	if to == nil {
		return nil, fail(codeValidation, "%s does not have a replica key in the specified Region.", m.set.ID)
	}
	if t.w.stalled(region) {
		return nil, broken(codeInternal) // assumed: nobody has seen this
	}
	// Both members have to allow it, each by its own policy (MRK-POLICY-10).
	if !t.plainlyAllowed(to) {
		if err := t.decide(to, nil); err != nil {
			return nil, err
		}
	}
	if err := t.ready(to); err != nil {
		return nil, err
	}
	if !t.w.admit(to.region, t.c.Principal.Account, t.op, operations[t.op].PerSecond, 1) {
		return nil, throttled()
	}
	return to, nil
}

// promote flips the labels of both members at once; both are Updating for some
// seconds, and the other replicas hear of it by synchronisation.
//
// Rules: MRK-PROMOTE-05, MRK-PROMOTE-06, MRK-PROMOTE-08, MRK-PROMOTE-09, MRK-PROMOTE-10.
func (w *World) promote(from, to *member) {
	set := from.set
	v := from.view
	v.Primary = to.region.Name
	v.Replicas = with(without(v.Replicas, to.region.Name), from.region.Name)
	if w.sabotaged(sabLosesSchedule) {
		v.Rotation = rotation{}
	}
	set.Primary = to.region.Name
	to.view = v
	from.view = v
	if w.sabotaged(sabTwoPrimaries) {
		from.view.Primary = from.region.Name
	}
	w.promotionSabotage(from, to)
	if gap := w.times.within(w.options.Timing.NoPrimary); gap > 0 {
		to.unseenUntil = w.nowNanos() + int64(gap)
	}
	took := w.times.within(w.options.Timing.Updating)
	for _, m := range []*member{from, to} {
		m.updating, m.updatingUntil = true, w.nowNanos()+int64(took)
		m.settle()
		w.schedule(event{At: m.updatingUntil, Kind: evUpdated, Key: set.ID, Region: m.region.Name})
		w.touch(m)
	}
	w.touchSet(set)
	w.spread(set)
}

// promotionSabotage is what a promotion must not do.
func (w *World) promotionSabotage(from, to *member) {
	if w.sabotaged(sabPromotionResets) {
		to.setPolicy("")
		for _, name := range append([]string(nil), to.names...) {
			w.removeAlias(to.region, to.region.aliases[to.set.Account+"/"+name])
		}
	}
	if w.sabotaged(sabAliasFollows) {
		for _, name := range append([]string(nil), from.names...) {
			a := from.region.aliases[from.set.Account+"/"+name]
			w.removeAlias(from.region, a)
			if to.region.aliases[from.set.Account+"/"+name] == nil {
				w.addAlias(to, name)
			}
		}
	}
}
