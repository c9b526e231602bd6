package sim

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// rotatedHere checks what Enable, Disable and RotateKeyOnDemand have in common:
// rotation is set on the primary, and only for symmetric keys.
//
// Rules: MRK-ROTATE-01.
func (t *task) rotatedHere(m *member) error {
	if m.set.Multi && !m.isPrimary() {
		return fail(codeUnsupported, "%s is a multi-region replica key which is not valid for %s.", m.arn, t.op)
	}
	return nil
}

// wrongOrigin is the answer to an operation that a key's origin rules out.
func wrongOrigin(m *member) error {
	return fail(codeUnsupported, "%s origin is %s which is not valid for this operation.", m.arn, m.set.Origin)
}

// EnableKeyRotation turns automatic rotation on, or changes its period.
//
// Rules: MRK-ROTATE-09, MRK-ROTATE-10, MRK-ROTATE-13, MRK-ROTATE-15, MRK-ROTATE-21.
func (w *World) EnableKeyRotation(c *Call, in *kms.EnableKeyRotationInput) (out *kms.EnableKeyRotationOutput, err error) {
	t, err := w.begin(c, opEnableKeyRotation, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.RotationPeriodInDays != nil {
		if err := outOfRange("rotationPeriodInDays", int64(*in.RotationPeriodInDays), 90, 2560); err != nil {
			return nil, err
		}
	}
	m, err := t.automatic(in.KeyId)
	if err != nil {
		return nil, err
	}
	if !m.set.symmetric() {
		return nil, fail(codeUnsupported, "")
	}
	rot := m.view.Rotation
	days := rot.Days
	switch {
	case in.RotationPeriodInDays != nil:
		days = int(*in.RotationPeriodInDays)
	case !rot.Enabled:
		days = 365 // an earlier period is forgotten
	}
	if !rot.Enabled || days != rot.Days {
		m.view.Rotation.Enabled, m.view.Rotation.Days = true, days
		w.scheduleRotation(m, w.nowMillis()+int64(days)*int64(24*time.Hour))
	}
	return &kms.EnableKeyRotationOutput{}, nil
}

// automatic finds a key whose automatic rotation can be set here.
//
// Rules: MRK-IMPORT-18.
func (t *task) automatic(name *string) (*member, error) {
	m, err := t.key(name)
	if err != nil {
		return nil, err
	}
	if m.set.Origin != types.OriginTypeAwsKms {
		return nil, wrongOrigin(m)
	}
	if err := t.rotatedHere(m); err != nil {
		return nil, err
	}
	return m, t.ready(m)
}

// DisableKeyRotation turns automatic rotation off. A rotation in progress goes on.
func (w *World) DisableKeyRotation(c *Call, in *kms.DisableKeyRotationInput) (out *kms.DisableKeyRotationOutput, err error) {
	t, err := w.begin(c, opDisableKeyRotation, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.automatic(in.KeyId)
	if err != nil {
		return nil, err
	}
	if m.view.Rotation.Enabled {
		m.view.Rotation = rotation{Started: m.view.Rotation.Started}
		w.touch(m)
		w.spread(m.set)
	}
	return &kms.DisableKeyRotationOutput{}, nil
}

// GetKeyRotationStatus shows the rotation of a set as its member here knows it.
//
// Rules: MRK-ROTATE-11, MRK-ROTATE-12.
func (w *World) GetKeyRotationStatus(c *Call, in *kms.GetKeyRotationStatusInput) (out *kms.GetKeyRotationStatusOutput, err error) {
	t, err := w.begin(c, opGetKeyRotationStatus, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if m.set.Store != "" {
		return nil, wrongOrigin(m)
	}
	out = &kms.GetKeyRotationStatusOutput{KeyId: &m.arn}
	v, deleting := w.shownView(m)
	rot := v.Rotation
	// A key that waits for its deletion shows no schedule; a primary that waits
	// for its replicas does.
	if rot.Enabled && deleting != pendingDeletion {
		days := int32(rot.Days)
		out.KeyRotationEnabled, out.RotationPeriodInDays, out.NextRotationDate = true, &days, moment(rot.Next)
	}
	if rot.Started != 0 {
		out.OnDemandRotationStartDate = moment(rot.Started)
	}
	return out, nil
}

// RotateKeyOnDemand begins a rotation now. It is done when every member has the
// new key material, minutes later.
//
// Rules: MRK-ROTATE-06.
func (w *World) RotateKeyOnDemand(c *Call, in *kms.RotateKeyOnDemandInput) (out *kms.RotateKeyOnDemandOutput, err error) {
	t, err := w.begin(c, opRotateKeyOnDemand, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if m.set.Store != "" {
		return nil, wrongOrigin(m)
	}
	if err := t.rotatedHere(m); err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if !m.set.symmetric() {
		return nil, fail(codeUnsupported, "")
	}
	if err := w.rotatable(m); err != nil {
		return nil, err
	}
	if m.set.Running == nil {
		if err := w.startRotation(m, types.RotationTypeOnDemand); err != nil {
			return nil, err
		}
	}
	out = &kms.RotateKeyOnDemandOutput{KeyId: &m.arn}
	t.out = out
	return out, nil
}

// rotatable checks that a rotation on demand can begin now. One that is
// already in progress is no obstacle: it is the one.
//
// Rules: MRK-ROTATE-18, MRK-ROTATE-19, MRK-IMPORT-17.
func (w *World) rotatable(m *member) error {
	set := m.set
	if set.Running != nil {
		if set.Running.How == types.RotationTypeAutomatic {
			return fail(codeConflict, "")
		}
		return nil
	}
	if rot := m.view.Rotation; rot.Enabled && rot.Next-w.nowNanos() <= int64(20*time.Minute) {
		return fail(codeConflict, "") // due within 20 minutes
	}
	if set.Origin == types.OriginTypeExternal {
		if err := w.importedEverywhere(m); err != nil {
			return err
		}
	}
	if set.OnDemand >= w.options.Limits.OnDemandRotations {
		return fail(codeLimitExceeded, "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: %s", m.arn)
	}
	return nil
}

// ListKeyRotations lists the key materials of a key, oldest first.
//
// Rules: MRK-ROTATE-14, MRK-ROTATE-15.
func (w *World) ListKeyRotations(c *Call, in *kms.ListKeyRotationsInput) (out *kms.ListKeyRotationsOutput, err error) {
	t, err := w.begin(c, opListKeyRotations, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if m.set.Store != "" {
		return nil, wrongOrigin(m)
	}
	all := in.IncludeKeyMaterial == types.IncludeKeyMaterialAllKeyMaterial
	if all && !m.set.symmetric() {
		return nil, fail(codeValidation, "Input parameter includeKeyMaterial can only be used with symmetric keys.")
	}
	var list []types.RotationsListEntry
	v, _ := w.shownView(m)
	for _, mat := range v.Materials {
		if m.set.symmetric() && (all || mat.Rotated != 0) {
			list = append(list, m.rotationEntry(mat))
		}
	}
	page, next, err := page(list, in.Limit, in.Marker, 100, 1000, func(i int) string { return strconv.Itoa(i) })
	if err != nil {
		return nil, err
	}
	return &kms.ListKeyRotationsOutput{Rotations: page, NextMarker: next, Truncated: next != nil}, nil
}

// rotationEntry shows one key material as a member knows it.
//
// Rules: MRK-IMPORT-21.
func (m *member) rotationEntry(mat keyMaterial) types.RotationsListEntry {
	id := mat.ID.String()
	e := types.RotationsListEntry{KeyId: &m.arn, KeyMaterialId: &id, KeyMaterialState: mat.State}
	if mat.Rotated != 0 {
		e.RotationDate, e.RotationType = moment(mat.Rotated), mat.How
	}
	if m.set.Origin != types.OriginTypeExternal {
		return e
	}
	if mat.Description != "" {
		e.KeyMaterialDescription = &mat.Description
	}
	h := m.holding(mat.ID)
	if h == nil {
		e.ImportState = types.ImportStatePendingImport
		return e
	}
	e.ImportState, e.ExpirationModel = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialDoesNotExpire
	if h.Expires {
		e.ExpirationModel, e.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, moment(h.ValidTo)
	}
	return e
}
