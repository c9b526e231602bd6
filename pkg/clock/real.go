package clock

import (
	"context"
	"sync"
	"time"
)

// Machine reads the two clocks of a machine: the wall clock, which somebody may
// set at any moment, and how long the machine has run, which only grows.
type Machine func() (wall time.Time, ran time.Duration)

// thisMachine is the one that the program runs on.
func thisMachine() Machine {
	began := time.Now()
	return func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0), now.Sub(began) // by the monotonic reading
	}
}

// Real is wall time, optionally sped up.
//
// It never steps back: the wall is read once, and from there on it goes as long
// as the machine has run, so a change of the machine's clock during a drill does
// not reorder the journal or stretch what is measured.
type Real struct {
	speed   float64
	machine Machine
	start   time.Time // by the wall, when made
	ran     time.Duration
}

// NewReal returns wall time running at speed times its normal pace; a speed of
// zero or less means 1.
func NewReal(speed float64) *Real { return NewRealOf(thisMachine(), speed) }

// NewRealOf is [NewReal] by the clocks of a given machine.
func NewRealOf(m Machine, speed float64) *Real {
	if speed <= 0 {
		speed = 1
	}
	wall, ran := m()
	return &Real{speed: speed, machine: m, start: wall, ran: ran}
}

// Now is the wall time at which the clock was made plus the time that has
// passed since, times the speed.
func (r *Real) Now() time.Time {
	_, ran := r.machine()
	return r.start.Add(time.Duration(float64(ran-r.ran) * r.speed)).UTC()
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

func (r *Real) wall(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.speed)
}

type realGroup struct{ wg sync.WaitGroup }

func (g *realGroup) Go(f func()) { g.wg.Go(f) }
func (g *realGroup) Wait()       { g.wg.Wait() }
