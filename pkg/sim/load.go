package sim

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Load rebuilds a world from its entities, as Save returned them or as a store
// kept them from TakeChanges. Of the options only Rand counts: the rest was
// saved. It fails when an entity is damaged, missing or of another version.
func Load(list []Change, o Options) (*World, error) {
	byID := make(map[string][]byte, len(list))
	for _, c := range list {
		if c.Data != nil {
			byID[c.ID] = c.Data
		}
	}
	var meta savedMeta
	if err := decode(byID, worldID, &meta); err != nil {
		return nil, err
	}
	if meta.Version != saveVersion {
		return nil, fmt.Errorf("load simulated world: it was saved in version %d, this program reads version %d", meta.Version, saveVersion)
	}
	opts := meta.options()
	opts.Rand = o.Rand
	w, err := New(opts)
	if err != nil {
		return nil, fmt.Errorf("load simulated world: %w", err)
	}
	if slices.Contains(meta.Faults, nil) {
		return nil, fmt.Errorf("load simulated world: an active fault is empty")
	}
	w.faults, w.queue.seq = meta.Faults, meta.Seq
	if meta.Sealing != nil {
		w.sealing = meta.Sealing
	}
	if slices.Contains(meta.RoleTasks, nil) {
		return nil, fmt.Errorf("load simulated world: a deletion of a role is empty")
	}
	w.identities, w.roles, w.roleDeletions = meta.Identities, meta.Roles, meta.RoleTasks
	maps.Copy(w.wrapping, meta.Wrapping)
	for _, s := range []struct {
		src   *source
		state []byte
	}{{w.keys, meta.Keys}, {w.noise, meta.Noise}, {w.times, meta.Times}} {
		if err := s.src.load(s.state); err != nil {
			return nil, fmt.Errorf("load simulated world: %w", err)
		}
	}
	if err := w.loadEntities(byID); err != nil {
		return w, err
	}
	w.restoreServiceRoles()
	return w, nil
}

// decode reads one entity.
func decode(byID map[string][]byte, id string, into any) error {
	data, ok := byID[id]
	if !ok {
		return fmt.Errorf("load simulated world: %s is missing", id)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("load simulated world: %s is damaged: %w", id, err)
	}
	return nil
}

func (w *World) loadEntities(byID map[string][]byte) error {
	var members []*member
	for _, id := range sortedKeys(byID) {
		kind, _, _ := strings.Cut(id, "/")
		var err error
		switch kind {
		case "set":
			var list []*member
			list, err = w.loadSet(byID, id)
			members = append(members, list...)
		case "alias":
			err = w.loadAlias(byID, id)
		case "store":
			err = w.loadStore(byID, id)
		case "event":
			var e event
			if err = decode(byID, id, &e); err == nil {
				w.queue.heap = append(w.queue.heap, e)
			}
		case "words", "trail":
			err = w.loadTrail(byID, id)
		}
		if err != nil {
			return err
		}
	}
	heap.Init(&w.queue.heap)
	w.placeMembers(members)
	return nil
}

// loadSet reads a set and its members.
func (w *World) loadSet(byID map[string][]byte, id string) ([]*member, error) {
	s := savedSet{keySet: &keySet{}}
	if err := decode(byID, id, &s); err != nil {
		return nil, err
	}
	set := s.keySet
	set.bound = binding(set.ID)
	w.sets[set.ID] = set
	for _, name := range s.Members {
		var sm savedMember
		if err := decode(byID, "member/"+name+"/"+set.ID, &sm); err != nil {
			return nil, err
		}
		r := w.region(name)
		if r == nil {
			return nil, fmt.Errorf("load simulated world: %s is in Region %q, which it does not have", id, name)
		}
		if err := w.checkMember(id, sm); err != nil {
			return nil, err
		}
		set.members = append(set.members, loadMember(set, r, sm))
	}
	return set.members, nil
}

// checkMember checks what would make the world stumble later.
func (w *World) checkMember(id string, s savedMember) error {
	for _, name := range append([]string{s.View.Primary}, s.View.Replicas...) {
		if w.region(name) == nil {
			return fmt.Errorf("load simulated world: %s has a member in Region %q, which the world does not have", id, name)
		}
	}
	if r := s.View.Rotation; r.Enabled && (r.Days < 90 || r.Days > 2560) {
		return fmt.Errorf("load simulated world: %s rotates every %d days, which is not between 90 and 2560", id, r.Days)
	}
	if slices.Contains(s.Grants, nil) {
		return fmt.Errorf("load simulated world: a grant of %s in %s is empty", id, s.Region)
	}
	return nil
}

func loadMember(set *keySet, r *region, s savedMember) *member {
	m := &member{
		set: set, region: r, arn: r.keyARN(set.Account, set.ID), serial: s.Serial, created: s.Created,
		description: s.Description, policy: s.Policy, tags: s.Tags, grants: loadGrants(s.Grants),
		enabled: s.Enabled, creating: s.Creating, updating: s.UpdatingUntil != 0, updatingUntil: s.UpdatingUntil, unseenUntil: s.UnseenUntil,
		deletion: s.Deletion, deleteAt: s.DeleteAt, window: s.Window, denied: s.Denied, grantsGone: s.GrantsGone,
		view: s.View, held: loadHeld(set, s.Held), aside: loadHeld(set, s.Aside), used: s.Used,
	}
	r.members[set.ID] = m
	return m
}

func loadHeld(set *keySet, list []savedHeld) []*held {
	var out []*held
	for _, s := range list {
		h := newHeld(set, s.Secret)
		h.Expires, h.ValidTo, h.Expired = s.Expires, s.ValidTo, s.Expired
		out = append(out, h)
	}
	return out
}

// placeMembers puts members back into the order of their Regions, and works
// out what is not saved.
func (w *World) placeMembers(members []*member) {
	slices.SortFunc(members, func(a, b *member) int { return cmp.Compare(a.serial, b.serial) })
	for _, m := range members {
		m.region.order = append(m.region.order, m)
		m.settle()
	}
	for _, r := range w.regions {
		for _, full := range r.names {
			a := r.aliases[full]
			if m := r.members[a.Target]; m != nil {
				m.names = append(m.names, a.Name)
			}
		}
	}
}

func (w *World) loadAlias(byID map[string][]byte, id string) error {
	var a alias
	if err := decode(byID, id, &a); err != nil {
		return err
	}
	parts := strings.SplitN(id, "/", 3)
	r := w.region(parts[1])
	if r == nil {
		return fmt.Errorf("load simulated world: %s is in a Region it does not have", id)
	}
	full := a.Account + "/" + a.Name
	r.aliases[full] = &a
	at, _ := slices.BinarySearch(r.names, full)
	r.names = slices.Insert(r.names, at, full)
	return nil
}

func (w *World) loadStore(byID map[string][]byte, id string) error {
	var s savedStore
	if err := decode(byID, id, &s); err != nil {
		return err
	}
	r := w.region(s.Region)
	if r == nil || s.Store == nil {
		return fmt.Errorf("load simulated world: %s is in a Region it does not have", id)
	}
	r.stores[s.Store.ID] = s.Store
	return nil
}
