package awsjson

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// Server answers calls to a simulated world. It owns the world's lock: whoever
// else wants to look at the world or change it goes through View and Change.
type Server struct {
	clock clock.Clock
	ops   map[string]*operation
	ahead atomic.Int64 // how far the world's time is ahead of the clock's
	log   Log          // nil when nothing is kept

	buffers sync.Pool // of *buffer
	// asideReading and asideChanging do what Call.Aside says for calls that hold
	// the lock in the one way and in the other.
	asideReading, asideChanging func(work func())

	// mu is held for reading by operations that leave the world as it is,
	// cryptography among them, and for writing by the others. It guards world,
	// which Reset replaces.
	mu    sync.RWMutex
	world *sim.World
}

// Log is where changes go before they are acknowledged: a durable store.
type Log interface {
	// Append takes changes, in order, and returns a function that waits until
	// they are safe.
	Append([]sim.Change) (wait func() error)
	// Replace puts a whole world in the place of what was kept.
	Replace([]sim.Change) error
}

// New returns a server for a world whose time is the clock's. A world that is
// ahead of the clock stays as far ahead.
func New(w *sim.World, c clock.Clock) *Server {
	s := &Server{world: w, clock: c, ops: byTarget()}
	s.ahead.Store(max(0, int64(w.Now().Sub(c.Now()))))
	s.asideReading, s.asideChanging = s.aside(false), s.aside(true)
	return s
}

// Keep makes the server durable: from now on every change is handed to the
// log before it is acknowledged. It must be called before the first call.
func (s *Server) Keep(log Log) {
	s.log = log
	s.world.TrackChanges()
}

// Now is the world's present.
func (s *Server) Now() time.Time { return s.clock.Now().Add(time.Duration(s.ahead.Load())) }

// Skip moves the world d ahead of where it would be, for good.
func (s *Server) Skip(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("advance the simulated world by %v: time only goes forward", d)
	}
	return s.Change(func(w *sim.World) error {
		s.ahead.Add(int64(d))
		w.Advance(s.Now())
		w.KeepNow()
		return nil
	})
}

// Change gives f the world for itself, brought up to the present. It is how
// faults are started and stopped. What f changed is durable when Change returns.
func (s *Server) Change(f func(*sim.World) error) error {
	s.mu.Lock()
	s.world.Advance(s.Now())
	err := f(s.world)
	wait := s.append()
	s.mu.Unlock()
	return errors.Join(err, wait())
}

// View gives f the world to read, brought up to the present.
func (s *Server) View(f func(*sim.World)) {
	s.enter(false)
	defer s.mu.RUnlock()
	f(s.world)
}

// Replace puts another world in the place of this one.
func (s *Server) Replace(w *sim.World) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log != nil {
		all, err := w.Save(false)
		if err != nil {
			return err
		}
		if err := s.log.Replace(all); err != nil {
			return err
		}
		w.TrackChanges()
	}
	w.Adopt(s.world)
	s.world = w
	s.ahead.Store(max(0, int64(w.Now().Sub(s.clock.Now()))))
	return nil
}

// enter takes the lock that an operation needs and brings the world up to the
// present.
func (s *Server) enter(changes bool) {
	now := s.Now()
	if !changes {
		s.mu.RLock()
		if s.world.TryAdvance(now) {
			return
		}
		s.mu.RUnlock()
	}
	s.mu.Lock()
	s.world.Advance(now)
	if !changes {
		s.append() // what happened by itself; nobody waits for it
		s.mu.Unlock()
		s.mu.RLock()
	}
}

// append hands what has changed to the log. It needs the lock, so that changes
// reach the log in their order; the function it returns is to be called
// without it.
func (s *Server) append() (wait func() error) {
	if s.log == nil {
		return func() error { return nil }
	}
	changes, err := s.world.TakeChanges()
	switch {
	case err != nil:
		return func() error { return err }
	case len(changes) == 0:
		return func() error { return nil }
	}
	return s.log.Append(changes)
}

// leave gives up the lock that enter took.
func (s *Server) leave(changes bool) {
	if changes {
		s.mu.Unlock()
	} else {
		s.mu.RUnlock()
	}
}

// aside does work of a call without the lock that the call holds.
func (s *Server) aside(changes bool) func(work func()) {
	return func(work func()) {
		s.leave(changes)
		defer s.enter(changes)
		work()
	}
}

// answer runs one call and appends the body of its answer to dst.
func (s *Server) answer(o *operation, c *sim.Call, body, dst []byte) ([]byte, *sim.Error) {
	in, invalid := o.decode(body)
	if invalid != nil {
		return dst, invalid
	}
	var wait func() error
	var err error
	if o.Changes {
		dst, wait, err = s.change(o, c, in, dst)
		if lost := wait(); lost != nil {
			return dst, notKept(lost)
		}
	} else {
		dst, err = s.read(o, c, in, dst)
	}
	if err != nil {
		return dst, asError(err)
	}
	return dst, nil
}

// read runs an operation that leaves the world as it is.
func (s *Server) read(o *operation, c *sim.Call, in any, dst []byte) ([]byte, error) {
	s.enter(false)
	defer s.leave(false)
	c.Aside = s.asideReading
	return o.call(s.world, c, in, dst)
}

// change runs an operation that changes the world; wait waits until the change
// is safe.
func (s *Server) change(o *operation, c *sim.Call, in any, dst []byte) (out []byte, wait func() error, err error) {
	s.enter(true)
	defer s.leave(true)
	c.Aside = s.asideChanging
	out, err = o.call(s.world, c, in, dst)
	return out, s.append(), err
}

// notKept is the answer to a change that could not be made durable: it may
// have happened, and may be gone after a restart.
func notKept(err error) *sim.Error {
	return &sim.Error{
		Code: "KMSInternalException", Status: 500,
		Message: "The simulated KMS could not write the change to its state file: " + err.Error(),
	}
}

// asError is an error of the world as it travels.
func asError(err error) *sim.Error {
	var e *sim.Error
	if errors.As(err, &e) {
		return e
	}
	return &sim.Error{Code: "KMSInternalException", Message: err.Error(), Status: 500}
}

// route is what the network does to a call now, and the id of its request. The
// world is brought up to the present first: when every call is cut off, nobody
// else would ever see a fault end.
func (s *Server) route(from, to, target string) (sim.Route, sim.RequestID) {
	name := target
	if len(target) > len(targetPrefix) {
		name = target[len(targetPrefix):]
	}
	s.enter(false)
	defer s.mu.RUnlock()
	return s.world.Route(from, to, name), s.world.NewRequestID()
}

// requestID draws the id of a request before its route is known.
func (s *Server) requestID() sim.RequestID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.world.NewRequestID()
}
