package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatWasAppendedIsLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "world.db")
	s := open(t, path)
	if err := s.Append([]sim.Change{{ID: "a", Data: []byte("1")}, {ID: "b", Data: []byte("2")}})(); err != nil {
		t.Fatal(err)
	}
	first := s.Append([]sim.Change{{ID: "a", Data: []byte("3")}})
	second := s.Append([]sim.Change{{ID: "b"}, {ID: "a", Data: []byte("4")}})
	if err := first(); err != nil {
		t.Fatal(err)
	}
	if err := second(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]sim.Change{{ID: "c"}})(); err == nil {
		t.Error("a closed store took a change")
	}
	s = open(t, path)
	defer s.Close()
	list, err := s.Load()
	if err != nil || len(list) != 1 || list[0].ID != "a" || string(list[0].Data) != "4" {
		t.Errorf("loaded %q, %v", list, err)
	}
}

func TestWorldComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	s := open(t, path)
	w, err := s.World(sim.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(w); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	back, err := s.World(sim.Options{Seed: 8})
	if err != nil || back.Options().Seed != 7 {
		t.Errorf("the world that came back: %v", err)
	}
}

func TestReplaceOutlivesWhatWasOnItsWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	s := open(t, path)
	for range 50 {
		s.Append([]sim.Change{{ID: "old", Data: bytes.Repeat([]byte("x"), 1000)}})
	}
	if err := s.Replace([]sim.Change{{ID: "new", Data: []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	if list, err := s.Load(); err != nil || len(list) != 1 || list[0].ID != "new" {
		t.Errorf("loaded %v, %v", list, err)
	}
}

// refused asserts that the file is refused with a reason, and not touched.
func refused(t *testing.T, path, reason string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err == nil {
		_, err = s.Load()
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v, want a refusal because %q", err, reason)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the refused file was changed")
	}
}

// filled makes a file with some hundred entities and returns its path.
func filled(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "world.db")
	s := open(t, path)
	for i := range 300 {
		id := strings.Repeat("k", 1+i%7) + string(rune('a'+i%26)) + strings.Repeat("x", i%5)
		s.Append([]sim.Change{{ID: id, Data: bytes.Repeat([]byte{byte(i)}, 50+i)}})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRefusedFiles(t *testing.T) {
	change := func(f func([]byte) []byte) string {
		path := filled(t)
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, f(b), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("cut in half", func(t *testing.T) {
		refused(t, change(func(b []byte) []byte { return b[:len(b)/2] }), "cut short")
	})
	t.Run("something else", func(t *testing.T) {
		refused(t, change(func([]byte) []byte { return []byte("hello, I am not a database\n") }), "not a database")
	})
	t.Run("changed value", func(t *testing.T) {
		refused(t, change(func(b []byte) []byte {
			i := bytes.Index(b, bytes.Repeat([]byte{200}, 100))
			for ; i >= 0 && i < len(b); i += 8 { // every copy of it, old pages included
				if b[i] == 200 {
					b[i]++
				}
			}
			return b
		}), "damaged")
	})
	t.Run("other version", func(t *testing.T) {
		path := filled(t)
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(aboutBucket)).Put([]byte(formatKey), []byte("mrkctl simulated world, format 2"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refused(t, path, `it says "mrkctl simulated world, format 2"`)
	})
	t.Run("another database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "other.db")
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refused(t, path, "not of a simulated world")
	})
	t.Run("open elsewhere", func(t *testing.T) {
		path := filled(t)
		s := open(t, path)
		defer s.Close()
		refused(t, path, ErrLocked.Error())
	})
}

// FuzzOpen looks for files that make the program panic, hang or die.
func FuzzOpen(f *testing.F) {
	whole, err := os.ReadFile(filled(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), uint64(0), uint32(len(whole)))
	f.Add(uint32(4096+16), uint64(1), uint32(len(whole)))
	f.Add(uint32(3*4096+8), uint64(0xffff), uint32(len(whole)))
	f.Fuzz(func(t *testing.T, at uint32, flip uint64, length uint32) {
		b := bytes.Clone(whole[:min(int(length), len(whole))])
		for i := range 8 {
			if p := int(at) + i; p < len(b) {
				b[p] ^= byte(flip >> (8 * i))
			}
		}
		path := filepath.Join(t.TempDir(), "world.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			return
		}
		defer s.Close()
		_, _ = s.World(sim.Options{}) // an error is as good as a world
	})
}
