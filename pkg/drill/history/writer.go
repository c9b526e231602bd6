package history

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// bufferSize is how much a writer holds back before it writes to the file. A
// killed process loses at most that, and a journal seal is never ahead of it.
const bufferSize = 1 << 16

var errSealed = errors.New("the history is sealed: no call can be added")

// Writer appends to a history file. It may be used from several goroutines.
// After an error it stays failed and returns that error again.
type Writer struct {
	mu      sync.Mutex
	file    *os.File
	name    string
	buffer  []byte
	scratch []byte
	chain   chain
	sum     hash.Hash // of all that went to the file
	lines   int64
	records int64
	last    int64 // due time of the last record, Unix nanoseconds
	kinds   map[kind]int64
	words   map[string]int64
	first   func() error // writes what must not come after this file; nil for nothing
	err     error
}

// Create starts a history at path, which must not exist. Times are written
// relative to zero, the start of the drill.
func Create(path string, zero time.Time) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start the history: %w", err)
	}
	w := newWriter(file, zero.UnixNano())
	w.appendLine(headerBody(zero))
	w.flush() // so that a run that dies at once leaves a history, if an empty one
	if w.err != nil {
		return nil, errors.Join(w.err, file.Close())
	}
	return w, nil
}

func newWriter(file *os.File, zero int64) *Writer {
	return &Writer{
		file: file, name: filepath.Base(file.Name()), sum: sha256.New(), last: zero,
		buffer: make([]byte, 0, bufferSize+maxLine),
		kinds:  map[kind]int64{}, words: map[string]int64{"": 0},
	}
}

// Resume goes on with the history of a run whose process died. A last line
// that was not written whole is cut off; any other damage is an error of type
// *DamageError. Records tells how many calls survived.
func Resume(path string) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("go on with the history: %w", err)
	}
	s := newScanner(file, filepath.Base(path))
	s.tornTail = true
	w := newWriter(file, 0)
	s.onLine = func(line []byte) { w.sum.Write(line) }
	err = s.run(func(Record) error { return nil })
	if err == nil {
		err = file.Truncate(s.bytes)
	}
	if err == nil {
		_, err = file.Seek(s.bytes, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go on with the history: %w", err), file.Close())
	}
	w.chain, w.lines, w.records, w.last = s.chain, s.lines, s.records, s.last
	for i, k := range s.kinds {
		w.kinds[k] = int64(i)
	}
	for i, word := range s.words {
		w.words[word] = int64(i)
	}
	return w, nil
}

// Append writes a call down and returns its number, which is the next one: the
// record's own ID is not looked at. A zero Due means that the call was due when
// it was sent.
func (w *Writer) Append(r Record) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if r.Due.IsZero() {
		r.Due = r.Start
	}
	due := r.Due.UnixNano()
	n := numbers{
		kind: w.kind(kind{r.Source, r.From, r.To, r.Op, r.Key}),
		due:  due - w.last, wait: int64(r.Start.Sub(r.Due)), took: int64(r.Took),
		outcome: int64(r.Outcome), code: w.word(r.Code), ct: r.Ciphertext, material: w.word(r.Material), plain: r.Plain,
	}
	if r.Outcome > Unknown || r.Ciphertext < 0 || n.wait == math.MinInt64 {
		return 0, fmt.Errorf("history: a call %w: %+v", errNumber, n)
	}
	w.last = due
	start := len(w.buffer)
	w.buffer = n.appendBody(w.buffer)
	w.link(start)
	w.records++
	return w.records, w.err
}

// After makes the writer call first before it writes to the file, so that of a
// process that dies no call is left that tells of what is not. An error of it
// is one of the writer.
func (w *Writer) After(first func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first = first
}

// Records is how many calls were written.
func (w *Writer) Records() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records
}

func (w *Writer) kind(k kind) int64 {
	n, ok := w.kinds[k]
	if !ok {
		n = int64(len(w.kinds))
		w.kinds[k] = n
		w.appendLine(kindBody(int(n), k))
	}
	return n
}

func (w *Writer) word(s string) int64 {
	if s == "" {
		return 0
	}
	n, ok := w.words[s]
	if !ok {
		n = int64(len(w.words))
		w.words[s] = n
		w.appendLine(wordBody(int(n), s))
	}
	return n
}

func (w *Writer) appendLine(body []byte) {
	start := len(w.buffer)
	w.buffer = append(w.buffer, body...)
	w.link(start)
}

// link ends the line whose body begins at start and flushes a full buffer.
func (w *Writer) link(start int) {
	w.chain = w.chain.next(&w.scratch, w.buffer[start:])
	w.buffer = w.chain.appendLink(w.buffer)
	w.lines++
	if len(w.buffer) >= bufferSize {
		w.flush()
	}
}

func (w *Writer) flush() {
	if w.err != nil || len(w.buffer) == 0 {
		return
	}
	if w.first != nil {
		if w.err = w.first(); w.err != nil {
			return
		}
	}
	n, err := w.file.Write(w.buffer)
	w.sum.Write(w.buffer[:n])
	w.buffer = w.buffer[:0]
	if err != nil {
		w.err = fmt.Errorf("write the history: %w", err)
	}
}

// Sync brings every call to the disk and returns what the file holds now, for
// the journal to record.
func (w *Writer) Sync() (journal.Seal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sync()
}

func (w *Writer) sync() (journal.Seal, error) {
	w.flush()
	if w.err == nil {
		if err := w.file.Sync(); err != nil {
			w.err = fmt.Errorf("sync the history: %w", err)
		}
	}
	if w.err != nil {
		return journal.Seal{}, w.err
	}
	return journal.Seal{File: w.name, Lines: w.lines, SHA256: hex.EncodeToString(w.sum.Sum(nil))}, nil
}

// Seal is Sync and Close: nothing can be added any more. The journal's last
// seal of a history is this one, and [Verify] holds the file against it.
func (w *Writer) Seal() (journal.Seal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seal, err := w.sync()
	if w.err == nil {
		w.err = errSealed
	}
	if closing := w.file.Close(); err == nil && closing != nil {
		err = fmt.Errorf("close the history: %w", closing)
	}
	return seal, err
}
