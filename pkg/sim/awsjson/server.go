package awsjson

import (
	"errors"
	"sync"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// Server answers calls to a simulated world. It owns the world's lock: whoever
// else wants to look at the world or change it goes through View and Change.
type Server struct {
	world *sim.World
	clock clock.Clock
	ops   map[string]*operation

	// mu is held for reading by operations that leave the world as it is,
	// cryptography among them, and for writing by the others.
	mu sync.RWMutex
}

// New returns a server for a world whose time is the clock's.
func New(w *sim.World, c clock.Clock) *Server {
	return &Server{world: w, clock: c, ops: byTarget()}
}

// Change gives f the world for itself, brought up to the present. It is how
// faults are started and stopped.
func (s *Server) Change(f func(*sim.World) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.Advance(s.clock.Now())
	return f(s.world)
}

// View gives f the world to read, brought up to the present.
func (s *Server) View(f func(*sim.World)) {
	s.enter(false)
	defer s.leave(false)
	f(s.world)
}

// enter takes the lock that an operation needs and brings the world up to the
// present.
func (s *Server) enter(changes bool) {
	now := s.clock.Now()
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
		s.mu.Unlock()
		s.mu.RLock()
	}
}

func (s *Server) leave(changes bool) {
	if changes {
		s.mu.Unlock()
	} else {
		s.mu.RUnlock()
	}
}

// answer runs one call and appends the body of its answer to dst.
func (s *Server) answer(o *operation, c *sim.Call, body, dst []byte) ([]byte, *sim.Error) {
	in, invalid := o.decode(body)
	if invalid != nil {
		return dst, invalid
	}
	s.enter(o.Changes)
	dst, err := o.call(s.world, c, in, dst)
	s.leave(o.Changes)
	if err != nil {
		return dst, asError(err)
	}
	return dst, nil
}

// asError is an error of the world as it travels.
func asError(err error) *sim.Error {
	var e *sim.Error
	if errors.As(err, &e) {
		return e
	}
	return &sim.Error{Code: "KMSInternalException", Message: err.Error(), Status: 500}
}
