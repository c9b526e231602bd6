package clock

import "time"

// NotBefore returns a timeline that goes as c does and on which it is at least
// the given moment now. A run that is gone on with uses it: the machine's clock may
// have been set back since its process died, and its journal goes only forward.
func NotBefore(c Clock, at time.Time) Clock {
	if by := at.Sub(c.Now()); by > 0 {
		return later{c, by}
	}
	return c
}

// later is a timeline that is ahead of another one.
type later struct {
	Clock
	by time.Duration
}

func (l later) Now() time.Time { return l.Clock.Now().Add(l.by) }
