package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// catchUp lets a replica know of what the primary has just staged: imports
// need no waiting between the two.
func (w *World) catchUp(m *member) {
	p := m.set.primary()
	if p != nil && p != m && !w.stalled(p.region.Name) && !w.stalled(m.region.Name) {
		w.copyView(p, m)
	}
}

// place finds out which of the key's materials was imported, and enters a new one.
//
// Rules: MRK-IMPORT-05, MRK-IMPORT-07, MRK-IMPORT-09.
func (w *World) place(m *member, h *held, in *kms.ImportKeyMaterialInput) error {
	list := m.view.Materials
	known := -1
	for i, mat := range list {
		if mat.ID == h.ID {
			known = i
		}
	}
	if in.ImportType == types.ImportTypeNewKeyMaterial || len(list) == 0 {
		if known >= 0 {
			return fail("IncorrectKeyMaterialException", "Key material (id: %s) being imported as NEW_KEY_MATERIAL is already associated with KMS key %s.", h.ID, m.arn)
		}
		return w.enter(m, h, text(in.KeyMaterialDescription))
	}
	expected := text(in.KeyMaterialId)
	if expected == "" {
		if cur, ok := m.currentMaterial(); ok {
			expected = cur.ID.String()
		}
	}
	if known < 0 || in.KeyMaterialId != nil && h.ID.String() != *in.KeyMaterialId {
		return fail("IncorrectKeyMaterialException", "Imported key material does not have the expected identifier (%s).", expected)
	}
	if in.KeyMaterialDescription != nil {
		changed := append([]keyMaterial(nil), list...)
		changed[known].Description = *in.KeyMaterialDescription
		m.view.Materials = changed
		w.spread(m.set)
	}
	return nil
}

// enter adds new material to a key: its first, or one that waits for a rotation.
//
// Rules: MRK-IMPORT-08, MRK-IMPORT-24.
func (w *World) enter(m *member, h *held, description string) error {
	state := types.KeyMaterialStateCurrent
	for _, mat := range m.view.Materials {
		if !permanent(mat.State) {
			return fail(codeInvalidState, "New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", h.ID, m.arn, mat.ID)
		}
		state = types.KeyMaterialStatePendingRotation
	}
	if state == types.KeyMaterialStatePendingRotation && len(m.set.members) > 1 {
		state = types.KeyMaterialStatePendingMultiRegionImportAndRotation
	}
	m.view.Materials = withMaterial(m.view.Materials, keyMaterial{ID: h.ID, State: state, Description: description})
	w.spread(m.set)
	return nil
}

// received keeps the bytes of imported material. A key that has all it needs
// is enabled by that, even one that was disabled.
//
// Rules: MRK-IMPORT-11, MRK-IMPORT-13.
func (w *World) received(m *member, h *held) {
	m.drop(h.ID)
	m.hold(h)
	m.settle()
	if !m.lacks {
		m.enabled = true
	}
	if h.Expires {
		w.schedule(event{
			At: max(w.nowNanos(), h.ValidTo+int64(w.times.within(w.options.Timing.Expiry))), Kind: evExpire,
			Key: m.set.ID, Region: m.region.Name, Arg: h.ID.String(), N: h.ValidTo,
		})
	}
	w.touch(m)
	w.touchSet(m.set)
	w.stagedEverywhere(m.set)
}

// stagedEverywhere marks pending material as ready for rotation once every
// member has it.
//
// Rules: MRK-IMPORT-24.
func (w *World) stagedEverywhere(set *keySet) {
	p := set.primary()
	if p == nil {
		return
	}
	for i, mat := range p.view.Materials {
		if mat.State != types.KeyMaterialStatePendingMultiRegionImportAndRotation {
			continue
		}
		for _, m := range set.members {
			if m.holding(mat.ID) == nil {
				return
			}
		}
		list := append([]keyMaterial(nil), p.view.Materials...)
		list[i].State = types.KeyMaterialStatePendingRotation
		p.view.Materials = list
		w.touch(p)
		w.spread(set)
	}
}
