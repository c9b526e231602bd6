package drill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// staleKey is the key id that a stale caller goes on with: of no key.
const staleKey = "mrk-00000000000000000000000000000000"

// staleEvery is one in how many calls is a stale caller's. It is few enough for
// the guards of a load, which say when a drill has to stop, and enough to miss
// any target that is worth having.
const staleEvery = 4

// staleCaller is the caller of one call under sabotage: one in four names a key that
// is not there, while the load is one of those that r.stale names.
func (r *run) staleCaller(l *lane, a app) app {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.stale, l.probe.Name) {
		return a
	}
	l.stale++
	if l.stale%staleEvery == 0 {
		a.keyID = staleKey
	}
	return a
}

func (r *run) setStale(probes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stale = probes
}

// missAvailability lets some callers of the loads go on with a stale key until
// every objective of availability is missed.
func (r *run) missAvailability(ctx context.Context) error {
	left := slices.Clone(r.book.Objectives.Availability)
	var ours []string // loads that had been stopped
	for _, want := range left {
		if !r.loadRuns(want.Of) {
			ours = append(ours, want.Of)
		}
		if err := r.startProbe(r.loadContext, want.Of); err != nil {
			return err
		}
	}
	defer r.setStale(nil)
	for wait := 10 * time.Second; ; wait += wait / 2 {
		left = slices.DeleteFunc(left, func(want runbook.Availability) bool { return r.shareOf(want) < float64(want.AtLeast) })
		var names []string
		for _, want := range left {
			names = append(names, want.Of)
		}
		r.setStale(names)
		r.stopProbes(slices.DeleteFunc(slices.Clone(ours), func(name string) bool { return slices.Contains(names, name) }))
		switch {
		case len(left) == 0:
			return nil
		case wait > r.book.Safety.Longest:
			return fmt.Errorf("sabotage: the availability of %s was met whatever its callers did", list(names))
		}
		if err := r.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// loadRuns says whether a load is up.
func (r *run) loadRuns(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.probes[name]
	return p != nil && !p.stopped
}

// shareOf is the share of a load's calls that succeeded so far.
func (r *run) shareOf(want runbook.Availability) float64 {
	r.mu.Lock()
	p := r.probes[want.Of]
	r.mu.Unlock()
	ok, sent := 0, 0
	for _, l := range p.lanes {
		if want.In == "" || want.In == l.app.to {
			ok, sent = ok+l.load.Total().OK(), sent+l.load.Total().Sent()
		}
	}
	return float64(ok) / float64(max(sent, 1))
}

// missRecovery lets some callers of the loads that have to recover after a step
// go on with a stale key for longer than they may, before the next step.
func (r *run) missRecovery(ctx context.Context, s *runbook.Step) error {
	var probes []string
	var within time.Duration
	for _, want := range r.book.Objectives.RecoveryTime {
		p, known := r.book.Probe(want.Of)
		if want.After != s.ID || !known {
			continue
		}
		probes = append(probes, want.Of)
		if err := r.startProbe(r.loadContext, want.Of); err != nil {
			return err
		}
		within = max(within, want.Within+2*staleEvery*p.Rate.Every())
	}
	if len(probes) == 0 {
		return nil
	}
	r.setStale(probes)
	defer r.setStale(nil)
	return r.clock.Sleep(ctx, within)
}

// forgetContext seals more than may be unreadable with an encryption context that
// nobody writes down.
func (r *run) forgetContext(ctx context.Context) error {
	for _, k := range r.keySets() {
		if k.Spec != "symmetric" || r.book.Objectives.Unreadable == nil {
			continue
		}
		at := r.primaryOf(k)
		a := app{source: sabotageStep, key: k, from: at, to: at, role: stepRole, keyID: k.id, hidden: map[string]string{"known-to": "nobody"}}
		for range *r.book.Objectives.Unreadable + 1 {
			if u := r.seal(withoutSource(ctx), a, r.clock.Now()); u.ciphertext == 0 {
				return fmt.Errorf("sabotage: seal in %s: %s", at, u.code)
			}
		}
		return nil
	}
	return nil
}

// slowBy is how much later than it may the slowest member turns to new key
// material.
const slowBy = 5 * time.Minute

// missPropagation makes members late for new key material when a step is about
// to rotate. What it returns waits, after the step, until they have it.
func (r *run) missPropagation(ctx context.Context, s *runbook.Step) (wait func(context.Context) error, err error) {
	want := r.book.Objectives.Propagation
	k, err := r.key(s.With.Key)
	if want == nil || want.After != s.ID || err != nil {
		return nil, err
	}
	r.lookNow(ctx, k) // the primary may have moved since
	in := slices.DeleteFunc(r.liveNow(ctx, k), func(region string) bool { return region == r.primaryOf(k) })
	lag := wire.Fault{Name: r.faultName(sabotageStep), Kind: "replication-lag", In: in, By: want.Within + slowBy, AtMost: 2 * (want.Within + slowBy)}
	if err := r.cloud.Lab.StartFault(ctx, lag); err != nil {
		return nil, fmt.Errorf("sabotage: %w", err)
	}
	old := r.materialOf(k)
	return func(ctx context.Context) error {
		look := withSource(ctx, source{name: lookSource, key: k.Name})
		_, _ = mrk.WaitMaterial(look, r.operator(""), k.id, old, k.regionsWith(""), mrk.Patience{Within: lag.AtMost}) // that they are late is what is wanted
		return r.cloud.Lab.StopFault(ctx, lag.Name)
	}, nil
}

// spoil does what a sabotage does around a step: it returns what it does once
// the step has ended, if anything.
func (r *run) spoil(ctx context.Context, s *runbook.Step) (after func(context.Context) error, err error) {
	switch r.opts.Sabotage {
	case sabotageRecovery:
		return func(ctx context.Context) error { return r.missRecovery(ctx, s) }, nil
	case sabotagePropagation:
		return r.missPropagation(ctx, s)
	}
	return nil, nil
}
