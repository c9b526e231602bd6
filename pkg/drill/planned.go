package drill

import (
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// planned is the first event: all that a reader of the journal needs to know.
func (r *run) planned() journal.Planned {
	b := r.book
	p := journal.Planned{
		Run: r.opts.ID, Runbook: b.Name, Hypothesis: b.About, Owner: b.Owner, Ticket: b.Ticket, Covers: b.Covers,
		Source: string(b.Source), SourceSHA: b.SHA256, Vars: b.Vars, By: r.opts.By, Seed: r.opts.Seed, Speed: r.opts.Speed,
		Target: r.cloud.Origin, Version: r.opts.Version, Regions: b.Regions, Sabotage: r.opts.Sabotage, Redact: b.Report.Redact,
	}
	for _, k := range b.Keys {
		p.Keys = append(p.Keys, journal.PlannedKey{Name: k.Name, Alias: k.Alias, Primary: k.Primary, Replicas: k.Replicas, Spec: k.Spec})
	}
	for _, list := range [][]runbook.Step{b.Steps, b.Finally} {
		for _, s := range list {
			p.Steps = append(p.Steps, journal.PlannedStep{ID: s.ID, Say: s.Say, Do: s.Do, In: s.In, Expect: expectation(&s)})
		}
	}
	for _, x := range b.Probes {
		probe := journal.PlannedProbe{Name: x.Name, Do: x.Do, In: x.In, Rate: x.Rate.String()}
		for _, slo := range x.SLO {
			probe.SLO = append(probe.SLO, slo.Text)
		}
		if x.Guard != nil {
			probe.Guard = x.Guard.Text
		}
		p.Probes = append(p.Probes, probe)
	}
	for _, f := range b.Faults {
		p.Faults = append(p.Faults, journal.PlannedFault{Name: f.Name, Kind: f.Kind, In: f.In, Planes: f.Planes, Looks: f.Looks, AtMost: runbook.FormatDuration(f.AtMost)})
	}
	p.Objectives = check.Targets(b)
	for _, c := range b.Checks {
		p.Checks = append(p.Checks, c.Name)
	}
	return p
}
