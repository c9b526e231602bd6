package sim

import (
	"encoding/json"
	"fmt"
	"sort"
)

// Change is one entity of a world that has changed: how a durable store keeps
// up with it.
type Change struct {
	// ID names the entity for good.
	ID string
	// Data is the entity, encoded; nil when it is gone.
	Data []byte
}

// dirty collects what has changed since it was last taken.
type dirty struct {
	on  bool
	ids map[string]func() any // how to get the entity; nil when it is gone
}

// TrackChanges begins to collect changes for TakeChanges. Without it a world
// does not remember what it changed.
func (w *World) TrackChanges() {
	w.dirty.on = true
	if w.dirty.ids == nil {
		w.dirty.ids = map[string]func() any{}
	}
}

// TakeChanges returns the entities that have changed since it was last called,
// by id, and begins anew. It needs exclusive access. Uses of a key in
// cryptography change its last use and nothing that has to be durable at once;
// it is written with the key's next change.
func (w *World) TakeChanges() ([]Change, error) {
	if len(w.dirty.ids) == 0 {
		return nil, nil
	}
	list := make([]Change, 0, len(w.dirty.ids)+1)
	w.dirty.ids[worldID] = func() any { return w.saveMeta() }
	for id, get := range w.dirty.ids {
		c := Change{ID: id}
		if get != nil {
			data, err := json.Marshal(get())
			if err != nil {
				return nil, fmt.Errorf("save %s of the simulated world: %w", id, err)
			}
			c.Data = data
		}
		list = append(list, c)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	clear(w.dirty.ids)
	return list, nil
}

const worldID = "world"

func memberID(m *member) string { return "member/" + m.region.Name + "/" + m.set.ID }
func setID(s *keySet) string    { return "set/" + s.ID }
func aliasID(r *region, a *alias) string {
	return "alias/" + r.Name + "/" + a.Account + "/" + a.Name
}
func eventEntityID(e event) string { return fmt.Sprintf("event/%016x", e.Seq) }

func (w *World) mark(id string, get func() any) {
	if w.dirty.on {
		w.dirty.ids[id] = get
	}
}

// The touch functions note that something has changed.
func (w *World) touch(m *member) {
	w.mark(memberID(m), func() any { return saveMember(m) })
	w.publishLater(m)
}

func (w *World) touchSet(s *keySet)  { w.mark(setID(s), func() any { return saveSet(s) }) }
func (w *World) touchWorld()         { w.mark(worldID, func() any { return w.saveMeta() }) }
func (w *World) touchGone(id string) { w.mark(id, nil) }
func (w *World) touchAlias(r *region, a *alias) {
	w.mark(aliasID(r, a), func() any { return a })
}

// touchEvent notes that an event was put into the queue.
func (w *World) touchEvent(e event) {
	if w.dirty.on {
		w.mark(eventEntityID(e), func() any { return e })
	}
}

// touchPopped notes that an event was taken out of the queue.
func (w *World) touchPopped(e event) {
	if w.dirty.on {
		w.touchGone(eventEntityID(e))
	}
}

func storeID(r *region, s *keyStore) string { return "store/" + r.Name + "/" + s.ID }

func (w *World) touchStore(r *region, s *keyStore) {
	w.mark(storeID(r, s), func() any { return savedStore{r.Name, s} })
}

// KeepNow notes the present moment as a change, which passing time by itself
// is not. It needs exclusive access.
func (w *World) KeepNow() { w.touchWorld() }
