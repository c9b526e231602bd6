package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// importedEverywhere checks that imported key material is pending at the
// primary and has been imported at every replica (kms-recorded 5/15, 4/28).
func (w *World) importedEverywhere(p *member) error {
	for _, mat := range p.view.Materials {
		if permanent(mat.State) {
			continue
		}
		for _, m := range p.set.members {
			if m.holding(mat.ID) == nil {
				return fail(codeInvalidState, "Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.")
			}
		}
		return nil
	}
	return fail(codeInvalidState, "No available key material pending rotation for the key: %s.", p.arn)
}

// materialExpires removes imported key material whose time is over. While it is
// pending its ValidTo is ignored (kms-recorded 7/12, 8/5).
func (w *World) materialExpires(m *member, e event) {
	for _, h := range m.held {
		if h.ID.String() != e.Arg || !h.Expires || h.ValidTo != e.N {
			continue
		}
		if !m.bound(h.ID) {
			return
		}
		m.drop(h.ID)
		m.settle()
		w.recordService(m, opDeleteExpiredKeyMaterial, m, map[string]string{"keyId": m.set.ID})
		w.touch(m)
		return
	}
}

// expireActivated applies the expiry that was ignored while a material was pending.
func (w *World) expireActivated(p *member) {
	cur, ok := p.currentMaterial()
	if !ok || p.set.Origin != types.OriginTypeExternal {
		return
	}
	for _, m := range p.set.members {
		if h := m.holding(cur.ID); h != nil && h.Expires && h.ValidTo <= w.nowNanos() {
			w.after(0, event{Kind: evExpire, Key: p.set.ID, Region: m.region.Name, Arg: h.ID.String(), N: h.ValidTo})
		}
	}
}
