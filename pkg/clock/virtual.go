package clock

import (
	"context"
	"iter"
	"math"
	"time"
)

// Virtual is simulated time. It stands still while a process runs and jumps to
// the next due moment when every process waits.
//
// Processes are coroutines: exactly one runs at any time, and those due at the
// same moment run in the order in which they began to wait. So a Virtual needs
// no locks, and neither does state that only its processes touch.
type Virtual struct {
	start   time.Time
	now     time.Duration // since start
	seq     uint64
	waiting queue
	current *worker   // the process that runs; nil outside Run
	idle    []*worker // coroutines without a process, kept for their grown stacks
	living  int       // processes that have not ended
}

// NewVirtual returns a timeline that stands at start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{start: start.UTC()} }

// Now is the present moment of the timeline.
func (v *Virtual) Now() time.Time { return v.start.Add(v.now) }

// Run runs f as the first process and returns when f and every process that
// was started meanwhile have ended. It panics when processes are left that
// wait for one another, which is a programming error.
func (v *Virtual) Run(f func()) {
	if v.current != nil {
		panic("clock: Virtual.Run called from a process that it runs")
	}
	v.Group().Go(f)
	for len(v.waiting) > 0 {
		v.endWaits()
		first := v.waiting.pop()
		v.now, v.current = first.at, first.w
		first.w.resume()
	}
	v.current = nil
	for _, w := range v.idle {
		w.stop()
	}
	stuck := v.living > 0
	v.idle, v.living = nil, 0
	if stuck {
		panic("clock: processes wait for one another and none is due")
	}
}

// Sleep moves the calling process d ahead. Outside Run there is nobody to wait
// for, and the clock just moves.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	until, late := v.now+max(d, 0), false
	if until < v.now { // beyond the end of the timeline
		until = math.MaxInt64
	}
	if deadline, ok := v.deadline(ctx); ok && deadline < until {
		until, late = deadline, true
	}
	v.waitUntil(ctx, max(until, v.now))
	if err := ctx.Err(); err != nil || !late {
		return err
	}
	return context.DeadlineExceeded
}

// WithTimeout sets a deadline that Sleep on this timeline keeps. The context's
// own Deadline stays unset, since the rest of the program reads it as wall time.
func (v *Virtual) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	deadline := v.now + d
	if outer, ok := v.deadline(ctx); ok && outer < deadline {
		deadline = outer
	}
	return context.WithCancel(context.WithValue(ctx, (*deadlineKey)(v), deadline))
}

// deadlineKey is under which a context keeps a deadline on a timeline.
type deadlineKey Virtual

func (v *Virtual) deadline(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Value((*deadlineKey)(v)).(time.Duration)
	return deadline, ok
}

// Group returns an empty group.
func (v *Virtual) Group() Group { return &virtualGroup{v: v} }

// worker is a coroutine that runs one process after another.
type worker struct {
	process func()                  // what to run when resumed without one under way
	yield   func(struct{}) bool     // hands control back to Run
	resume  func() (struct{}, bool) // hands control to the worker
	stop    func()                  // ends an idle worker
}

func (v *Virtual) newWorker() *worker {
	w := &worker{}
	w.resume, w.stop = iter.Pull(func(yield func(struct{}) bool) {
		w.yield = yield
		for {
			w.process()
			w.process = nil
			v.idle = append(v.idle, w)
			if !yield(struct{}{}) {
				return
			}
		}
	})
	return w
}

// waitUntil makes the running process due at the given moment, or as soon as
// ctx ends.
func (v *Virtual) waitUntil(ctx context.Context, at time.Duration) {
	w := v.current
	v.endWaits()
	if w == nil || len(v.waiting) == 0 || v.waiting[0].at > at {
		v.now = at // nobody comes before it: it runs on
		return
	}
	v.push(ctx, at, w)
	w.yield(struct{}{})
}

// endWaits makes due now whoever waits under a context that has ended. It is
// called before time moves, so that a wait ends at the moment at which it is
// ended, by a process of this timeline or from outside.
func (v *Virtual) endWaits() {
	if len(v.waiting) == 0 || v.waiting[0].at <= v.now {
		return // time does not move
	}
	for i := range v.waiting {
		if w := &v.waiting[i]; w.ctx.Err() != nil {
			w.at = v.now
			v.waiting.up(i)
		}
	}
}

func (v *Virtual) push(ctx context.Context, at time.Duration, w *worker) {
	v.seq++
	v.waiting.push(wait{ctx, at, v.seq, w})
}

type virtualGroup struct {
	v       *Virtual
	running int
	waiters []*worker
}

func (g *virtualGroup) Go(f func()) {
	v := g.v
	var w *worker
	if n := len(v.idle); n > 0 {
		w, v.idle = v.idle[n-1], v.idle[:n-1]
	} else {
		w = v.newWorker()
	}
	g.running++
	v.living++
	w.process = func() {
		f()
		g.running--
		v.living--
		if g.running == 0 {
			for _, waiter := range g.waiters {
				v.push(context.Background(), v.now, waiter)
			}
			g.waiters = nil
		}
	}
	v.push(context.Background(), v.now, w)
}

func (g *virtualGroup) Wait() {
	if g.running == 0 {
		return
	}
	w := g.v.current
	if w == nil {
		panic("clock: Group.Wait called outside Virtual.Run")
	}
	g.waiters = append(g.waiters, w)
	w.yield(struct{}{})
}
