package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Observer sees every event of a journal, in order, once it is written. It is
// called by the writer, so it returns soon and appends nothing itself.
type Observer func(Event)

// file is what a journal is written to: a file of the disk, or a pipe.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// Writer appends events to a journal. It is safe for parallel use.
//
// After the first line that could not be written every Append returns that
// same error: a drill whose journal is broken stops acting.
type Writer struct {
	mu        sync.Mutex
	to        file
	name      string
	size      int64 // of the whole lines
	n         int64
	prev      string
	unsynced  bool
	broken    error
	observers []Observer
}

// Create begins a journal in a new file. A journal that exists is never
// written over.
func Create(path string, observers ...Observer) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("begin journal %s: it exists; resume it with drill resume, or choose another folder with --out: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("begin journal: %w", err)
	}
	return &Writer{to: f, name: path, observers: observers}, nil
}

// Resume opens the journal of a run whose process died and returns what it
// says. A torn last line, which no Append had acknowledged, is taken off.
// Anything else that is wrong with the journal is an error, and it is left as
// it is.
func Resume(path string, observers ...Observer) (*Writer, []Event, error) {
	events, head, err := tail(path)
	if err != nil {
		return nil, nil, fmt.Errorf("resume: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("resume journal: %w", err)
	}
	if err := f.Truncate(head.Size); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("resume journal %s: take off the torn last line: %w", path, err), f.Close())
	}
	if _, err := f.Seek(head.Size, io.SeekStart); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("resume journal %s: %w", path, err), f.Close())
	}
	return &Writer{to: f, name: path, size: head.Size, n: head.Lines, prev: head.Sha, observers: observers}, events, nil
}

// Append writes an event and seals it to the one before. payload is the type
// that the kind names, or nil. When Append returns nil the line outlives the
// process; when the kind is one that a drill acts upon it is on the disk too.
func (w *Writer) Append(kind Kind, step string, at time.Time, payload any) (Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return Event{}, w.broken
	}
	e := Event{N: w.n + 1, At: at, Kind: kind, Step: strings.ToValidUTF8(step, "\uFFFD"), Prev: w.prev}
	if payload != nil {
		data, err := canonical(payload)
		if err != nil {
			return Event{}, fmt.Errorf("journal %s: %s: %w", w.name, kind, err)
		}
		e.Data = json.RawMessage(data)
	}
	line, e, err := encode(e)
	if err != nil {
		return Event{}, fmt.Errorf("journal %s: %s: %w", w.name, kind, err)
	}
	line = append(line, '\n')
	if err := w.write(line, kind.acts()); err != nil {
		return Event{}, err
	}
	w.n, w.prev, w.size = e.N, e.Sha, w.size+int64(len(line))
	for _, see := range w.observers {
		see(e)
	}
	return e, nil
}

// write puts a line into the file, whole or not at all as far as that can be
// had: what a failed write left of it is cut off again.
func (w *Writer) write(line []byte, sync bool) error {
	_, err := w.to.Write(line)
	if err == nil && sync {
		err = w.sync()
	}
	if err == nil {
		w.unsynced = !sync
		return nil
	}
	// A pipe cannot be cut; there the line stays torn and no reader takes it.
	_ = w.to.Truncate(w.size)
	w.broken = fmt.Errorf("write line %d of journal %s: %w; the drill goes no further than its journal", w.n+1, w.name, err)
	return w.broken
}

// sync brings the file to the disk. A pipe or a terminal has no disk.
func (w *Writer) sync() error {
	err := w.to.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// Observe adds an observer of the events to come.
func (w *Writer) Observe(o Observer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observers = append(w.observers, o)
}

// Head returns how far the journal has come.
func (w *Writer) Head() Head {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Head{Lines: w.n, Sha: w.prev, Size: w.size}
}

// Err returns the error that broke the journal, if one did.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// Close brings what is left to the disk and closes the file. Nothing is
// appended after it.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var err error
	if w.broken == nil && w.unsynced {
		err = w.sync()
	}
	err = errors.Join(err, w.to.Close())
	if w.broken == nil {
		w.broken = fmt.Errorf("journal %s: %w", w.name, os.ErrClosed)
	}
	if err != nil {
		return fmt.Errorf("close journal %s: %w", w.name, err)
	}
	return nil
}

// acts says whether a drill does something on the strength of such an event,
// so that it has to be on the disk first. Mere observations, of which there
// are many, go with the next one that has to.
func (k Kind) acts() bool {
	return k != ProbeWindow && k != MemberSeen && k != CallEnded
}
