package runbook

import (
	"fmt"
	"slices"
)

// lintFaultUse checks that each fault is started somewhere, stopped only after
// it was started, and not started twice at once.
func (l *linter) lintFaultUse() {
	started := map[string]bool{}
	on := map[string]bool{}
	l.eachStep(func(s *Step, path string) {
		f := s.With.Fault
		if f == "" {
			return
		}
		switch s.Do {
		case "fault.start":
			if on[f] {
				l.say(path+".with.fault", fmt.Sprintf("fault %s is on already", f), "fault.stop before it is started again", "")
			}
			started[f], on[f] = true, true
		case "fault.stop":
			if _, ok := l.rb.Fault(f); ok && !on[f] {
				l.say(path+".with.fault", fmt.Sprintf("fault %s is stopped, but no step before has started it", f), "a fault.start step above", "")
			}
			on[f] = false
		}
	})
	for _, f := range l.rb.Faults {
		if !started[f.Name] {
			l.say("faults."+f.Name, fmt.Sprintf("fault %s is never started", f.Name), "a step with do: fault.start", "")
		}
	}
}

// lintLoad checks that steady loads exist, run and are not begun twice.
func (l *linter) lintLoad() {
	running := map[string]bool{}
	used := map[string]bool{}
	if l.rb.Steady != nil {
		for i, p := range l.rb.Steady.Probes {
			l.resolve(fmt.Sprintf("steady.probes[%d]", i), "probe", p, l.probeNames())
			running[p], used[p] = true, true
		}
	}
	l.eachStep(func(s *Step, path string) {
		for i, p := range s.With.Probes {
			at := fmt.Sprintf("%s.with.probes[%d]", path, i)
			if _, ok := l.rb.Probe(p); !ok {
				continue
			}
			switch {
			case s.Do == "load.start" && running[p]:
				l.say(at, fmt.Sprintf("probe %s runs already", p), "load.stop before it is started again", "")
			case (s.Do == "load.stop" || s.Do == "watch") && !running[p]:
				l.say(at, fmt.Sprintf("probe %s does not run here", p), "steady, or a load.start step above", "")
			}
			if s.Do == "load.start" {
				running[p], used[p] = true, true
			}
			if s.Do == "load.stop" {
				running[p] = false
			}
		}
		if s.Do == "watch" && s.Expect != nil && s.Expect.SLO != "" {
			l.lintWatched(s, path, running)
		}
	})
	for _, p := range l.rb.Probes {
		if !used[p.Name] {
			l.say("probes."+p.Name, fmt.Sprintf("probe %s never runs", p.Name), "steady, or a step with do: load.start", "")
		}
	}
}

// lintWatched checks that a watched SLO exists, for one that does not would
// always be met.
func (l *linter) lintWatched(s *Step, path string, running map[string]bool) {
	for _, p := range l.rb.Probes {
		named := slices.Contains(s.With.Probes, p.Name) || len(s.With.Probes) == 0 && running[p.Name]
		if named && len(p.SLO) > 0 {
			return
		}
	}
	l.say(path+".expect.slo", "none of the watched probes has an slo", "slo in a probe that runs", "")
}

// lintUndo checks that each change can be taken back, or says why not.
func (l *linter) lintUndo() {
	never := l.rb.Safety.Undo == "never"
	l.eachStep(func(s *Step, path string) {
		v, ok := FindVerb(s.Do)
		if !ok || !v.Changes || v.Back != "" || s.Undo != nil || never || l.has(path+".undo") {
			return
		}
		if s.Expect != nil && s.Expect.Error != "" {
			return // what is refused changes nothing
		}
		if l.homeward(s) {
			return
		}
		l.say(path, fmt.Sprintf("step %s changes something and does not say how that is undone", s.ID), "undo: { do: …, in: … }, or undo: { do: nothing, why: … }", "")
	})
}

// homeward says whether a step itself puts back what the drill changed: it
// promotes the declared primary, deletes a member that the drill made, or
// restores.
func (l *linter) homeward(s *Step) bool {
	k, ok := l.rb.Key(s.With.Key)
	if !ok {
		return true // said already
	}
	switch s.Do {
	case "restore":
		return true
	case "key.promote":
		return s.With.To == k.Primary
	case "key.delete":
		return !slices.ContainsFunc(s.In, func(r string) bool { return slices.Contains(k.Members(), r) })
	}
	return false
}

// Spending is what the steps of a runbook use up when all goes as expected.
type Spending struct {
	Rotations, Promotions, NewKeys int
}

// Spending counts what the runbook's steps use up. Steps that expect a refusal
// use up nothing.
func (r *Runbook) Spending() Spending {
	var s Spending
	r.EachStep(func(step *Step) {
		if step.Expect != nil && step.Expect.Error != "" {
			return
		}
		switch step.Do {
		case "key.rotate":
			s.Rotations++
		case "key.promote":
			s.Promotions++
		case "key.replicate":
			s.NewKeys++
		case "key.create":
			s.NewKeys++
			if k, ok := r.Key(step.With.Key); ok {
				s.NewKeys += len(k.Replicas)
			}
		}
	})
	return s
}

// MostRotations is how often a key can be rotated on demand in its life.
const MostRotations = 25

