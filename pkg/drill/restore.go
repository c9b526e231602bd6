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

// restore puts members back as the first snapshot has them, as far as that can
// be done. What can't be put back does not keep the rest from it.
func (r *run) restore(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	before := r.before.find(k.Name)
	c := r.operator(s.From)
	c.Regions = k.regionsWith("")
	set, err := mrk.Read(ctx, c, k.id)
	if err != nil {
		return seen{key: k}, err
	}
	var done []string
	var failed []error
	for _, m := range set.Members {
		was, ok := before[m.Region]
		switch {
		case !ok || m.Missing || was.Unreachable != "" || was.State == gone || len(s.In) > 0 && !slices.Contains(s.In, m.Region):
			continue
		case !m.Reached():
			failed = append(failed, fmt.Errorf("%s does not answer; restore it when it does", m.Region))
			continue
		}
		did, err := r.restoreMember(ctx, s, place{k, m, was, mrk.OneMember{Key: k.id, In: m.Region}})
		done, failed = append(done, did...), append(failed, err)
	}
	if wants(s, "rotation") {
		did, err := r.restoreRotation(ctx, s, set, before)
		done, failed = append(done, did...), append(failed, err)
	}
	return seen{key: k, words: "put back: " + list(done)}, errors.Join(failed...)
}

// wants says whether a restore is about a part of the members.
func wants(s *runbook.Step, what string) bool {
	return len(s.With.What) == 0 || slices.Contains(s.With.What, what)
}

// place is a member as it is now and as it was found.
type place struct {
	k   *keySet
	now mrk.Member
	was journal.Member
	one mrk.OneMember
}

// restoreMember puts the parts of a member back that are its own. State goes
// first: what waits for its deletion can't be changed.
func (r *run) restoreMember(ctx context.Context, s *runbook.Step, p place) (done []string, err error) {
	var failed []error
	for _, part := range []struct {
		what, read string
		back       func(*run, context.Context, *runbook.Step, place) ([]string, error)
	}{
		{"state", "", (*run).restoreState},
		{"policy", "GetKeyPolicy", (*run).restorePolicy},
		{"aliases", "ListAliases", (*run).restoreAliases},
		{"tags", "ListResourceTags", (*run).restoreTags},
		{"grants", "ListGrants", (*run).restoreGrants},
	} {
		if !wants(s, part.what) {
			continue
		}
		err := unread(part.what, part.read, p.now, p.was)
		if err == nil {
			var did []string
			did, err = part.back(r, ctx, s, p)
			done = append(done, did...)
		}
		failed = append(failed, err)
	}
	return done, errors.Join(failed...)
}

// unread says why a part of a member can't be put back: nobody knows what it was,
// or what it is. Silence is not emptiness.
func unread(what, op string, now mrk.Member, was journal.Member) error {
	if op == "" {
		return nil // DescribeKey told it
	}
	if slices.Contains(was.Unread, op) {
		return fmt.Errorf("the first snapshot could not read the %s in %s: put them back by hand, and allow kms:%s", what, was.Region, op)
	}
	for _, p := range now.Problems {
		if p.What == op {
			return fmt.Errorf("read the %s in %s: %s: %s", what, now.Region, p.Code, p.Message)
		}
	}
	return nil
}

func (r *run) restoreState(ctx context.Context, s *runbook.Step, p place) (done []string, err error) {
	c := r.operator(s.From)
	if pendingDeletion(p.now.State) && !pendingDeletion(p.was.State) {
		if _, err := mrk.CancelDeletion(ctx, c, p.one); err != nil {
			return nil, err
		}
		p.now.State = "Disabled"
		done = append(done, p.now.Region+" deletion")
	}
	if p.was.State == "Enabled" && p.now.State == "Disabled" {
		if _, err := mrk.Enable(ctx, c, p.one); err != nil {
			return done, err
		}
		done = append(done, p.now.Region+" state")
	}
	return done, nil
}

