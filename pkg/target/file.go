package target

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/store"
)

// lockPatience is how long to wait for another command to let go of a world.
const lockPatience = 3 * time.Second

// LockedError says that another process has a world open.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("the simulated world %s is in use by another process, a drill or `mrkctl sim serve`", e.Path)
}

// ExitCode is that of something locked.
func (e *LockedError) ExitCode() int { return 8 }

// Hint says how to share a world.
func (e *LockedError) Hint() string {
	return "wait for it to end, or share one world: `mrkctl sim serve`, which other commands find by themselves"
}

// openFile opens the world that is kept in a file, and makes one if there is
// none. Nobody else can use it meanwhile. Its time goes with the wall clock
// between commands, and a command's waits move it ahead of the wall instead of
// waiting; it never steps back.
func openFile(ctx context.Context, path string, o Options) (*Target, error) {
	s, err := openStore(ctx, path)
	if err != nil {
		return nil, err
	}
	now := clock.NewReal(1).Now()
	start := o.Start
	if start.IsZero() {
		start = now
	}
	w, err := s.World(sim.Options{Start: start, Seed: o.Seed, Sabotage: o.Sabotage, Rand: rand.Reader})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open target sim:%s: %w", path, err), s.Close())
	}
	if w.Now().After(now) || !o.Start.IsZero() {
		now = w.Now()
	}
	t, server := serve(w, clock.NewVirtual(now), o, path)
	server.Keep(s)
	t.close = func() error { return errors.Join(server.Change(s.Finish), s.Close()) }
	return t, nil
}

// openStore waits a little for a file that another command is about to leave.
func openStore(ctx context.Context, path string) (*store.Store, error) {
	line := clock.NewReal(1)
	ctx, cancel := line.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		s, err := store.Open(path)
		if !errors.Is(err, store.ErrLocked) {
			return s, err
		}
		if line.Sleep(ctx, 100*time.Millisecond) != nil {
			return nil, &LockedError{Path: path}
		}
	}
}
