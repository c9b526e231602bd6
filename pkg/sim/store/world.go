package store

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// World returns the world that the file holds. In a new file it makes one with
// the options; of a kept world only o.Rand counts, which must be a source that
// never repeats, such as crypto/rand.Reader.
func (s *Store) World(o sim.Options) (*sim.World, error) {
	// Loading makes twice as much garbage as world; collecting it meanwhile
	// would take longer than loading.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	entities, err := s.Load()
	if err != nil {
		return nil, err
	}
	if len(entities) > 0 {
		w, err := sim.Load(entities, o)
		if err != nil {
			return nil, fmt.Errorf("read simulated world %s: %w", s.path, err)
		}
		return w, nil
	}
	w, err := sim.New(o)
	if err != nil {
		return nil, err
	}
	all, err := w.Save(false)
	if err != nil {
		return nil, err
	}
	if err := s.Replace(all); err != nil {
		return nil, fmt.Errorf("write simulated world %s: %w", s.path, err)
	}
	return w, nil
}

// Finish writes what is not written as it happens: the audit trails, when keys
// were last used, and the moment the world has reached. It is for the orderly
// end of a program, before Close; w must not change meanwhile.
func (s *Store) Finish(w *sim.World) error {
	all, err := w.Save(true)
	if err != nil {
		return err
	}
	var last []sim.Change
	for _, c := range all {
		if kind, _, _ := strings.Cut(c.ID, "/"); kind == "trail" || kind == "words" || kind == "world" || kind == "member" && used(c.Data) {
			last = append(last, c)
		}
	}
	return s.Append(last)()
}

// used tells whether a saved member was ever used in cryptography.
func used(member []byte) bool {
	var m struct{ Used struct{ At int64 } }
	return json.Unmarshal(member, &m) == nil && m.Used.At != 0
}
