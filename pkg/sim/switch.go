package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// EnableKey lets a key be used. It concerns one member only.
//
// Rules: MRK-KEY-06, MRK-IMPORT-34.
func (w *World) EnableKey(c *Call, in *kms.EnableKeyInput) (out *kms.EnableKeyOutput, err error) {
	t, err := w.begin(c, opEnableKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	m.enabled = true
	w.touch(m)
	w.overdue(m)
	return &kms.EnableKeyOutput{}, nil
}

// DisableKey stops a key from being used. It concerns one member only.
//
// Rules: MRK-KEY-06.
func (w *World) DisableKey(c *Call, in *kms.DisableKeyInput) (out *kms.DisableKeyOutput, err error) {
	t, err := w.begin(c, opDisableKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	m.enabled = false
	w.touch(m)
	if w.sabotaged(sabDisableSpreads) && m.isPrimary() {
		for _, o := range m.set.members {
			o.enabled = false
			w.touch(o)
		}
	}
	return &kms.DisableKeyOutput{}, nil
}

// UpdateKeyDescription changes a member's description.
func (w *World) UpdateKeyDescription(c *Call, in *kms.UpdateKeyDescriptionInput) (out *kms.UpdateKeyDescriptionOutput, err error) {
	t, err := w.begin(c, opUpdateKeyDescription, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.Description == nil {
		return nil, missing("description")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	m.description = *in.Description
	w.touch(m)
	return &kms.UpdateKeyDescriptionOutput{}, nil
}
