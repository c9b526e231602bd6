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

// Ready says whether locks can be taken here at all, before anything depends on
// it. The error names the folder or the file.
func (f File) Ready() error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.Dir, ".lock-*")
	if err != nil {
		return err
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}

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
	err = create(path, text)
	if errors.Is(err, fs.ErrExist) {
		err = f.takeOver(path, text, keyID, h)
	}
	if held := (*HeldError)(nil); errors.As(err, &held) {
		return nil, held
	}
	if err != nil {
		return nil, fmt.Errorf("lock key set %s: %w", keyID, err)
	}
	return func(context.Context) error {
		if held, err := read(path); err == nil && held.Run != h.Run {
			return nil // it went stale, and is another's now
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("unlock key set %s: %w", keyID, err)
		}
		return nil
	}, nil
}

// patience is how long taking over a stale lock may take; who takes longer has
// died over it.
const patience = time.Minute

// takeOver takes a lock that is stale, or this very run's. Only one at a time
// may try, else two could each remove what the other has just made.
func (f File) takeOver(path string, text []byte, keyID string, h Holder) error {
	guard := path + ".taking"
	if info, err := os.Stat(guard); err == nil && time.Since(info.ModTime()).Abs() > patience { // from the future too: the clock was set back
		_ = os.Remove(guard) // whoever is first makes it anew
	}
	if err := create(guard, nil); errors.Is(err, fs.ErrExist) {
		return &HeldError{Key: keyID, Holder: Holder{Since: f.Now()}}
	} else if err != nil {
		return err
	}
	defer os.Remove(guard) //nolint:errcheck // it goes stale by itself
	held, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // given back meanwhile
		return f.retake(path, text, keyID)
	case err != nil:
		return err
	case held.Run != h.Run && !f.stale(held):
		return &HeldError{Key: keyID, Holder: held}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.retake(path, text, keyID)
}

// retake makes the file of a lock that is free; somebody who did not have to
// take it over may have been quicker.
func (f File) retake(path string, text []byte, keyID string) error {
	err := create(path, text)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	held, err := read(path)
	if err != nil {
		return err
	}
	return &HeldError{Key: keyID, Holder: held}
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
