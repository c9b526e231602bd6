// Package clock makes time a value that is passed in.
//
// A drill runs on one of two timelines. On [Real] time a wait is a wait. On
// [Virtual] time a wait costs nothing: the clock jumps to the next thing that
// is due, one process runs at a time, and the same program with the same seed
// does the same things in the same order, to the nanosecond.
//
// Code written against [Clock] obeys three rules. It starts what runs beside
// it with a [Group], never with the go statement; it waits with Sleep or
// Group.Wait, never on a channel that another process has to feed; and it
// holds no lock while it waits.
package clock

import (
	"context"
	"time"
)

// Clock is a timeline: what time it is, waiting, and running things side by side.
type Clock interface {
	// Now is the present moment of this timeline, in UTC.
	Now() time.Time
	// Sleep waits for d. It returns early with the context's error when ctx
	// ends or the deadline set by WithTimeout passes. Zero or less yields once.
	Sleep(ctx context.Context, d time.Duration) error
	// WithTimeout returns a context whose Sleep calls on this timeline end with
	// context.DeadlineExceeded once d has passed.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
	// Group returns an empty group of processes on this timeline.
	Group() Group
}

// Group is a set of processes that run side by side on one timeline.
type Group interface {
	// Go starts f as a process. On virtual time f first runs when the caller
	// next waits.
	Go(f func())
	// Wait returns once every process of the group has ended.
	Wait()
}
