package sim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// rotationRun is a rotation in progress. New key material of a generated key
// goes to one member after the other, and none encrypts with it until all have
// it; imported material is already where it has to be, and the run only waits.
type rotationRun struct {
	How      types.RotationType
	Started  int64
	Material materialID // the new material; zero for imported keys
	Secret   []byte
}

// startRotation begins a rotation of a set at its primary.
//
// Rules: MRK-ROTATE-03, MRK-ROTATE-05, MRK-ROTATE-07, MRK-IMPORT-27.
func (w *World) startRotation(p *member, how types.RotationType) error {
	set, timing := p.set, w.options.Timing
	run := &rotationRun{How: how, Started: w.nowMillis()}
	first := timing.RotateMake
	if set.Origin == types.OriginTypeExternal {
		first = timing.RotateImported
		if len(set.members) > 1 {
			first = timing.RotateImportedSet
		}
	} else {
		h, err := w.makeMaterial(set)
		if err != nil {
			return err
		}
		run.Material, run.Secret = h.ID, h.Secret
		p.hold(h)
		p.settle()
	}
	set.Running = run
	if how == types.RotationTypeOnDemand {
		set.OnDemand++
		p.view.Rotation.Started = run.Started
		w.spread(set)
	}
	w.touch(p)
	w.touchSet(set)
	w.after(w.times.within(first), event{Kind: evRotateStep, Key: set.ID})
	return nil
}

// rotateStep takes a rotation on: to the next member that lacks the new
// material and can be reached, or to its end once none lacks it.
//
// Rules: MRK-ROTATE-02, MRK-ROTATE-04, MRK-NET-03.
func (w *World) rotateStep(set *keySet, e event) {
	run, p := set.Running, set.primary()
	if run == nil || p == nil {
		return
	}
	if run.Secret == nil {
		w.finishRotation(p)
		return
	}
	lacking := false
	for _, m := range set.members {
		if m.creating || m.holding(run.Material) != nil || m == p {
			continue
		}
		if w.sabotaged(sabMaterialMissing) {
			continue
		}
		lacking = true
		if w.stalled(p.region.Name) || w.stalled(m.region.Name) {
			continue
		}
		if e.Arg != m.region.Name {
			// It is this member's turn: the way there takes its time.
			e.Arg = m.region.Name
			w.after(w.times.within(w.options.Timing.RotateReplica)+w.lag(m.region.Name), e)
			return
		}
		m.hold(newHeld(set, run.Secret))
		m.settle()
		w.recordService(m, opSynchronizeMultiRegionKey, p, nil)
		w.touch(m)
		e.Arg = ""
		w.rotateStep(set, e)
		return
	}
	if lacking {
		e.Arg = ""
		w.after(retryLater, e)
		return
	}
	if p.holding(run.Material) == nil {
		// Promoted while the run was under way, before its turn came: the
		// material came from the old primary with the promotion.
		p.hold(newHeld(set, run.Secret))
	}
	w.finishRotation(p)
}

// finishRotation makes the new material current, at the primary now and at the
// replicas when they hear of it.
//
// Rules: MRK-ROTATE-05, MRK-ROTATE-08, MRK-IMPORT-20.
func (w *World) finishRotation(p *member) {
	set, run := p.set, p.set.Running
	now := w.nowMillis()
	next := run.Material
	list := p.view.Materials
	if run.Secret != nil {
		list = withMaterial(list, keyMaterial{ID: next})
	} else {
		// Whatever is pending now; nothing when it was deleted meanwhile.
		for _, mat := range list {
			if !permanent(mat.State) {
				next = mat.ID
			}
		}
	}
	previous, _ := p.currentMaterial()
	if next != (materialID{}) {
		p.view.Materials = activated(list, next, now, run.How)
	}
	p.view.Rotation.Started = 0
	set.Running = nil
	if w.sabotaged(sabRotationForgets) {
		w.forgetOld(p)
	}
	p.settle()
	if next != (materialID{}) {
		w.recordService(p, opRotateKey, p, rotateDetails{
			KeyID: set.ID, RotationType: string(run.How), KeyOrigin: string(set.Origin),
			PreviousKeyMaterialID: previous.ID.String(), CurrentKeyMaterialID: next.String(),
		})
	}
	w.touch(p)
	w.touchSet(set)
	w.spread(set)
	w.expireActivated(p)
}

// rotateDetails are the service event details of a RotateKey record.
type rotateDetails struct {
	KeyID                 string `json:"keyId"`
	RotationType          string `json:"rotationType"`
	KeyOrigin             string `json:"keyOrigin"`
	PreviousKeyMaterialID string `json:"previousKeyMaterialId"`
	CurrentKeyMaterialID  string `json:"currentKeyMaterialId"`
}

// autoRotate is a scheduled rotation that has come due. A key that is disabled
// or being deleted is not rotated; see overdue.
//
// Rules: MRK-ROTATE-16, MRK-ROTATE-17.
func (w *World) autoRotate(set *keySet, due int64) {
	p := set.primary()
	if p == nil || !p.view.Rotation.Enabled || p.view.Rotation.Next != due {
		return
	}
	if s := p.state(); s != types.KeyStateEnabled && s != types.KeyStateUpdating {
		return
	}
	if set.Running != nil {
		w.after(time.Minute, event{Kind: evAutoRotate, Key: set.ID, N: due})
		return
	}
	if w.startRotation(p, types.RotationTypeAutomatic) != nil {
		return
	}
	w.scheduleRotation(p, due+int64(p.view.Rotation.Days)*int64(24*time.Hour))
}

// scheduleRotation sets the date of the next automatic rotation.
func (w *World) scheduleRotation(p *member, next int64) {
	p.view.Rotation.Next = next
	w.touch(p)
	w.schedule(event{At: max(next, w.nowNanos()), Kind: evAutoRotate, Key: p.set.ID, N: next})
	w.spread(p.set)
}

// overdue starts a rotation that came due while its key could not be rotated,
// now that the key is enabled again.
//
// Rules: MRK-ROTATE-17.
func (w *World) overdue(m *member) {
	if m.set.Primary == m.region.Name && m.view.Rotation.Enabled && m.view.Rotation.Next <= w.nowNanos() {
		w.autoRotate(m.set, m.view.Rotation.Next)
	}
}

// differ gives a replica a current material of its own, for a sabotage.
func (w *World) differ(m *member) {
	cur, ok := m.currentMaterial()
	if !ok || cur.Rotated == 0 {
		return
	}
	for _, h := range m.held {
		if h.ID == cur.ID {
			own := newHeld(m.set, append([]byte(m.region.Name), h.Secret...))
			m.hold(own)
			list := append([]keyMaterial(nil), m.view.Materials...)
			for i := range list {
				if list[i].ID == cur.ID {
					list[i].ID = own.ID
				}
			}
			m.view.Materials = list
			return
		}
	}
}

// forgetOld throws away what is not current, for a sabotage.
func (w *World) forgetOld(m *member) {
	for _, mat := range m.view.Materials {
		if mat.State == types.KeyMaterialStateNonCurrent {
			m.drop(mat.ID)
			delete(m.region.materials, mat.ID)
		}
	}
}
