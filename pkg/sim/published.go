package sim

import "github.com/aws/aws-sdk-go-v2/service/kms/types"

// published is what readers of a member get to see while Options.ReadLag is
// set: a state of the recent past. AWS documents that every call may see such
// a state for a while, and a recording shows cryptography going on for about a
// second with a key that had just been scheduled for deletion.
//
// Rules: MRK-READ-01.
type published struct {
	meta     *types.KeyMetadata
	state    types.KeyState
	policy   string
	tags     []tag
	view     view
	deletion deletion
}

// lagging says whether readers see the past.
func (w *World) lagging() bool { return w.options.ReadLag.Max > 0 }

// publishLater lets a change of a member reach its readers after a while. The
// first state of a member is there at once.
func (w *World) publishLater(m *member) {
	if w.lagging() {
		w.after(w.times.within(w.options.ReadLag), event{Kind: evPublish, Key: m.set.ID, Region: m.region.Name})
	}
}

// publish shows readers what a member is like now.
func (w *World) publish(m *member) {
	m.published = &published{
		meta: w.metadata(m), state: m.state(), policy: m.effectivePolicy(), tags: m.tags, view: m.view, deletion: m.deletion,
	}
}

// shownMetadata is what DescribeKey shows of a member.
func (w *World) shownMetadata(m *member) *types.KeyMetadata {
	if p := m.published; p != nil && w.lagging() {
		return p.meta
	}
	return w.metadata(m)
}

// shownPolicy is what GetKeyPolicy shows.
func (w *World) shownPolicy(m *member) string {
	if p := m.published; p != nil && w.lagging() {
		return p.policy
	}
	return m.effectivePolicy()
}

// shownTags is what ListResourceTags shows.
func (w *World) shownTags(m *member) []tag {
	if p := m.published; p != nil && w.lagging() {
		return p.tags
	}
	return m.tags
}

// shownView is what the reads of a rotation show, and whether the key counts as
// waiting for its deletion.
func (w *World) shownView(m *member) (view, deletion) {
	if p := m.published; p != nil && w.lagging() {
		return p.view, p.deletion
	}
	return m.view, m.deletion
}

// shownState is the key state that an operation goes by: changes go by what is,
// cryptography by what has reached it.
func (w *World) shownState(m *member, op Op) types.KeyState {
	if p := m.published; p != nil && w.lagging() && operations[op].Plane == Data {
		return p.state
	}
	return m.state()
}
