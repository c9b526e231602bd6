package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// DeleteImportedKeyMaterial deletes the bytes of one material here: the current
// one, unless another is named. It succeeds also when they are not here.
//
// Rules: MRK-IMPORT-15, MRK-IMPORT-16, MRK-IMPORT-29.
func (w *World) DeleteImportedKeyMaterial(c *Call, in *kms.DeleteImportedKeyMaterialInput) (out *kms.DeleteImportedKeyMaterialOutput, err error) {
	t, err := w.begin(c, opDeleteImportedKeyMaterial, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.imported(in.KeyId)
	if err != nil {
		return nil, err
	}
	if s := m.state(); s == types.KeyStateCreating || s == types.KeyStateUpdating {
		return nil, inState(m, s)
	}
	w.catchUp(m)
	out = &kms.DeleteImportedKeyMaterialOutput{KeyId: &m.arn}
	t.out = out
	mat, found := m.currentMaterial()
	if in.KeyMaterialId != nil {
		found = false
		for _, x := range m.view.Materials {
			if x.ID.String() == *in.KeyMaterialId {
				mat, found = x, true
			}
		}
		if !found {
			return nil, fail(codeValidation, "Key material (id: %s) has never been imported into KMS key %s.", *in.KeyMaterialId, m.arn)
		}
	}
	if !found {
		return out, nil // nothing was ever imported
	}
	w.discard(m, mat)
	if m.set.symmetric() {
		id := mat.ID.String()
		out.KeyMaterialId = &id
	}
	return out, nil
}

// discard drops the bytes of a material. One that is pending is forgotten
// altogether when the primary drops it, at the replicas too.
//
// Rules: MRK-IMPORT-14, MRK-IMPORT-25.
func (w *World) discard(m *member, mat keyMaterial) {
	m.drop(mat.ID)
	if !permanent(mat.State) && m.set.Primary == m.region.Name {
		var rest []keyMaterial
		for _, x := range m.view.Materials {
			if x.ID != mat.ID {
				rest = append(rest, x)
			}
		}
		m.view.Materials = rest
		delete(m.region.materials, mat.ID)
		w.spread(m.set)
	}
	m.settle()
	w.touch(m)
}

// importedEverywhere checks that imported key material is pending at the
// primary and has been imported at every replica.
//
// Rules: MRK-IMPORT-17, MRK-IMPORT-24.
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

// materialExpires makes imported key material useless whose time is over. While
// it is pending its ValidTo is ignored. The list of
// rotations goes on showing it as imported.
//
// Rules: MRK-IMPORT-11, MRK-IMPORT-19, MRK-IMPORT-21, MRK-IMPORT-26.
func (w *World) materialExpires(m *member, e event) {
	for i, h := range m.held {
		if h.ID.String() != e.Arg || !h.Expires || h.ValidTo != e.N || h.Expired || !m.bound(h.ID) {
			continue
		}
		over := newHeld(m.set, h.Secret)
		over.Expires, over.ValidTo, over.Expired = true, h.ValidTo, true
		m.held[i] = over
		m.settle()
		w.recordService(m, opDeleteExpiredKeyMaterial, m, map[string]string{"keyId": m.set.ID, "keyMaterialId": h.ID.String()})
		w.touch(m)
		return
	}
}

// expireActivated applies the expiry that was ignored while a material was pending.
//
// Rules: MRK-IMPORT-19.
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
