package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Sabotage is a way in which a drill misbehaves on purpose, so that one can
// see its checks and objectives go red.
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
	sabotagePolicy   = "leave-policy"
	sabotagePromote  = "promote-twice"

	sabotageAvailability = "stale-callers"
	sabotageUnreadable   = "context-forgotten"
	sabotageRecovery     = "callers-slow-to-follow"
	sabotagePropagation  = "slow-replication"
)

// Sabotages lists the ways in which the drill itself can misbehave.
func Sabotages() []Sabotage {
	return []Sabotage{
		{sabotageCrossing, "while a Region is dark, a reader now and then asks the primary's Region instead of its own"},
		{sabotageReplica, "one more replica is made and left behind"},
		{sabotageAlias, "one more alias is made in one Region and left behind"},
		{sabotageGrant, "one more grant is given in one Region and left behind"},
		{sabotagePolicy, "the key policy of one member is changed and left so"},
		{sabotagePromote, "the primary goes away and home once more than planned"},
		{sabotageAvailability, "after the steps, one caller in four names a key that is not there, until the objectives of availability are missed"},
		{sabotageUnreadable, "a writer seals with an encryption context that it does not write down, so that nobody can open it"},
		{sabotageRecovery, "after the step from which a recovery is timed, one caller in four names a key that is not there, for longer than it may"},
		{sabotagePropagation, "new key material comes to the members later than it may"},
	}
}

// SabotageOf is the sabotage that turns a check red, given the check's name, or
// the objectives of a kind, given the kind; any other name is returned as it is.
func SabotageOf(name string) string {
	for _, k := range check.ObjectiveKinds() {
		if k.Name == name {
			return k.Sabotage
		}
	}
	for _, c := range check.All() {
		if c.Name == name {
			return c.Sabotage
		}
	}
	return name
}

// While a Region is dark, the sabotaged reader crosses Regions with its
// crossFirst-th call and then with one in crossEvery: so rarely that no SLO need
// notice, only the check that is meant to.
const (
	crossFirst = 30
	crossEvery = 2000
)

// misled is the caller of one call under sabotage: the reader that asks the
// primary's Region.
func (r *run) misled(l *lane, a app) app {
	a = r.staleCaller(l, a)
	reads := strings.HasPrefix(l.probe.Do, "decrypt") || l.probe.Do == "roundtrip"
	if r.opts.Sabotage != sabotageCrossing || a.to == a.key.Primary || !reads {
		return a
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	dark := false
	for _, f := range r.faults {
		dark = dark || f.change.Kind == "region-outage"
	}
	if dark {
		l.sent++
		if l.sent%crossEvery == crossFirst {
			a.to = a.key.Primary
		}
	}
	return a
}

// sabotageStep is the step under which the journal keeps what sabotage did.
const sabotageStep = "sabotage"

// misbehave does what the sabotage says at the end of the steps.
func (r *run) misbehave(ctx context.Context) error {
	name := r.opts.Sabotage
	keys := r.keySets()
	if name == "" || len(keys) == 0 {
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
	case sabotagePolicy:
		_, err := mrk.PutPolicy(ctx, c, mrk.PolicyChange{OneMember: mrk.OneMember{Key: k.id, In: k.Primary}, Policy: r.policy("without-applications")})
		return err
	case sabotagePromote:
		return r.awayAndHome(ctx, k)
	case sabotageAvailability:
		return r.missAvailability(ctx)
	case sabotageUnreadable:
		return r.forgetContext(ctx)
	case sabotageRecovery, sabotagePropagation:
		return nil // done beside the steps
	default:
		return r.showLie(ctx, k, name)
	}
}

// awayAndHome promotes a replica and then the primary again.
func (r *run) awayAndHome(ctx context.Context, k *keySet) error {
	if len(k.Replicas) == 0 {
		return nil
	}
	for _, to := range []string{k.Replicas[0], k.Primary} {
		step := &runbook.Step{ID: sabotageStep, Do: "key.promote", With: runbook.With{Key: k.Name, To: to}, Expect: &runbook.Expect{Primary: to, State: "Enabled", InEveryRegion: true}}
		if out := r.try(ctx, step); !out.held {
			return fmt.Errorf("sabotage: %s", out.observed)
		}
	}
	return nil
}

// showLie gives a simulated world that lies about promotions or rotations an
// occasion to, when the runbook has none, so that the lie can be caught. That
// the world does not do as it is asked is then no error.
func (r *run) showLie(ctx context.Context, k *keySet, name string) error {
	spend := r.book.Spending()
	switch name {
	case "two-primaries", "promotion-resets-policy", "crypto-pauses":
		if spend.Promotions > 0 {
			return nil
		}
		for _, p := range r.book.Probes {
			if p.Key == k.Name && r.steadyProbe(p.Name) {
				if err := r.startProbe(r.loadContext, p.Name); err != nil {
					return err
				}
			}
		}
		_ = r.awayAndHome(ctx, k)
	case "material-missing", "material-differs", "new-material-early", "rotation-forgets-old-material":
		if spend.Rotations > 0 || k.Spec != "symmetric" {
			return nil
		}
		r.sealInEach(ctx, k)
		// What was opened once counts as read, whatever is forgotten later:
		// something has to be sealed that no reader comes to.
		var load []string
		for _, p := range r.book.Probes {
			load = append(load, p.Name)
		}
		r.stopProbes(load)
		r.sealUnread(ctx, k)
		old := r.materialOf(k)
		c := r.operator("")
		if _, err := mrk.Rotate(ctx, c, mrk.OneMember{Key: k.id, In: k.Primary}); err != nil {
			return fmt.Errorf("sabotage: %w", err)
		}
		r.sealInEach(ctx, k) // what may only be sealed with the old key material yet
		_, _ = mrk.WaitMaterial(ctx, c, k.id, old, k.live, mrk.Patience{Within: 30 * time.Minute})
		r.sealInEach(ctx, k)
	}
	return r.clock.Sleep(ctx, 10*time.Second)
}

func (r *run) steadyProbe(name string) bool {
	return r.book.Steady != nil && slices.Contains(r.book.Steady.Probes, name)
}

// sealInEach seals something in each member and opens it in every one.
func (r *run) sealInEach(ctx context.Context, k *keySet) {
	ctx = withoutSource(ctx)
	live := r.liveNow(ctx, k)
	in := func(region string) app {
		return app{source: sabotageStep, key: k, from: region, to: region, role: stepRole, keyID: k.id}
	}
	for _, region := range live {
		for range 3 {
			u := r.seal(ctx, in(region), r.clock.Now())
			for _, other := range live {
				if u.ciphertext > 0 {
					r.openNumber(ctx, in(other), u.ciphertext)
				}
			}
		}
	}
}

// sealUnread seals something in each member and opens it nowhere.
func (r *run) sealUnread(ctx context.Context, k *keySet) {
	ctx = withoutSource(ctx)
	for _, region := range r.liveNow(ctx, k) {
		r.seal(ctx, app{source: sabotageStep, key: k, from: region, to: region, role: stepRole, keyID: k.id}, r.clock.Now())
	}
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
