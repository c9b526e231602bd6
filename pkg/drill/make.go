package drill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// makeKey makes a key set as the runbook describes it.
func (r *run) makeKey(ctx context.Context, book runbook.Key) (*keySet, error) {
	primary, err := mrk.Create(ctx, r.operator(""), mrk.NewKey{
		Region: book.Primary, Spec: keySpec(book.Spec), Usage: keyUsage(book.Spec), Origin: keyOrigin(book.Origin), Description: r.madeFor(),
		Policy: r.policy(""), Tags: r.drillTags(book.Name), SingleRegion: len(book.Replicas) == 0 && !r.getsReplica(book.Name),
	})
	if err != nil {
		return nil, err
	}
	k := &keySet{Key: book, id: primary.KeyID, live: []string{book.Primary}}
	r.adopt(k)
	r.made[book.Name] = true
	return k, r.complete(ctx, k)
}

// madeFor is the description of a key that the drill makes.
func (r *run) madeFor() string { return "drill " + r.book.Name }

// complete gives a key set that was made, or half made by a process that died,
// what the runbook says it has: its key material, replicas with the same
// policy, the alias and the grants. What is there already is left alone.
func (r *run) complete(ctx context.Context, k *keySet) error {
	book, _ := r.book.Key(k.Name)
	c := r.operator("")
	if err := r.importMissing(ctx, k, book.Primary); err != nil {
		return err
	}
	if book.RotateEvery > 0 { // before there are replicas: they are born with it
		_, err := mrk.SetRotation(ctx, c, mrk.RotationChange{OneMember: mrk.OneMember{Key: k.id, In: book.Primary}, On: true, PeriodDays: int(book.RotateEvery / (24 * time.Hour))})
		if err != nil {
			return err
		}
	}
	for _, region := range book.Replicas {
		if !slices.Contains(k.live, region) {
			_, err := mrk.Replicate(ctx, c, mrk.Replication{Key: k.id, To: region, At: book.Primary, Policy: r.policy(""), Description: r.madeFor(), Tags: r.drillTags(k.Name)})
			if err != nil {
				return err
			}
			k.live = append(k.live, region)
		}
		if err := r.importMissing(ctx, k, region); err != nil {
			return err
		}
	}
	if _, err := mrk.WaitState(ctx, c, k.id, k.live, "Enabled", mrk.Patience{Within: 10 * time.Minute}); err != nil {
		return err
	}
	aliases := book.Aliases
	if aliases == nil {
		aliases = k.live
	}
	for _, region := range aliases {
		if _, err := mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: book.Alias, OneMember: mrk.OneMember{Key: k.id, In: region}}); err != nil {
			return err
		}
	}
	if book.Grants {
		for _, region := range k.live {
			if err := r.grant(ctx, "", k, region, stepRole, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// importMissing gives a member its first key material, where the runbook wants
// the set to have imported key material and it has none yet. The primary comes
// first: what has no key material cannot be replicated.
func (r *run) importMissing(ctx context.Context, k *keySet, region string) error {
	if k.Origin != "imported" {
		return nil
	}
	c := r.operator("")
	settled := func(members []mrk.Member) bool {
		return slices.ContainsFunc(members, func(m mrk.Member) bool { return m.State == "PendingImport" || m.State == "Enabled" })
	}
	members, err := mrk.Until(ctx, c, k.id, []string{region}, mrk.Patience{Within: 10 * time.Minute}, "ready for its key material", settled)
	if err != nil || members[0].State == "Enabled" {
		return err
	}
	return r.importInto(ctx, "", k, region, 0, region == k.Primary, 0)
}

// recall makes known again what key sets this run had made, or had begun to
// make, before its process died. The journal does not have their ids, since the
// answer to CreateKey may never have come; their tags say whose they are.
func (r *run) recall(ctx context.Context) error {
	ctx = withSource(ctx, source{name: lookSource})
	for _, book := range r.book.Keys {
		if !r.made[book.Name] || r.keys[book.Name] != nil {
			continue
		}
		k, err := r.tagged(ctx, book)
		if err != nil {
			return fmt.Errorf("look for what was made of key set %s: %w", book.Name, err)
		}
		if r.made[book.Name] = k != nil; k != nil {
			r.adopt(k)
		}
	}
	return nil
}

// tagged looks for the key set that this run made for one of the runbook; nil
// when there is none.
func (r *run) tagged(ctx context.Context, book runbook.Key) (*keySet, error) {
	c := r.operator("")
	c.Regions = book.Members()
	fleet, err := mrk.List(ctx, c, mrk.Listing{All: true})
	if err != nil {
		return nil, err
	}
	for _, found := range fleet.Sets {
		if !slices.ContainsFunc(found.Members, func(m mrk.Member) bool { return m.Description == r.madeFor() }) {
			continue
		}
		set, err := mrk.Read(ctx, c, found.ID, mrk.TagPart)
		if err != nil {
			return nil, err
		}
		mine := slices.ContainsFunc(set.Members, func(m mrk.Member) bool {
			return m.Tags[tagRun] == r.opts.ID && m.Tags[tagKey] == book.Name && !pendingDeletion(m.State)
		})
		if mine {
			k := &keySet{Key: book, id: set.ID}
			for _, m := range set.Members {
				if m.Reached() && !m.Missing {
					k.live = append(k.live, m.Region)
				}
			}
			return k, nil
		}
	}
	if len(fleet.Failed) > 0 {
		return nil, fmt.Errorf("%s does not answer: %s", fleet.Failed[0].Region, fleet.Failed[0].Message)
	}
	return nil, nil
}

// unmake takes back the key sets that a run made which did not get as far as
// its first step: nothing was sealed with them. It tells what it does as the
// undoing of the setup.
func (r *run) unmake(ctx context.Context) error {
	if r.cloud.Passing {
		return nil // it goes with the process
	}
	var failed []error
	for _, k := range r.keySets() {
		if !r.made[k.Name] || r.madeBySteps(k.Name) {
			continue
		}
		u := journal.Undo{Of: setupStep, Do: "key.delete"}
		if err := r.tell(journal.UndoStarted, setupStep, u); err != nil {
			return errors.Join(append(failed, err)...)
		}
		kind := journal.UndoDone
		u.Note = fmt.Sprintf("%s is scheduled for deletion", k.id)
		if err := r.unmakeOne(withSource(ctx, source{name: undoPrefix + setupStep, journal: true, key: k.Name}), k); err != nil {
			kind, u.Note = journal.UndoFailed, err.Error()
			failed = append(failed, fmt.Errorf("key set %s (%s): %w", k.Name, k.id, err))
		}
		if err := r.tell(kind, setupStep, u); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

// unmakeOne takes a key set's alias away and schedules its members' deletion,
// that of the primary last.
func (r *run) unmakeOne(ctx context.Context, k *keySet) error {
	c := r.operator("")
	c.Regions = k.live
	settled := func(members []mrk.Member) bool {
		return !slices.ContainsFunc(members, func(m mrk.Member) bool { return m.State == "Creating" || m.State == "Updating" })
	}
	if _, err := mrk.Until(ctx, c, k.id, k.live, mrk.Patience{Within: 10 * time.Minute}, "settled", settled); err != nil {
		return err
	}
	set, err := mrk.Read(ctx, c, k.id, mrk.AliasPart)
	if err != nil {
		return err
	}
	slices.SortStableFunc(set.Members, func(a, b mrk.Member) int { return roleOrder(b) - roleOrder(a) })
	for _, m := range set.Members {
		if !m.Reached() || m.Missing || pendingDeletion(m.State) {
			continue
		}
		if slices.Contains(m.Aliases, k.Alias) {
			if err := mrk.RemoveAlias(ctx, c, k.Alias, m.Region); err != nil {
				return err
			}
		}
		if _, err := mrk.ScheduleDeletion(ctx, c, mrk.Deletion{OneMember: mrk.OneMember{Key: k.id, In: m.Region}, Days: 7}); err != nil {
			return err
		}
	}
	return nil
}

// roleOrder puts the primary before its replicas.
func roleOrder(m mrk.Member) int {
	if m.Role == mrk.RoleReplica {
		return 1
	}
	return 0
}

func pendingDeletion(state string) bool {
	return state == "PendingDeletion" || state == "PendingReplicaDeletion"
}

// The tags that mark what a drill made, so that it can be found and is never
// mistaken for something that holds data.
const (
	tagRun = "mrkctl-run"
	tagKey = "mrkctl-key"
)

// drillTags are those of a member that the run makes of a key set of its
// runbook: its own, and those without which the runbook would not have it.
func (r *run) drillTags(key string) map[string]string {
	tags := map[string]string{"drill": "allowed"}
	maps.Copy(tags, r.book.Safety.Tagged)
	tags[tagRun], tags[tagKey] = r.opts.ID, key
	return tags
}
