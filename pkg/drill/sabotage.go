package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Sabotage is a way in which a drill misbehaves on purpose, so that one can
// see its checks go red.
type Sabotage struct {
	Name string
	Says string
}

// The sabotages of the drill itself; the simulated world has more.
const (
	sabotageCrossing = "cross-region-reader"
	sabotageReplica  = "leftover-replica"
	sabotageAlias    = "leave-alias"
	sabotageGrant    = "leave-grant"
	sabotagePromote  = "promote-twice"
)

// Sabotages lists the ways in which the drill itself can misbehave.
func Sabotages() []Sabotage {
	return []Sabotage{
		{sabotageCrossing, "now and then a reader asks the primary's Region instead of its own"},
		{sabotageReplica, "one more replica is made and left behind"},
		{sabotageAlias, "one more alias is made in one Region and left behind"},
		{sabotageGrant, "one more grant is given in one Region and left behind"},
		{sabotagePromote, "the primary goes away and home once more than planned"},
	}
}

// SabotageOf is the sabotage that turns a check red, given the check's name;
// any other name is returned as it is.
func SabotageOf(name string) string {
	for _, c := range check.All() {
		if c.Name == name {
			return c.Sabotage
		}
	}
	return name
}

// crossEvery is how rarely the sabotaged reader crosses Regions: so rarely that
// no SLO notices, only the check that is meant to.
const crossEvery = 2000

// misled is the caller of one call under sabotage: the reader that asks the
// primary's Region.
func (r *run) misled(l *lane, a app) app {
	if r.opts.Sabotage != sabotageCrossing || a.to == a.key.Primary || !strings.HasPrefix(l.probe.Do, "decrypt") {
		return a
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l.sent++
	if l.sent%crossEvery == crossEvery/4 {
		a.to = a.key.Primary
	}
	return a
}

// sabotageStep is the step under which the journal keeps what sabotage did.
const sabotageStep = "sabotage"

// misbehave does what the sabotage says at the end of the steps.
func (r *run) misbehave(ctx context.Context) error {
	name := r.opts.Sabotage
	keys := r.keySets()
	if !slices.ContainsFunc(Sabotages(), func(s Sabotage) bool { return s.Name == name }) || len(keys) == 0 {
		return nil
	}
	k := keys[0]
	ctx = withSource(ctx, source{name: sabotageStep, journal: true, key: k.Name})
	c := r.operator("")
	c.Regions = k.regionsWith("")
	switch name {
	case sabotageReplica:
		choice, taken := append(slices.Clone(r.book.Regions), "us-west-2", "eu-central-1", "ap-south-1"), r.liveNow(ctx, k)
		free := slices.IndexFunc(choice, func(region string) bool { return !slices.Contains(taken, region) })
		if free < 0 {
			return errors.New("sabotage: every Region has a member")
		}
		region := choice[free]
		if _, err := mrk.Replicate(ctx, c, mrk.Replication{Key: k.id, To: region, Policy: r.policy("")}); err != nil {
			return fmt.Errorf("sabotage: %w", err)
		}
		r.joined(k, region)
		_, err := mrk.WaitState(ctx, c, k.id, []string{region}, "Enabled", mrk.Patience{})
		return err
	case sabotageAlias:
		_, err := mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: "alias/mrkctl-left-behind", OneMember: mrk.OneMember{Key: k.id, In: k.Primary}})
		return err
	case sabotageGrant:
		return r.grant(ctx, "", k, k.Primary, "left-behind", nil)
	case sabotagePromote:
		if len(k.Replicas) == 0 {
			return nil
		}
		for _, to := range []string{k.Replicas[0], k.Primary} {
			step := &runbook.Step{ID: sabotageStep, Do: "key.promote", With: runbook.With{Key: k.Name, To: to}, Expect: &runbook.Expect{Primary: to, State: "Enabled", InEveryRegion: true}}
			if out := r.try(ctx, step); !out.held {
				return fmt.Errorf("sabotage: %s", out.observed)
			}
		}
	}
	return nil
}

// liveNow are the Regions that hold a member at this moment.
func (r *run) liveNow(ctx context.Context, k *keySet) []string {
	var in []string
	for _, m := range mrk.Metadata(ctx, r.operator(""), k.id, k.regionsWith("")) {
		if m.Reached() {
			in = append(in, m.Region)
		}
	}
	return in
}
