package sim

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// saveVersion is the version of what is saved. A reader refuses any other.
const saveVersion = 1

// MarshalText spells an id in hexadecimal digits.
func (id materialID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *materialID) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(string(b))
	if err != nil || len(raw) != len(id) {
		return fmt.Errorf("key material id %q is not 64 hexadecimal digits", b)
	}
	copy(id[:], raw)
	return nil
}

// savedMeta is the world itself: its options, its moment, its randomness.
type savedMeta struct {
	Version      int
	Now          int64
	Seed         uint64
	Account      string
	Regions      []string
	NotOptedIn   []string `json:",omitempty"`
	Timing       Timing
	Network      Network
	NoRateLimits bool               `json:",omitempty"`
	Quotas       map[string]float64 `json:",omitempty"`
	Limits       Limits
	TrailDelay   time.Duration `json:",omitempty"`
	ReadLag      Span
	Sabotage     []string `json:",omitempty"`
	Seq          uint64
	Faults       []*activeFault `json:",omitempty"`
	Keys         []byte         // states of the generators
	Noise        []byte
	Times        []byte
	Sealing      []byte
	Identities   identities                            `json:",omitempty"`
	Roles        []serviceRole                         `json:",omitempty"`
	RoleTasks    []*roleDeletion                       `json:",omitempty"`
	Wrapping     map[types.WrappingKeySpec]wrappingKey `json:",omitempty"`
}

func (w *World) saveMeta() savedMeta {
	o := w.options
	s := savedMeta{
		Version: saveVersion, Now: w.nowNanos(), Seed: o.Seed, Account: o.Account, NotOptedIn: o.NotOptedIn,
		Timing: o.Timing, Network: o.Network, NoRateLimits: o.NoRateLimits, Quotas: o.Quotas, Limits: o.Limits,
		TrailDelay: o.TrailDelay, ReadLag: o.ReadLag, Sabotage: w.sabotage, Seq: w.queue.seq, Faults: w.faults,
		Keys: w.keys.save(), Noise: w.noise.save(), Times: w.times.save(), Sealing: w.sealing, Identities: w.identities, Roles: w.roles, RoleTasks: w.roleDeletions, Wrapping: w.wrapping,
	}
	for _, r := range w.regions {
		s.Regions = append(s.Regions, r.Name)
	}
	return s
}

// options are those a saved world was made with.
func (s savedMeta) options() Options {
	return Options{
		Start: time.Unix(0, s.Now).UTC(), Seed: s.Seed, Account: s.Account, Regions: s.Regions, NotOptedIn: s.NotOptedIn,
		Timing: s.Timing, Network: s.Network, NoRateLimits: s.NoRateLimits, Quotas: s.Quotas, Limits: s.Limits,
		TrailDelay: s.TrailDelay, ReadLag: s.ReadLag, Sabotage: s.Sabotage,
	}
}

// savedSet is a set of related keys and the Regions of its members, in order.
type savedSet struct {
	*keySet
	Members []string
}

func saveSet(s *keySet) savedSet {
	out := savedSet{keySet: s}
	for _, m := range s.members {
		out.Members = append(out.Members, m.region.Name)
	}
	return out
}

// savedHeld is a key material with its bytes.
type savedHeld struct {
	Secret  []byte
	Expires bool  `json:",omitempty"`
	ValidTo int64 `json:",omitempty"`
	Expired bool  `json:",omitempty"`
}

// savedMember is one member of a set.
type savedMember struct {
	Region, Key   string
	Serial        uint64
	Created       int64
	Description   string   `json:",omitempty"`
	Policy        string   `json:",omitempty"`
	Tags          []tag    `json:",omitempty"`
	Grants        []*grant `json:",omitempty"`
	Enabled       bool
	Creating      bool     `json:",omitempty"`
	UpdatingUntil int64    `json:",omitempty"`
	UnseenUntil   int64    `json:",omitempty"`
	Deletion      deletion `json:",omitempty"`
	DeleteAt      int64    `json:",omitempty"`
	Window        int      `json:",omitempty"`
	Denied        int      `json:",omitempty"`
	GrantsGone    int      `json:",omitempty"`
	View          view
	Held          []savedHeld `json:",omitempty"`
	Aside         []savedHeld `json:",omitempty"`
	Used          lastUse
}

func saveMember(m *member) savedMember {
	m.useMu.Lock()
	used := m.used
	m.useMu.Unlock()
	s := savedMember{
		Region: m.region.Name, Key: m.set.ID, Serial: m.serial, Created: m.created, Description: m.description,
		Policy: m.policy, Tags: m.tags, Enabled: m.enabled, Creating: m.creating, UnseenUntil: m.unseenUntil,
		Deletion: m.deletion, DeleteAt: m.deleteAt, Window: m.window, Denied: m.denied, GrantsGone: m.grantsGone,
		View: m.view, Held: saveHeld(m.held), Aside: saveHeld(m.aside), Used: used, Grants: m.grants.list(),
	}
	if m.updating {
		s.UpdatingUntil = m.updatingUntil
	}
	return s
}

func saveHeld(list []*held) []savedHeld {
	var out []savedHeld
	for _, h := range list {
		out = append(out, savedHeld{h.Secret, h.Expires, h.ValidTo, h.Expired})
	}
	return out
}

// savedStore is a custom key store and where it is.
type savedStore struct {
	Region string
	Store  *keyStore
}

// Save returns the whole world: every entity, and the trails if they are
// wanted. It needs exclusive access.
func (w *World) Save(trails bool) ([]Change, error) {
	var list []Change
	add := func(id string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("save %s of the simulated world: %w", id, err)
		}
		list = append(list, Change{ID: id, Data: data})
		return nil
	}
	err := add(worldID, w.saveMeta())
	for _, id := range sortedKeys(w.sets) {
		s := w.sets[id]
		if err == nil {
			err = add(setID(s), saveSet(s))
		}
		for _, m := range s.members {
			if err == nil {
				err = add(memberID(m), saveMember(m))
			}
		}
	}
	for _, r := range w.regions {
		for _, full := range r.names {
			if err == nil {
				err = add(aliasID(r, r.aliases[full]), r.aliases[full])
			}
		}
		for _, id := range sortedKeys(r.stores) {
			if err == nil {
				err = add(storeID(r, r.stores[id]), savedStore{r.Name, r.stores[id]})
			}
		}
	}
	for _, e := range w.queue.heap {
		if err == nil {
			err = add(eventEntityID(e), e)
		}
	}
	if trails && err == nil {
		err = w.saveTrails(add)
	}
	return list, err
}

// Fork returns a world of its own that is in the same state, without the
// trails. It needs exclusive access.
func (w *World) Fork() (*World, error) {
	list, err := w.Save(false)
	if err != nil {
		return nil, err
	}
	fork, err := Load(list, w.options)
	if err != nil {
		return nil, err
	}
	fork.Adopt(w)
	return fork, nil
}
