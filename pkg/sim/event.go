package sim

import (
	"container/heap"
	"time"
)

// eventKind says what an event makes happen.
type eventKind uint8

// The kinds of event. What an event refers to may have changed by the time it
// is due: each kind checks that it still applies.
const (
	evCreated      eventKind = iota + 1 // a replica leaves Creating
	evUpdated                           // a member leaves Updating
	evSync                              // the primary's view reaches a member
	evRotateStep                        // a rotation in progress takes its next step
	evAutoRotate                        // a scheduled rotation is due; N is the date it was due
	evDelete                            // a waiting period is over; N is the deletion date
	evReplicaGone                       // a primary learns that a replica is gone
	evOwnWindow                         // a primary without replicas begins its own waiting period
	evExpire                            // imported key material expires; Arg is its id, N its date
	evFaultEnds                         // a fault has lasted as long as it may
	evStore                             // a custom key store reaches its next state; Arg is its id
	evPublish                           // readers get to see a member's present state
	evRoleDeletion                      // the deletion of a service-linked role is decided; Arg is its task
)

// event is something that will happen: plain data, so that a world can be
// saved with what it is waiting for.
type event struct {
	At     int64     `json:"at"`
	Seq    uint64    `json:"seq"` // order among events of one moment
	Kind   eventKind `json:"kind"`
	Key    string    `json:"key,omitempty"`
	Region string    `json:"region,omitempty"`
	Arg    string    `json:"arg,omitempty"`
	N      int64     `json:"n,omitempty"`
}

// queue is what will happen, soonest first.
type queue struct {
	seq  uint64
	heap eventHeap
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].At < h[j].At || h[i].At == h[j].At && h[i].Seq < h[j].Seq
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func (q *queue) next() (int64, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].At, true
}

func (q *queue) pop() event { return heap.Pop(&q.heap).(event) }

// schedule puts an event into the queue.
func (w *World) schedule(e event) {
	w.queue.seq++
	e.Seq = w.queue.seq
	heap.Push(&w.queue.heap, e)
	w.touchEvent(e)
}

// after puts an event into the queue that is due once d has passed.
func (w *World) after(d time.Duration, e event) {
	e.At = w.nowNanos() + int64(d)
	w.schedule(e)
}

// retryLater is how often a stalled event looks whether the way is free again.
const retryLater = time.Second

// happen makes an event happen.
func (w *World) happen(e event) {
	switch e.Kind {
	case evFaultEnds:
		if f := w.fault(e.Arg); f != nil && f.Until <= e.At {
			w.endFault(e.Arg)
		}
		return
	case evStore:
		w.storeSettles(e)
		return
	case evRoleDeletion:
		w.roleDeletionEnds(e.Arg)
		return
	default:
	}
	set := w.sets[e.Key]
	if set == nil {
		return
	}
	switch e.Kind {
	case evRotateStep:
		w.rotateStep(set, e)
		return
	case evAutoRotate:
		w.autoRotate(set, e.N)
		return
	default:
	}
	m := set.member(e.Region)
	if m == nil {
		return
	}
	switch e.Kind {
	case evCreated:
		w.replicaCreated(m, e)
	case evUpdated:
		if m.updatingUntil <= e.At {
			m.updating = false
			w.touch(m)
		}
	case evSync:
		w.synchronise(set, m, e)
	case evDelete:
		w.deletionDue(m, e)
	case evPublish:
		w.publish(m)
	case evReplicaGone:
		w.replicaGone(m, e)
	case evOwnWindow:
		w.ownWindow(m)
	case evExpire:
		w.materialExpires(m, e)
	default:
	}
}

func (w *World) fault(name string) *activeFault {
	for _, f := range w.faults {
		if f.Name == name {
			return f
		}
	}
	return nil
}