func (l *linter) lintSpend() {
	spend, budget := l.rb.Spending(), l.rb.Safety.Spend
	for _, one := range []struct {
		field, what string
		used        int
		limit       *int
	}{
		{"rotations", "rotations", spend.Rotations, budget.Rotations},
		{"promotions", "promotions", spend.Promotions, budget.Promotions},
		{"new-keys", "new keys", spend.NewKeys, budget.NewKeys},
	} {
		if one.limit != nil && one.used > *one.limit {
			l.say("safety.spend."+one.field, fmt.Sprintf("the steps use up %d %s, and spend allows %d", one.used, one.what, *one.limit),
				fmt.Sprintf("%s: %d or more", one.field, one.used), "")
		}
	}
	if spend.Rotations > MostRotations {
		l.say("steps", fmt.Sprintf("the steps rotate %d times, and a key can be rotated on demand %d times in its life", spend.Rotations, MostRotations), "fewer key.rotate steps", "")
	}
}

func (l *linter) lintSafety() {
	s := l.rb.Safety
	if s.Longest == 0 && l.has("safety.longest") {
		l.say("safety.longest", "a drill that may take no time at all", "longest: a duration such as 1h", "")
	}
	if slices.Contains(s.RunOn, "aws") && s.Undo == "never" {
		l.say("safety.undo", "a drill that may run on AWS is never undone", "on-failure or always", "")
	}
	if slices.Contains(s.RunOn, "aws") && !l.has("safety.accounts") {
		l.say("safety.run-on", "a drill that may run on AWS does not say in which accounts", `accounts: ["111122223333"]`, "")
	}
	var total int64
	l.eachStep(func(st *Step, path string) { total += int64(st.For) })
	if s.Longest > 0 && total > int64(s.Longest) {
		l.say("safety.longest", fmt.Sprintf("the steps alone watch and wait longer than %s", FormatDuration(s.Longest)), "a longer longest", "")
	}
}

func (l *linter) lintObjectives() {
	o := l.rb.Objectives
	for i, t := range o.RecoveryTime {
		path := l.item("objectives.recovery-time", i)
		l.resolve(path+".of", "probe", t.Of, l.probeNames())
		l.resolve(path+".after", "step", t.After, l.stepNames())
		l.probeRegion(path+".in", t.Of, t.In)
		if p, ok := l.rb.Probe(t.Of); ok && len(p.SLO) == 0 && !l.has("probes."+p.Name+".slo") {
			l.say(path+".of", fmt.Sprintf("probe %s has no slo, so that nobody can say when it is healthy again", p.Name), "slo in the probe", "")
		}
	}
	for i, t := range o.Availability {
		path := l.item("objectives.availability", i)
		l.resolve(path+".of", "probe", t.Of, l.probeNames())
		l.probeRegion(path+".in", t.Of, t.In)
	}
	if p := o.Propagation; p != nil {
		path := "objectives.propagation-time"
		l.resolve(path+".after", "step", p.After, l.stepNames())
		if step, ok := l.steps[p.After]; ok {
			var found *Step
			l.eachStep(func(s *Step, at string) {
				if at == step {
					found = s
				}
			})
			if found != nil && found.Do != "key.rotate" && found.Do != "time.pass" {
				l.say(path+".after", fmt.Sprintf("step %s does not rotate", p.After), "the id of a key.rotate step", "")
			}
		}
	}
}

// item is the path of one of several, which may also have been written alone.
func (l *linter) item(path string, i int) string {
	return fmt.Sprintf("%s[%d]", path, i)
}

func (l *linter) probeRegion(path, probe, region string) {
	l.region(path, region)
	if p, ok := l.rb.Probe(probe); ok && region != "" && !slices.Contains(p.In, region) {
		l.say(path, fmt.Sprintf("probe %s does not call %s", probe, region), oneOf(p.In), "")
	}
}

func (l *linter) lintChecks() {
	seen := map[string]bool{}
	for i, c := range l.rb.Checks {
		path := fmt.Sprintf("checks[%d]", i)
		if seen[c.Name] && c.Name != "" {
			l.say(path, fmt.Sprintf("check %s is there twice", c.Name), "each check once", "")
		}
		seen[c.Name] = true
		for j, step := range c.With.During {
			at := fmt.Sprintf("%s.with.during[%d]", path, j)
			l.resolve(at, "step", step, l.stepNames())
		}
		l.regions(path+".with.in", c.With.In)
		l.regions(path+".with.except", c.With.Except)
		takes := checkTakes(c.Name)
		for _, f := range []struct {
			name  string
			given bool
		}{{"allow", len(c.With.Allow) > 0}, {"during", len(c.With.During) > 0}, {"in", len(c.With.In) > 0}, {"except", len(c.With.Except) > 0}} {
			if f.given && !slices.Contains(takes, f.name) {
				want := "no narrowing"
				if len(takes) > 0 {
					want = oneOf(takes)
				}
				l.say(path+".with."+f.name, fmt.Sprintf("check %s takes no %q", c.Name, f.name), want, "")
			}
		}
	}
	if seen["spend-within-budget"] && !l.has("safety.spend") {
		l.say("checks", "spend-within-budget is checked, but there is no budget", "safety: { spend: … }", "")
	}
}

// checkTakes lists what may narrow a check.
func checkTakes(name string) []string {
	switch name {
	case "no-call-crosses-regions":
		return []string{"allow", "during"}
	case "crypto-never-paused":
		return []string{"during", "in"}
	case "every-ciphertext-decrypts-everywhere", "no-plaintext-lost", "material-agrees", "audit-trail-complete":
		return []string{"in"}
	case "aliases-agree", "policies-agree", "grants-agree", "left-as-found":
		return []string{"except"}
	}
	return nil
}
