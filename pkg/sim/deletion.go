package sim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const day = 24 * time.Hour

// ScheduleKeyDeletion begins a key's waiting period. A primary that has
// replicas waits for them first.
//
// Rules: MRK-DELETE-01, MRK-DELETE-02, MRK-DELETE-12.
func (w *World) ScheduleKeyDeletion(c *Call, in *kms.ScheduleKeyDeletionInput) (out *kms.ScheduleKeyDeletionOutput, err error) {
	t, err := w.begin(c, opScheduleKeyDeletion, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	days := int32(30)
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
		if err := outOfRange("pendingWindowInDays", int64(days), 7, 30); err != nil {
			return nil, err
		}
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	// Everything but Updating and a deletion under way is allowed.
	switch s := m.state(); s {
	case types.KeyStateUpdating, types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		return nil, inState(m, s)
	default:
	}
	if m.updating {
		return nil, inState(m, types.KeyStateUpdating)
	}
	m.window = int(days)
	if m.isPrimary() && len(m.view.Replicas) > 0 {
		m.deletion = pendingReplicas
		w.touch(m)
	} else {
		w.beginWindow(m)
	}
	out = &kms.ScheduleKeyDeletionOutput{KeyId: &m.arn, KeyState: m.state(), PendingWindowInDays: &days}
	if m.deletion == pendingDeletion {
		out.DeletionDate = moment(m.deleteAt)
	}
	t.out = out
	return out, nil
}

// beginWindow starts a member's waiting period.
func (w *World) beginWindow(m *member) {
	m.deletion = pendingDeletion
	m.deleteAt = w.nowMillis() + int64(m.window)*int64(day)
	at := m.deleteAt
	if w.sabotaged(sabDeletesEarly) {
		at -= int64(day)
	}
	w.schedule(event{At: at, Kind: evDelete, Key: m.set.ID, Region: m.region.Name, N: m.deleteAt})
	w.touch(m)
}

// CancelKeyDeletion takes a key back: it is Disabled then, or waits for its
// imported key material.
//
// Rules: MRK-DELETE-04, MRK-DELETE-05, MRK-DELETE-06.
func (w *World) CancelKeyDeletion(c *Call, in *kms.CancelKeyDeletionInput) (out *kms.CancelKeyDeletionOutput, err error) {
	t, err := w.begin(c, opCancelKeyDeletion, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if m.deletion == notDeleting {
		return nil, fail(codeInvalidState, "%s is not pending deletion (or pending replica deletion).", m.arn)
	}
	m.deletion, m.deleteAt, m.window = notDeleting, 0, 0
	m.enabled = w.sabotaged(sabCancelEnables)
	w.touch(m)
	out = &kms.CancelKeyDeletionOutput{KeyId: &m.arn}
	t.out = out
	return out, nil
}

// deletionDue ends a waiting period: the key is gone, and its primary, if it
// was a replica, hears of it.
//
// Rules: MRK-DELETE-08, MRK-DELETE-10.
func (w *World) deletionDue(m *member, e event) {
	if m.deletion != pendingDeletion || m.deleteAt != e.N {
		return
	}
	set := m.set
	if w.sabotaged(sabDeletionForgotten) && set.Multi && !m.isPrimary() {
		return
	}
	w.recordService(m, opDeleteKey, m, map[string]string{"keyId": set.ID})
	w.removeMember(m)
	if p := set.primary(); p != nil && p != m {
		w.after(w.times.within(w.options.Timing.Sync)+w.lag(p.region.Name),
			event{Kind: evReplicaGone, Key: set.ID, Region: p.region.Name, Arg: m.region.Name, N: w.nowNanos()})
	}
}

// replicaGone takes a deleted replica off its primary's list. A primary that
// waited for the last one begins its own waiting period, two days later.
//
// Rules: MRK-DELETE-07, MRK-DELETE-11.
func (w *World) replicaGone(p *member, e event) {
	set := p.set
	if set.Primary != p.region.Name {
		// Promoted meanwhile: the new primary keeps the list now.
		if q := set.primary(); q != nil {
			e.Region = q.region.Name
			w.after(0, e)
		}
		return
	}
	if w.stalled(p.region.Name) {
		w.after(retryLater, e)
		return
	}
	if set.member(e.Arg) != nil {
		return // replicated anew
	}
	p.view.Replicas = without(p.view.Replicas, e.Arg)
	p.settle()
	w.touch(p)
	w.spread(set)
	if len(p.view.Replicas) == 0 && p.deletion == pendingReplicas {
		w.schedule(event{At: max(w.nowNanos(), e.N+int64(w.options.Timing.LastReplica)), Kind: evOwnWindow, Key: set.ID, Region: p.region.Name})
	}
}

// ownWindow begins the waiting period of a primary whose replicas are gone.
//
// Rules: MRK-DELETE-07.
func (w *World) ownWindow(p *member) {
	if p.deletion == pendingReplicas && len(p.view.Replicas) == 0 {
		w.beginWindow(p)
	}
}
