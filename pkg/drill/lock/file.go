package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File locks by files in a folder of the user's state.
type File struct {
	Dir string           // is made when needed
	Now func() time.Time // by which a lock is stale
}

var _ Locker = File{}

// Take takes the lock by making its file, which only one can.
func (f File) Take(_ context.Context, keyID string, h Holder) (func(context.Context) error, error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock key set %s: %w", keyID, err)
	}
	path := filepath.Join(f.Dir, keyID+".lock")
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("lock key set %s: %w", keyID, err)
	}
	for range 2 {
		err = create(path, text)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		held, readErr := read(path)
		switch {
		case errors.Is(readErr, fs.ErrNotExist):
			continue // given back meanwhile
		case readErr != nil:
			return nil, fmt.Errorf("lock key set %s: %w", keyID, readErr)
		case held.Run != h.Run && !f.stale(held):
			return nil, &HeldError{Key: keyID, Holder: held}
		}
		if err = os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			break
		}
		err = fs.ErrExist // somebody else may be as quick
	}
	if err != nil {
		return nil, fmt.Errorf("lock key set %s: %w", keyID, err)
	}
	return func(context.Context) error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("unlock key set %s: %w", keyID, err)
		}
		return nil
	}, nil
}

func (f File) stale(h Holder) bool { return !h.Until.IsZero() && f.Now().After(h.Until) }

// create writes a file that must not exist. It is linked into place whole, so
// that nobody reads half a holder.
func create(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".lock-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // the link stays
	_, err = tmp.Write(text)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path)
}

func read(path string) (Holder, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Holder{}, err
	}
	var h Holder
	if err := json.Unmarshal(text, &h); err != nil {
		return Holder{}, fmt.Errorf("%s is not a lock: %w; delete it if no drill runs", path, err)
	}
	return h, nil
}
