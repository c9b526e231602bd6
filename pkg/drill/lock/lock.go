// Package lock keeps two drills off one key set.
//
// In a simulated cloud the lock is a file of this machine; on AWS it is an
// alias, since CreateAlias is a test-and-set that needs nothing but KMS. A lock
// names its holder, and is stale once its drill must have ended.
package lock

import (
	"context"
	"fmt"
	"time"
)

// Holder is who holds a lock.
type Holder struct {
	Run   string    `json:"run"`             // id of the run
	Dir   string    `json:"dir,omitempty"`   // its folder
	Host  string    `json:"host,omitempty"`  // machine
	PID   int       `json:"pid,omitempty"`   // process
	Since time.Time `json:"since"`           // when it was taken
	Until time.Time `json:"until,omitempty"` // from when on it is stale
}

// HeldError says that another drill holds the lock of a key set.
type HeldError struct {
	Key    string
	Holder Holder
}

func (e *HeldError) Error() string {
	by := e.Holder.Run
	if by == "" {
		by = "another drill"
	}
	if e.Holder.Dir != "" {
		by += " in " + e.Holder.Dir
	}
	if e.Holder.PID != 0 {
		by += fmt.Sprintf(" (process %d on %s)", e.Holder.PID, e.Holder.Host)
	}
	return fmt.Sprintf("key set %s is locked by %s since %s; wait until it has ended, or take it back with: mrkctl drill undo %s",
		e.Key, by, e.Holder.Since.Format(time.RFC3339), orDir(e.Holder.Dir))
}

func orDir(dir string) string {
	if dir == "" {
		return "DIR"
	}
	return dir
}

// Locker takes the lock of a key set. It has three implementations: [File],
// [Alias] and, of several of those, [Aliases].
type Locker interface {
	// Take takes the lock of the key set with that id, or returns a *HeldError.
	// A lock that the same run holds already is taken again. The function that
	// it returns gives the lock back.
	Take(ctx context.Context, keyID string, h Holder) (release func(context.Context) error, err error)
}
