package clock

import (
	"context"
	"time"
)

// wait is a worker that is due at a moment, or when ctx ends; seq keeps those of
// one moment in order.
type wait struct {
	ctx context.Context //nolint:containedctx // it belongs to the wait
	at  time.Duration
	seq uint64
	w   *worker
}

func (a wait) before(b wait) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// queue is a binary heap of waits, the one due next at its head. It is written
// out because container/heap boxes each element, and a drill waits millions of
// times.
type queue []wait

func (q *queue) push(x wait) {
	*q = append(*q, x)
	q.up(len(*q) - 1)
}

// up moves a wait towards the head, as far as it is due before others.
func (q queue) up(i int) {
	x := q[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !x.before(q[parent]) {
			break
		}
		q[i], i = q[parent], parent
	}
	q[i] = x
}

func (q *queue) pop() wait {
	h := *q
	first, last := h[0], h[len(h)-1]
	h[len(h)-1] = wait{} // lets its worker go
	h = h[:len(h)-1]
	*q = h
	for i := 0; len(h) > 0; {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if child >= len(h) || !h[child].before(last) {
			h[i] = last
			break
		}
		h[i], i = h[child], child
	}
	return first
}
