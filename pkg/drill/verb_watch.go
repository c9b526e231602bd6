package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/load"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// watch lets the load run and looks: were the SLOs of the probes met in this
// stretch, and did the members stay as expected all through it?
func (r *run) watch(ctx context.Context, s *runbook.Step) (seen, error) {
	out := seen{since: r.clock.Now()}
	if k, err := r.key(s.With.Key); err == nil {
		out.key = k
	}
	watched := r.watchLanes(s)
	until := out.since.Add(s.For)
	var broken string
	for broken == "" && r.clock.Now().Before(until) {
		if err := r.clock.Sleep(ctx, min(until.Sub(r.clock.Now()), max(s.For/20, 5*time.Second))); err != nil {
			return out, err
		}
		if s.Expect != nil && s.Expect.Material == "old" && out.key != nil {
			broken = r.notOld(ctx, s, out.key)
		}
	}
	var words []string
	met := true
	for _, w := range watched {
		w.lane.load.Unwatch(w.stats)
		ok, said := w.judge(s)
		met = met && ok
		words = append(words, said...)
	}
	if len(watched) > 0 {
		out.slo = &met
	}
	out.words = strings.Join(words, "; ")
	if broken != "" {
		return out, fmt.Errorf("%s", broken)
	}
	return out, nil
}

// watched is a lane under watch.
type watched struct {
	lane  *lane
	stats *load.Stats
}

// watchLanes begins to count for the probes of a step, in its Regions if it
// names any.
func (r *run) watchLanes(s *runbook.Step) []watched {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []watched
	now := r.clock.Now()
	for _, name := range s.With.Probes {
		p := r.probes[name]
		if p == nil {
			continue
		}
		for _, l := range p.lanes {
			if len(s.In) == 0 || slices.Contains(s.In, l.app.to) {
				out = append(out, watched{l, l.load.Watch(now)})
			}
		}
	}
	return out
}

// judge holds what was counted against the probe's SLOs. Nothing seen is not
// met. A limit over a rolling stretch is the guard's affair and passed over.
func (w watched) judge(*runbook.Step) (met bool, words []string) {
	o := w.stats.Observed()
	met = o.Sent > 0
	for _, slo := range w.lane.probe.SLO {
		ok, measured, known := slo.Judge(o)
		met = met && ok && known
		words = append(words, fmt.Sprintf("%s in %s: %s, measured %s", w.lane.probe.Name, w.lane.app.to, slo, measured))
	}
	if len(w.lane.probe.SLO) == 0 {
		words = append(words, fmt.Sprintf("%s in %s: %d of %d ok", w.lane.probe.Name, w.lane.app.to, o.OK, o.Sent))
	}
	return met, words
}

// notOld says which member has turned to new key material, if any has.
func (r *run) notOld(ctx context.Context, s *runbook.Step, k *keySet) string {
	for _, m := range mrk.Metadata(ctx, r.watching(s, k), k.id, k.regionsWith("")) {
		if m.Reached() && m.Material != k.old {
			return fmt.Sprintf("%s turned to new key material %s", m.Region, short(m.Material))
		}
	}
	return ""
}

// countTrail counts what the audit trails recorded since the drill began.
func (r *run) countTrail(ctx context.Context, s *runbook.Step) (seen, error) {
	out := seen{trail: map[string]int{}}
	var words []string
	for _, region := range s.In {
		rows, err := check.CountTrail(ctx, r.cloud.Lab.Trail, region, check.Stretch{From: r.began, To: r.clock.Now()})
		if err != nil {
			return out, err
		}
		for _, row := range rows {
			if row.Op == s.With.Call {
				out.trail[region] += row.Count
			}
		}
		words = append(words, fmt.Sprintf("%d in %s", out.trail[region], region))
	}
	out.words = s.With.Call + ": " + strings.Join(words, ", ")
	return out, nil
}
