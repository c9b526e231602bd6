package tui

import (
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// feed carries the events of a drill from the goroutine it runs on to the
// screen. The screen fetches what has gathered many times a second, so that a
// drill of a day in a second is not slowed down by drawing.
type feed struct {
	mu      sync.Mutex
	pending []journal.Event
	pace    float64 // how many times faster than real time events may come; 0 means as they do
	last    time.Time
	open    chan struct{} // closed once nobody watches any more
	closed  bool
}

func newFeed(pace float64) *feed { return &feed{pace: pace, open: make(chan struct{})} }

// longestGap is how long the screen waits for an event at most. A drill that
// lets seven days pass would keep its audience waiting for hours otherwise.
const longestGap = 700 * time.Millisecond

// Observe takes an event from the drill. On virtual time it holds the drill
// back, so that people can follow.
func (f *feed) Observe(e journal.Event) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	f.pending = append(f.pending, e)
	wait := time.Duration(0)
	if f.pace > 0 && !f.last.IsZero() {
		wait = min(time.Duration(float64(e.At.Sub(f.last))/f.pace), longestGap)
	}
	f.last = e.At
	f.mu.Unlock()
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.open:
	}
}

// take returns what has gathered.
func (f *feed) take() []journal.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := f.pending
	f.pending = nil
	return events
}

// change multiplies the pace, within a hundredth and a million times real time.
func (f *feed) change(factor float64) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pace > 0 {
		f.pace = min(max(f.pace*factor, 0.01), 1e6)
	}
	return f.pace
}

// close lets the drill run as fast as it can: nobody watches any more.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.open)
	}
}
