package drill

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/lock"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// lookSource marks the drill's own reads in the history.
const lookSource = "look"

// The pace at which the drill looks at members: often right after something
// changed, ever more rarely while nothing does. What changes in AWS's own time
// is so seen within a twentieth of that time.
const (
	lookFirst = time.Second
	lookLast  = time.Hour
)

// watchMember looks at one member from within its Region until the drill ends
// and writes down every read that differs from the one before.
func (r *run) watchMember(k *keySet, region string) {
	r.processes.Go(func() {
		ctx := withSource(r.loadContext, source{name: lookSource, key: k.Name})
		c := r.operator("")
		c.CallLimit = 2 * time.Second
		for {
			m := mrk.Metadata(ctx, c, k.id, []string{region})[0]
			if r.over() || ctx.Err() != nil {
				return
			}
			r.saw(k, m)
			r.mu.Lock()
			since := r.clock.Now().Sub(r.changed)
			r.mu.Unlock()
			if r.clock.Sleep(ctx, min(max(since/20, lookFirst), lookLast)) != nil || r.over() {
				return
			}
		}
	})
}

func (r *run) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ending
}

// lookSoon says that something was changed, so that the members are looked at
// more often again.
func (r *run) lookSoon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = r.clock.Now()
}

// saw compares a read with the one before and writes it down if it differs.
func (r *run) saw(k *keySet, m mrk.Member) {
	now := seenMember(k, m)
	id := memberID{k.Name, m.Region}
	r.mu.Lock()
	before, known := r.members[id]
	differs := !known || !reflect.DeepEqual(before, now)
	if differs {
		r.members[id] = now
		r.changed = r.clock.Now()
	}
	r.mu.Unlock()
	if differs {
		_ = r.tell(journal.MemberSeen, "", now) // an error has stopped the drill
	}
}

// gone is the state of a member that is no longer there.
const gone = "Gone"

// seenMember is what DescribeKey told of a member.
func seenMember(k *keySet, m mrk.Member) journal.Member {
	out := journal.Member{Key: k.Name, Region: m.Region}
	switch {
	case m.Missing:
		out.State = gone
	case m.Unreachable != nil:
		out.Unreachable = m.Unreachable.Code
		if m.Unreachable.Look != "" {
			out.Unreachable = m.Unreachable.Look
		}
	default:
		out.Role, out.State, out.Material = m.Role, m.State, m.Material
		out.Primary, out.Replicas = m.PrimaryRegion, m.ReplicaRegions
	}
	return out
}

// primaryOf is the Region that a key set's members last called primary.
func (r *run) primaryOf(k *keySet) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, region := range k.live {
		if m, ok := r.members[memberID{k.Name, region}]; ok && m.Role == mrk.RolePrimary {
			return region
		}
	}
	return k.Primary
}

// materialOf is the current key material of a key set as it was last seen.
func (r *run) materialOf(k *keySet) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, region := range k.live {
		if m, ok := r.members[memberID{k.Name, region}]; ok && m.Material != "" {
			return m.Material
		}
	}
	return ""
}

// lookNow looks at every member at once, so that what was seen of them is no
// older than this moment.
func (r *run) lookNow(ctx context.Context, k *keySet) {
	c := r.operator("")
	c.CallLimit = 2 * time.Second
	for _, m := range mrk.Metadata(withSource(ctx, source{name: lookSource, key: k.Name}), c, k.id, k.regionsWith("")) {
		r.saw(k, m)
	}
}

// snapshotBefore is when the first snapshot is taken, which the end is held
// against and to which what was changed is put back.
const snapshotBefore = "before"

