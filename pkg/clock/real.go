package clock

import (
	"context"
	"sync"
	"time"
)

// Real is wall time, optionally sped up. The zero value runs at normal speed.
//
// It never steps back: it is driven by the monotonic reading of the moment it
// was made, so a change of the machine's clock during a drill does not reorder
// the journal.
type Real struct {
	speed float64
	start time.Time // wall and monotonic reading when made
}

// NewReal returns wall time running at speed times its normal pace; a speed of
// zero or less means 1.
func NewReal(speed float64) *Real {
	if speed <= 0 {
		speed = 1
	}
	return &Real{speed: speed, start: time.Now()}
}

// Now is the wall time at which the clock was made plus the time that has
// passed since, times the speed.
func (r *Real) Now() time.Time {
	if r.start.IsZero() {
		return time.Now().UTC()
	}
	passed := time.Since(r.start)
	return r.start.Add(time.Duration(float64(passed) * r.pace())).Round(0).UTC()
}

// Sleep waits d of this timeline, or until ctx ends.
func (r *Real) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(r.wall(d))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WithTimeout is context.WithTimeout for d of this timeline.
func (r *Real) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.wall(d))
}

// Group runs each process in a goroutine of its own.
func (r *Real) Group() Group { return &realGroup{} }

func (r *Real) pace() float64 {
	if r.speed <= 0 {
		return 1
	}
	return r.speed
}

func (r *Real) wall(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.pace())
}

type realGroup struct{ wg sync.WaitGroup }

func (g *realGroup) Go(f func()) { g.wg.Go(f) }
func (g *realGroup) Wait()       { g.wg.Wait() }
