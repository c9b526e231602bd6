package sim

import (
	"cmp"
	"slices"
)

// newMember puts a member of a set into a Region.
func (w *World) newMember(set *keySet, r *region) *member {
	w.queue.seq++
	m := &member{set: set, region: r, arn: r.keyARN(set.Account, set.ID), created: w.nowMillis(), enabled: true, serial: w.queue.seq}
	r.members[set.ID] = m
	r.order = append(r.order, m)
	set.members = append(set.members, m)
	w.sets[set.ID] = set
	w.touch(m)
	w.touchSet(set)
	return m
}

// nowMillis is now as it travels on the wire: to the millisecond.
func (w *World) nowMillis() int64 { return w.nowNanos() / 1e6 * 1e6 }

// removeMember takes a member out of its Region for good, with everything that
// belongs to it.
//
// Rules: MRK-DELETE-10.
func (w *World) removeMember(m *member) {
	r, set := m.region, m.set
	for _, name := range slices.Clone(m.names) {
		w.removeAlias(r, r.aliases[set.Account+"/"+name])
	}
	for _, h := range m.held {
		delete(r.materials, h.ID)
	}
	for _, mat := range m.view.Materials {
		delete(r.materials, mat.ID)
	}
	delete(r.members, set.ID)
	at := r.placeAfter(m.serial)
	r.order = slices.Delete(r.order, at-1, at)
	set.members = slices.DeleteFunc(set.members, func(o *member) bool { return o == m })
	w.touchGone(memberID(m))
	if len(set.members) == 0 {
		delete(w.sets, set.ID)
		w.touchGone(setID(set))
		return
	}
	w.touchSet(set)
}

// placeAfter is the place in the Region's order after the member of that
// serial number, whether or not it is still there.
func (r *region) placeAfter(serial uint64) int {
	at, _ := slices.BinarySearchFunc(r.order, serial+1, func(m *member, s uint64) int { return cmp.Compare(m.serial, s) })
	return at
}

// without is a sorted list of Regions less one, a new slice.
func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// with is a sorted list of Regions and one more, a new slice.
func with(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	out := append(slices.Clone(list), name)
	slices.Sort(out)
	return out
}

// spread sends the primary's view on its way to the other members.
func (w *World) spread(set *keySet) {
	for _, m := range set.members {
		if m.region.Name != set.Primary {
			w.after(w.times.within(w.options.Timing.Sync)+w.lag(m.region.Name),
				event{Kind: evSync, Key: set.ID, Region: m.region.Name})
		}
	}
}

// synchronise brings a member up to date with its primary, or waits while one
// of their Regions is cut off.
//
// Rules: MRK-NET-02, MRK-NET-03, MRK-TRAIL-04.
func (w *World) synchronise(set *keySet, m *member, e event) {
	p := set.primary()
	if p == nil || p == m {
		return
	}
	if w.stalled(p.region.Name) || w.stalled(m.region.Name) {
		w.after(retryLater, e)
		return
	}
	w.copyView(p, m)
}

// copyView makes a member believe what its primary does.
func (w *World) copyView(p, m *member) {
	v := p.view
	if w.sabotaged(sabTwoPrimaries) && m.isPrimary() {
		v.Primary = m.region.Name
	}
	if m.view.equal(v) {
		return
	}
	m.view = v
	w.forgetDropped(m)
	if w.sabotaged(sabMaterialDiffers) {
		w.differ(m)
	}
	if w.sabotaged(sabRotationForgets) {
		w.forgetOld(m)
	}
	m.settle()
	w.recordService(m, opSynchronizeMultiRegionKey, p, nil)
	w.touch(m)
}

// forgetDropped drops the bytes of imported material that the primary no
// longer has pending.
func (w *World) forgetDropped(m *member) {
	for _, h := range slices.Clone(m.held) {
		known := slices.ContainsFunc(m.view.Materials, func(mat keyMaterial) bool { return mat.ID == h.ID })
		if !known && m.set.Origin == "EXTERNAL" {
			m.drop(h.ID)
			delete(m.region.materials, h.ID)
		}
	}
}
