package progress

import (
	"sync"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// InOrder returns an observer that hands events on by their line number, one
// at a time. On real time a drill's processes run side by side, and an event
// may overtake the one before it between the journal and its audience.
func InOrder(observers ...func(journal.Event)) func(journal.Event) {
	var mu sync.Mutex
	early := map[int64]journal.Event{}
	next := int64(0)
	return func(e journal.Event) {
		mu.Lock()
		defer mu.Unlock()
		if next == 0 { // the first line of a new run, or of what a resumed one adds
			next = e.N
		}
		early[e.N] = e
		for {
			e, ok := early[next]
			if !ok {
				return
			}
			delete(early, next)
			next++
			for _, observe := range observers {
				observe(e)
			}
		}
	}
}
