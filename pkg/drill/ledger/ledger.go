package ledger

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
)

// Made is a ciphertext that a member has just made.
type Made struct {
	Key      string            // the runbook's name of the key set
	Region   string            // of the member that made it
	At       time.Time         // when
	Material string            // id of the key material; empty when neither the answer nor the blob tells
	Context  map[string]string // encryption context, which is no secret
	Plain    uint64            // [Plain] of the plaintext; 0 when nobody saw it
	Blob     []byte            // the ciphertext
}

// Ciphertext is one that was made before, with its number. Its Context is
// shared and must not be changed.
type Ciphertext struct {
	N int64
	Made
}

// Ledger is a Book with the ciphertexts themselves, which are kept in a file
// beside the journal.
type Ledger struct {
	*Book
	spill *spill
}

// Create starts a ledger whose ciphertexts go to path, which must not exist.
func Create(path string) (*Ledger, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start the ledger: %w", err)
	}
	return &Ledger{Book: NewBook(), spill: newSpill(file)}, nil
}

// Resume goes on with the ledger of a run whose process died: what was made
// and proved comes from its history, the ciphertexts from the file at path. A
// ciphertext that only one of the two knows stays in the count but can't be
// picked.
func Resume(path, historyPath string) (*Ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("go on with the ledger: %w", err)
	}
	l := &Ledger{Book: NewBook(), spill: newSpill(file)}
	err = history.Read(historyPath, func(r history.Record) error {
		_, err := l.Replay(r)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go on with the ledger: %w", err), file.Close())
	}
	err = l.spill.scan(func(n int64, at, context uint64) {
		e := l.entry(n)
		if e == nil {
			return
		}
		l.top = max(l.top, n) // its number is taken, even when no history tells of it
		if e.made {
			e.blob, e.context = at, context
		}
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go on with the ledger: %w", err), file.Close())
	}
	return l, nil
}

// Add enters a ciphertext and returns its number, from 1.
func (l *Ledger) Add(m Made) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(m.Blob) == 0 {
		return 0, errors.New("ledger: a ciphertext of no bytes")
	}
	at, context, err := l.spill.put(l.top+1, m.Context, m.Blob)
	if err != nil {
		return 0, err
	}
	n, e, err := l.made(0, m)
	if err != nil {
		return 0, err
	}
	e.blob, e.context = at, context
	return n, nil
}

// Get returns ciphertext n.
func (l *Ledger) Get(n int64) (Ciphertext, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.get(n)
}

func (l *Ledger) get(n int64) (Ciphertext, error) {
	e := l.known(n)
	if e == nil || e.blob == 0 {
		return Ciphertext{}, fmt.Errorf("ledger: there is no ciphertext %d", n)
	}
	context, blob, err := l.spill.get(e.blob, e.context)
	if err != nil {
		return Ciphertext{}, fmt.Errorf("ledger: ciphertext %d: %w", n, err)
	}
	return Ciphertext{N: n, Made: Made{
		Key: l.keys.list[e.key], Region: l.regions.list[e.region], At: time.Unix(0, e.at).UTC(),
		Material: l.materials.list[e.material], Context: context, Plain: e.plain, Blob: blob,
	}}, nil
}

// Pick chooses a ciphertext of a key set, made in whatever Region, for a reader
// in a Region. An even random number asks for the next one that the Region has
// not been shown to read, so that a steady reader proves everything in time;
// an odd one for any of them, so that the far past is read again and again. It
// reports false while the key set has none.
func (l *Ledger) Pick(key, region string, random uint64) (Ciphertext, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys.find(key)
	if k < 0 || l.tally(k, 0).total == 0 {
		return Ciphertext{}, false, nil
	}
	n := int64(0)
	if random&1 == 0 {
		n = l.unread(k, region)
	}
	if n == 0 {
		n = l.any(k, random>>1)
	}
	if n == 0 {
		return Ciphertext{}, false, nil
	}
	c, err := l.get(n)
	return c, err == nil, err
}

// unread looks a little way on from where it stopped last time.
func (l *Ledger) unread(key int, region string) int64 {
	const far = 256 // a Region that refuses everything must not make every pick a long search
	r := l.regions.of(region)
	if r >= maxRegions {
		return 0
	}
	t := l.tally(key, r)
	for range far {
		if t.next > l.top {
			t.next = 1
			return 0
		}
		n := t.next
		t.next++
		if e := l.entry(n); l.has(e, key) && e.readable>>r&1 == 0 {
			return n
		}
	}
	return 0
}

// any returns a number at random, or the one nearest after it that will do.
func (l *Ledger) any(key int, random uint64) int64 {
	top := uint64(l.top)
	for i := range top {
		n := int64((random+i)%top) + 1
		if l.has(l.entry(n), key) {
			return n
		}
	}
	return 0
}

func (l *Ledger) has(e *entry, key int) bool { return e.made && e.blob != 0 && int(e.key) == key }

// Unproven is [Book.Unproven] without what nobody can open: a ciphertext of
// which a crash left the history and not the bytes.
func (l *Ledger) Unproven(key, region string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for n := range l.Book.Unproven(key, region) {
			if l.holds(n) && !yield(n) {
				return
			}
		}
	}
}

func (l *Ledger) holds(n int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.known(n)
	return e != nil && e.blob != 0
}

// Flush writes every ciphertext to the file, from where it outlives the process.
func (l *Ledger) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spill.flush()
	return l.spill.err
}

// Sync brings every ciphertext to the disk.
func (l *Ledger) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spill.sync()
}

// Close closes the file of ciphertexts and leaves it where it is.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spill.close()
}