func (r *run) restorePolicy(ctx context.Context, s *runbook.Step, p place) ([]string, error) {
	if p.was.PolicySHA == p.now.PolicySHA {
		return nil, nil
	}
	found := r.policies[memberID{p.k.Name, p.now.Region}]
	_, err := mrk.PutPolicy(ctx, r.operator(s.From), mrk.PolicyChange{OneMember: p.one, Policy: found})
	return did(err, p.now.Region+" policy")
}

func (r *run) restoreAliases(ctx context.Context, s *runbook.Step, p place) (done []string, err error) {
	for _, alias := range p.was.Aliases {
		if slices.Contains(p.now.Aliases, alias) {
			continue
		}
		if _, err := mrk.SetAlias(ctx, r.operator(s.From), mrk.AliasChange{Alias: alias, OneMember: p.one}); err != nil {
			return done, err
		}
		done = append(done, p.now.Region+" "+alias)
	}
	return done, nil
}

// restoreTags gives a member the tags that it had, and no others. Those that AWS
// sets itself are not the drill's to change.
func (r *run) restoreTags(ctx context.Context, s *runbook.Step, p place) ([]string, error) {
	if hashOf(p.now.Tags) == p.was.TagsSHA {
		return nil, nil
	}
	if hashOf(p.was.Tags) != p.was.TagsSHA {
		return nil, fmt.Errorf("the first snapshot does not say which tags %s had, only that they differed: it is of an older mrkctl; put them back by hand", p.now.Region)
	}
	change := mrk.TagChange{OneMember: p.one, Set: maps.Clone(p.was.Tags)}
	maps.DeleteFunc(change.Set, func(name, value string) bool {
		now, has := p.now.Tags[name]
		return has && now == value || mrk.ReservedTag(name)
	})
	for name := range p.now.Tags {
		if _, had := p.was.Tags[name]; !had && !mrk.ReservedTag(name) {
			change.Remove = append(change.Remove, name)
		}
	}
	if len(change.Set)+len(change.Remove) == 0 {
		return nil, nil
	}
	_, err := mrk.SetTags(ctx, r.operator(s.From), change)
	return did(err, p.now.Region+" tags")
}

func (r *run) restoreGrants(ctx context.Context, s *runbook.Step, p place) ([]string, error) {
	if p.was.GrantsSHA == hashOf(grantsOf(p.now)) || !p.k.Grants {
		return nil, nil
	}
	return did(r.grant(ctx, s.From, p.k, p.now.Region, stepRole, nil), p.now.Region+" grants")
}

// restoreRotation puts automatic rotation back. The members share it, so it is
// put back for all of them, whatever Regions the restore is about, and by the
// member that is primary now: no other may.
func (r *run) restoreRotation(ctx context.Context, s *runbook.Step, set mrk.KeySet, before map[string]journal.Member) ([]string, error) {
	var was journal.Member
	for _, region := range slices.Sorted(maps.Keys(before)) {
		if m := before[region]; m.Rotation != "" && (was.Rotation == "" || m.Role == mrk.RolePrimary) {
			was = m
		}
	}
	if was.Rotation == "" {
		return nil, nil // a step made the key set
	}
	primary, ok := set.Member(set.Primary)
	if !ok || !primary.Reached() {
		return nil, errors.New("no member that answers calls itself primary, and only the primary can be asked to put rotation back; restore it when it does")
	}
	if err := unread("rotation", "GetKeyRotationStatus", primary, was); err != nil {
		return nil, err
	}
	if !primary.Rotation.Known || rotationOf(primary) == was.Rotation {
		return nil, nil
	}
	change := mrk.RotationChange{OneMember: mrk.OneMember{Key: set.ID, In: set.Primary}}
	if was.Rotation != rotationOff {
		period, err := time.ParseDuration(was.Rotation)
		if err != nil {
			return nil, fmt.Errorf("the first snapshot says nothing of rotation that could be put back: %q", was.Rotation)
		}
		change.On, change.PeriodDays = true, int(period/(24*time.Hour))
	}
	_, err := mrk.SetRotation(ctx, r.operator(s.From), change)
	return did(err, "rotation, by "+set.Primary)
}

// did is what was done, unless it failed.
func did(err error, what string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return []string{what}, nil
}
