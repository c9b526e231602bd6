// Package store keeps a simulated world in one file, so that a change that was
// acknowledged is still there after the program was killed.
//
// The file is a bbolt database: a change is a transaction, synced before it
// counts. Changes that arrive while one is being written share the next
// transaction, so that many callers wait for one sync. What only uses keys
// never comes here and never waits for the disk.
package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// format is what the file says it is. A file that says anything else is
// refused and left as it was.
const format = "mrkctl simulated world, format 1"

// The buckets and keys of the file.
const (
	aboutBucket  = "about"
	formatKey    = "format"
	entityBucket = "entities"
)

// ErrLocked is why a file is refused that another process has open.
var ErrLocked = errors.New("another process has it open")

// Store is an open file. Close it after use.
type Store struct {
	db   *bolt.DB
	path string

	mu     sync.Mutex // guards what follows
	queue  []sim.Change
	batch  *batch // the one that queue will be written in; nil when queue is empty
	failed error  // the first write that failed; nothing is accepted after it
	wake   chan struct{}
	done   chan struct{}
	closed bool
}

// batch is one transaction to come.
type batch struct {
	written chan struct{} // closed when it is written, or failed
	err     error
}

// Open opens the file at path and makes it if there is none. The error says
// why a file is refused: it is open elsewhere (ErrLocked), of another format,
// cut short or damaged. A refused file is not changed.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open simulated world %s: %w", path, err)
	}
	fresh, err := inspect(path)
	if err != nil {
		return nil, fmt.Errorf("open simulated world %s: %w", path, err)
	}
	db, err := openDB(path)
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = ErrLocked
	}
	if err == nil {
		err = prepare(db, fresh)
		if err != nil {
			_ = db.Close() // the reason is what matters
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open simulated world %s: %w", path, err)
	}
	s := &Store{db: db, path: path, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.write()
	return s, nil
}

func openDB(path string) (db *bolt.DB, err error) {
	defer recovered(&err)
	return bolt.Open(path, 0o600, &bolt.Options{Timeout: 200 * time.Millisecond, FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
}

// prepare writes the format into a new file and checks it in an old one.
func prepare(db *bolt.DB, fresh bool) (err error) {
	defer recovered(&err)
	if !fresh {
		return db.View(func(tx *bolt.Tx) error {
			about := tx.Bucket([]byte(aboutBucket))
			if about == nil || tx.Bucket([]byte(entityBucket)) == nil {
				return errors.New("it is a database, but not of a simulated world")
			}
			if got := about.Get([]byte(formatKey)); string(got) != format {
				return fmt.Errorf("it says %q, this program reads %q", got, format)
			}
			return nil
		})
	}
	return db.Update(func(tx *bolt.Tx) error {
		about, err := tx.CreateBucketIfNotExists([]byte(aboutBucket))
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists([]byte(entityBucket)); err != nil {
			return err
		}
		return about.Put([]byte(formatKey), []byte(format))
	})
}

// recovered turns a panic over a damaged page into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("it is damaged: %v", p)
	}
}

// Load returns every entity that the file holds; none for a new file.
func (s *Store) Load() (list []sim.Change, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read simulated world %s: %w", s.path, err)
		}
	}()
	defer recovered(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(entityBucket)).ForEach(func(k, v []byte) error {
			data, err := unseal(v)
			if err != nil {
				return fmt.Errorf("%s %w", k, err)
			}
			list = append(list, sim.Change{ID: string(k), Data: data})
			return nil
		})
	})
	return list, err
}

// Append takes changes to be written, in the order in which it is called, and
// returns a function that waits until they are safe. Data must not be changed
// afterwards.
func (s *Store) Append(changes []sim.Change) (wait func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		err := s.failed
		return func() error { return err }
	}
	if s.batch == nil {
		s.batch = &batch{written: make(chan struct{})}
	}
	b := s.batch
	s.queue = append(s.queue, changes...)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return func() error {
		<-b.written
		return b.err
	}
}

// write writes batches until the store is closed.
func (s *Store) write() {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		changes, b := s.queue, s.batch
		s.queue, s.batch = nil, nil
		s.mu.Unlock()
		if b == nil {
			continue
		}
		if b.err = s.commit(changes); b.err != nil {
			s.mu.Lock()
			s.failed = b.err
			s.mu.Unlock()
		}
		close(b.written)
	}
}

func (s *Store) commit(changes []sim.Change) (err error) {
	defer recovered(&err)
	err = s.db.Update(func(tx *bolt.Tx) error { return put(tx.Bucket([]byte(entityBucket)), changes) })
	if err != nil {
		return fmt.Errorf("write simulated world %s: %w", s.path, err)
	}
	return nil
}

func put(b *bolt.Bucket, changes []sim.Change) error {
	// The order of the keys: within a transaction a page is a sorted slice of
	// any length, and every insertion elsewhere than at its end moves the rest.
	// Changes of one entity stay in the order in which they happened.
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(x, y sim.Change) int { return strings.Compare(x.ID, y.ID) })
	for _, c := range changes {
		if c.Data == nil {
			if err := b.Delete([]byte(c.ID)); err != nil {
				return err
			}
			continue
		}
		if err := b.Put([]byte(c.ID), seal(c.Data)); err != nil {
			return err
		}
	}
	return nil
}

// Replace puts another world in the place of what the file holds. Changes of
// the old one that are on their way are written before; none may be appended
// meanwhile.
func (s *Store) Replace(all []sim.Change) (err error) {
	defer recovered(&err)
	if err := s.Append(nil)(); err != nil {
		return err
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket([]byte(entityBucket)); err != nil {
			return err
		}
		b, err := tx.CreateBucket([]byte(entityBucket))
		if err != nil {
			return err
		}
		return put(b, all)
	})
}

// Close writes what is waiting and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if s.failed == nil {
		s.failed = fs.ErrClosed
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	close(s.wake)
	<-s.done
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close simulated world %s: %w", s.path, err)
	}
	return nil
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) // the table is made once
}

// seal puts a checksum before an entity.
func seal(data []byte) []byte {
	out := make([]byte, 4, 4+len(data))
	binary.BigEndian.PutUint32(out, checksum(data))
	return append(out, data...)
}

// unseal checks and removes the checksum. What it returns is a copy.
func unseal(v []byte) ([]byte, error) {
	if len(v) < 4 || binary.BigEndian.Uint32(v) != checksum(v[4:]) {
		return nil, errors.New("is damaged: its checksum is wrong")
	}
	return append([]byte(nil), v[4:]...), nil
}
