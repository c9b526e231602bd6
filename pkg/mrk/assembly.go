package mrk

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// assembly puts the members that the listings of several Regions find together
// to key sets. A set that is complete is passed on and forgotten when somebody
// asked for that.
type assembly struct {
	c        Cloud
	parts    []Part
	complete func(KeySet)
	tell     func(done, known int)

	mu       sync.Mutex // guards what follows; never held across a call
	sets     map[string][]Member
	owners   map[string]map[string]string // by Region, which key an alias names
	policies map[string]string            // one copy of each text: most policies of a fleet are the same
	done     int
	seen     int // members known of
}

func newAssembly(c Cloud, l Listing) *assembly {
	return &assembly{
		c: c, parts: l.Parts, complete: l.Complete, tell: l.Tell,
		sets: map[string][]Member{}, owners: map[string]map[string]string{}, policies: map[string]string{},
	}
}

// known adds to the number of members that are known of.
func (a *assembly) known(more int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen += more
	a.progress()
}

func (a *assembly) progress() {
	if a.tell != nil {
		a.tell(a.done, a.seen)
	}
}

// aliases notes what the aliases of a Region name.
func (a *assembly) aliases(region string, byKey map[string][]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	owner := map[string]string{}
	for id, names := range byKey {
		for _, name := range names {
			owner[name] = id
		}
	}
	a.owners[region] = owner
}

// add adds a member, whose aliases are known.
func (a *assembly) add(m Member) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done++
	a.progress()
	if text, ok := a.policies[m.Policy]; ok {
		m.Policy = text
	} else {
		a.policies[m.Policy] = m.Policy
	}
	members := append(a.sets[m.KeyID], m)
	a.sets[m.KeyID] = members
	if a.complete == nil || len(missing(members)) > 0 {
		return
	}
	delete(a.sets, m.KeyID)
	a.complete(a.set(m.KeyID, members))
}

// missing are the Regions in which members say that there is another.
func missing(members []Member) []string {
	var regions []string
	for _, m := range members {
		for _, r := range append([]string{m.PrimaryRegion}, m.ReplicaRegions...) {
			has := slices.ContainsFunc(members, func(o Member) bool { return o.Region == r })
			if r != "" && !has && !slices.Contains(regions, r) {
				regions = append(regions, r)
			}
		}
	}
	return regions
}

// set makes a key set of members.
func (a *assembly) set(id string, members []Member) KeySet {
	k := KeySet{ID: id, Members: slices.Clone(members)}
	for _, m := range members {
		switch {
		case !m.Reached():
		case !m.MultiRegion || m.Role == RolePrimary:
			k.Primary = m.Region
		case k.Primary == "":
			k.Primary = m.PrimaryRegion
		}
	}
	slices.SortFunc(k.Members, func(a, b Member) int { return strings.Compare(a.Region, b.Region) })
	for i, m := range k.Members {
		for _, o := range k.Members {
			for _, name := range o.Aliases {
				if owner := a.owners[m.Region][name]; owner != "" && owner != id {
					k.Members[i].setElsewhere(name, owner)
				}
			}
		}
	}
	return k
}

func (m *Member) setElsewhere(alias, owner string) {
	if m.Elsewhere == nil {
		m.Elsewhere = map[string]string{}
	}
	m.Elsewhere[alias] = owner
}

// members are all that were added and not passed on.
func (a *assembly) members() []Member {
	var all []Member
	for _, members := range a.sets {
		all = append(all, members...)
	}
	return all
}

// rest passes on what is left when every Region has been listed. The missing
// members come from a look where the Region was not listed, and are unreachable
// where its listing failed.
func (a *assembly) rest(ctx context.Context, failed []Problem) {
	for _, id := range slices.Sorted(maps.Keys(a.sets)) {
		members := a.sets[id]
		for _, region := range missing(members) {
			members = append(members, a.missed(ctx, id, region, failed))
		}
		a.complete(a.set(id, members))
	}
}

func (a *assembly) missed(ctx context.Context, id, region string, failed []Problem) Member {
	for _, p := range failed {
		if p.Region == region {
			return Member{Region: region, Unreachable: &p}
		}
	}
	m := look(ctx, a.c, region, id)
	if m.Reached() {
		readParts(ctx, a.c, &m, append([]Part{AliasPart}, a.parts...))
	}
	return m
}

// Strays finds the aliases of a set that name another key in the Region of a
// member, and notes them in its Elsewhere. It asks only where a member lacks an
// alias that another has.
func Strays(ctx context.Context, c Cloud, set *KeySet) {
	var all []string
	for _, m := range set.Members {
		all = append(all, m.Aliases...)
	}
	slices.Sort(all)
	for _, alias := range slices.Compact(all) {
		for i, m := range set.Members {
			if !m.Reached() || slices.Contains(m.Aliases, alias) {
				continue
			}
			other, err := describe(ctx, c, m.Region, alias)
			switch {
			case err == nil && other.KeyID != set.ID:
				set.Members[i].setElsewhere(alias, other.KeyID)
			case err != nil && !is(err, "NotFoundException"):
				set.Members[i].Problems = append(set.Members[i].Problems, problem(m.Region, err))
			}
		}
	}
}
