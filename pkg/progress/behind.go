package progress

import (
	"io"
	"sync"
)

// Behind is a writer that never keeps its caller waiting. What is written is
// passed on in order, when whoever reads gets to it.
//
// A drill tells its story through one: a stopped terminal, or a pipe that
// nobody empties, must not hold a fault in place. What has not been passed on
// yet is kept in memory; the story of a drill is no longer than its journal.
type Behind struct {
	out io.Writer

	mu      sync.Mutex // guards what follows
	idle    *sync.Cond // nothing is being passed on
	waiting []byte
	passing bool
	err     error // of the reader; what is written after it is dropped
}

// NewBehind returns a writer that passes on to out.
func NewBehind(out io.Writer) *Behind {
	b := &Behind{out: out}
	b.idle = sync.NewCond(&b.mu)
	return b
}

// Write takes p. Its error is that of an earlier write that was passed on.
func (b *Behind) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	b.waiting = append(b.waiting, p...)
	if !b.passing {
		b.passing = true
		go b.pass()
	}
	return len(p), nil
}

// pass writes until nothing waits.
func (b *Behind) pass() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) > 0 && b.err == nil {
		next := b.waiting
		b.waiting = nil
		b.mu.Unlock()
		_, err := b.out.Write(next)
		b.mu.Lock()
		b.err = err
	}
	b.waiting, b.passing = nil, false
	b.idle.Broadcast()
}

// Flush waits until all that was written has been passed on, or the reader has
// gone, whose error it returns.
func (b *Behind) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.passing {
		b.idle.Wait()
	}
	return b.err
}
