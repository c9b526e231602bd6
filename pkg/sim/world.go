package sim

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// World is a simulated AWS: its Regions, the keys in them, what is on its way
// between them, and what has gone wrong. See the package documentation for who
// may call what at the same time.
type World struct {
	options  Options
	network  Network
	sabotage []string

	clock    atomic.Int64 // nanoseconds since 1970
	regions  []*region    // by name within each partition
	byName   map[string]*region
	distance []time.Duration // round trips, from × to

	keys  *source // key material, identifiers, nonces
	noise *source // network, luck, request ids
	times *source // how long things take

	queue  queue
	sets   map[string]*keySet // by key id
	faults []*activeFault
	dirty  dirty

	identities    identities
	roles         []serviceRole   // service-linked, one an account
	roleDeletions []*roleDeletion // under way and past
	documents     sync.Map        // parsed policies of identities, by their text
	sealing       []byte          // seals import tokens
	proxies       proxies
	wrapping      map[types.WrappingKeySpec]wrappingKey

	words words // interned strings of trails
}

// New makes an empty world. It fails when the options name a Region or a
// sabotage that does not exist.
func New(o Options) (*World, error) {
	o = o.withDefaults()
	if err := checkSabotage(o.Sabotage); err != nil {
		return nil, err
	}
	if err := o.Timing.check(); err != nil {
		return nil, err
	}
	if err := o.checkKnobs(); err != nil {
		return nil, err
	}
	w := &World{
		options: o, network: o.Network, sabotage: slices.Clone(o.Sabotage),
		byName: map[string]*region{}, sets: map[string]*keySet{}, wrapping: map[types.WrappingKeySpec]wrappingKey{},
		keys: newSource(o.Seed, 'k'), noise: newSource(o.Seed, 'n'), times: newSource(o.Seed, 't'),
	}
	w.keys.reader = o.Rand
	w.sealing = make([]byte, material.SealingKeySize)
	if err := w.keys.read(w.sealing); err != nil {
		return nil, fmt.Errorf("simulated world: read randomness: %w", err)
	}
	w.clock.Store(o.Start.UnixNano())
	if err := w.addRegions(o.Regions); err != nil {
		return nil, err
	}
	for _, name := range o.NotOptedIn {
		r := w.byName[name]
		if r == nil || !r.OptIn {
			return nil, fmt.Errorf("simulated world: %q is not an opt-in Region of it", name)
		}
		r.closed = true
	}
	return w, nil
}

func (w *World) addRegions(names []string) error {
	for _, r := range everyRegion() {
		if slices.Contains(names, r.Name) || len(names) == 0 && r.Partition == "aws" {
			added := newRegion(r, len(w.regions))
			w.regions = append(w.regions, added)
			w.byName[r.Name] = added
		}
	}
	for _, name := range names {
		if w.byName[name] == nil {
			return fmt.Errorf("simulated world: unknown Region %q", name)
		}
	}
	w.distance = distances(w.network, w.regions)
	return nil
}

// Options are those the world was made with, defaults filled in.
func (w *World) Options() Options { return w.options }

// Regions lists the world's Regions by name within each partition.
func (w *World) Regions() []Region {
	list := make([]Region, len(w.regions))
	for i, r := range w.regions {
		list[i] = r.Region
	}
	return list
}

// region finds a Region of this world; nil when there is none of that name.
func (w *World) region(name string) *region { return w.byName[name] }

// Now is the moment the world is at.
func (w *World) Now() time.Time { return time.Unix(0, w.clock.Load()).UTC() }

func (w *World) nowNanos() int64 { return w.clock.Load() }

// Next is the moment of the next event, and whether there is one.
func (w *World) Next() (time.Time, bool) {
	at, ok := w.queue.next()
	return time.Unix(0, at).UTC(), ok
}

// Advance lets time pass until to, making happen in order what is due by then.
// A moment that has passed is ignored: worlds do not run backwards.
func (w *World) Advance(to time.Time) {
	until := to.UnixNano()
	for {
		at, ok := w.queue.next()
		if !ok || at > until {
			break
		}
		e := w.queue.pop()
		w.moveClock(e.At)
		w.touchPopped(e)
		w.happen(e)
	}
	w.moveClock(until)
}

// TryAdvance lets time pass until to when nothing is due by then, and says
// whether that was so. Unlike Advance it may run beside other calls.
func (w *World) TryAdvance(to time.Time) bool {
	until := to.UnixNano()
	if at, ok := w.queue.next(); ok && at <= until {
		return false
	}
	w.moveClock(until)
	return true
}

func (w *World) moveClock(to int64) {
	for {
		now := w.clock.Load()
		if to <= now || w.clock.CompareAndSwap(now, to) {
			return
		}
	}
}
