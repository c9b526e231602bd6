package clock

import "time"

// wait is a worker that is due at a moment; seq keeps those of one moment in order.
type wait struct {
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
	h := append(*q, x)
	*q = h
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !x.before(h[parent]) {
			break
		}
		h[i], i = h[parent], parent
	}
	h[i] = x
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