// snapshot reads every key set, each member from its own Region, and writes
// down what it is like.
func (r *run) snapshot(ctx context.Context, when string) (journal.Snapshot, error) {
	snap := journal.Snapshot{When: when}
	for _, book := range r.book.Keys {
		k, err := r.key(book.Name)
		if err != nil {
			continue // not made yet
		}
		c := r.operator("")
		c.Regions = k.regionsWith("")
		c.CallLimit = 5 * time.Second
		set, err := mrk.Read(withSource(ctx, source{name: lookSource, key: k.Name}), c, k.id)
		one := journal.KeySnapshot{Name: k.Name, KeyID: k.id}
		if err != nil && !mrk.IsNotFound(err) {
			return snap, err
		}
		for _, m := range set.Members {
			seen := wholeMember(k, m)
			if when == snapshotBefore {
				seen.Policy, seen.Tags = m.Policy, m.Tags
			}
			one.Members = append(one.Members, seen)
		}
		snap.Keys = append(snap.Keys, one)
	}
	return snap, r.tell(journal.SnapshotTaken, "", snap)
}

// wholeMember is all that a snapshot holds of a member.
func wholeMember(k *keySet, m mrk.Member) journal.Member {
	out := seenMember(k, m)
	if !m.Reached() {
		return out
	}
	out.Aliases, out.PolicySHA = slices.DeleteFunc(slices.Clone(m.Aliases), lock.Owns), m.PolicySHA
	out.TagsSHA, out.GrantsSHA = hashOf(m.Tags), hashOf(grantsOf(m))
	out.Rotation = rotationOf(m)
	for _, p := range m.Problems {
		out.Unread = append(out.Unread, p.What)
	}
	return out
}

// rotationOff is what a snapshot holds of a key that does not rotate by itself.
const rotationOff = "off"

// rotationOf is automatic rotation as a snapshot holds it: off, or the period.
func rotationOf(m mrk.Member) string {
	if !m.Rotation.Enabled {
		return rotationOff
	}
	return (time.Duration(m.Rotation.PeriodDays) * 24 * time.Hour).String()
}

// snapshotOf is a snapshot to look members up in.
type snapshotOf journal.Snapshot

// find returns the members of a key set, by Region.
func (s snapshotOf) find(key string) map[string]journal.Member {
	out := map[string]journal.Member{}
	for _, k := range s.Keys {
		for _, m := range k.Members {
			if k.Name == key {
				out[m.Region] = m
			}
		}
	}
	return out
}

// keep remembers the first snapshot: how the key sets were found, their key
// policies included.
func (r *run) keep(before journal.Snapshot) {
	r.before = snapshotOf(before)
	for _, k := range before.Keys {
		for _, m := range k.Members {
			r.policies[memberID{k.Name, m.Region}] = m.Policy
		}
	}
}

// restWithin is how long the end of a drill waits for what was changed last to
// reach every member: on AWS that takes seconds.
const restWithin = time.Minute

// comeToRest waits until no member is on its way from one state to another and the
// members of each key set agree in what they share, so that the last snapshot
// shows what stays.
func (r *run) comeToRest(ctx context.Context) {
	ctx = withSource(ctx, source{name: lookSource})
	for until := r.clock.Now().Add(restWithin); ; {
		settled := true
		for _, k := range r.keySets() {
			c := r.operator("")
			c.Regions, c.CallLimit = k.regionsWith(""), 5*time.Second
			set, err := mrk.Read(ctx, c, k.id, mrk.RotationPart)
			settled = settled && (err != nil || isSettled(set))
		}
		if settled || !r.clock.Now().Before(until) || r.clock.Sleep(ctx, lookEvery) != nil {
			return
		}
	}
}

func isSettled(set mrk.KeySet) bool {
	var first *mrk.Member
	for i := range set.Members {
		m := &set.Members[i]
		if m.State == "Creating" || m.State == "Updating" {
			return false
		}
		if !m.Reached() || pendingDeletion(m.State) {
			continue
		}
		if first == nil {
			first = m
			continue
		}
		if m.PrimaryRegion != first.PrimaryRegion || !slices.Equal(m.ReplicaRegions, first.ReplicaRegions) ||
			m.Rotation.Enabled != first.Rotation.Enabled || m.Rotation.PeriodDays != first.Rotation.PeriodDays {
			return false
		}
	}
	return true
}
