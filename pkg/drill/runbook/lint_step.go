package runbook

import (
	"fmt"
	"slices"
	"strings"
)

func (l *linter) lintStep(s *Step, path string) {
	v, ok := FindVerb(s.Do)
	if !ok {
		if s.Do == "nothing" {
			l.say(path+".do", "a step that does nothing", oneOf(verbNames()), "note")
		}
		return
	}
	refused := s.Expect != nil && s.Expect.Error != ""
	l.lintWith(v, &s.With, path+".with", path, refused)
	l.lintPlaces(v, s, path)
	l.region(path+".from", s.From)
	for _, want := range []struct {
		field string
		given bool
	}{{"for", s.For > 0}, {"within", s.Within > 0}} {
		if v.Time == want.field && !want.given {
			l.say(path, fmt.Sprintf("%s does not say how long", s.Do), want.field+": a duration such as 5m", "")
		}
	}
	if s.Do == "wait" && s.Expect == nil {
		l.say(path, "wait does not say for what", "expect: { … }", "")
	}
	if s.For > 0 && v.Time != "for" {
		l.say(path+".for", fmt.Sprintf("%s takes no for", s.Do), "within, or a watch after it", "within")
	}
	if s.Do == "ask" && s.Approve == nil {
		l.say(path, "ask does not say who must agree", "approve: { count: 1 }", "")
	}
	l.lintApprove(s, path+".approve")
	l.lintGroup(s, path)
	l.lintExpect(s, path)
	if s.Undo != nil {
		l.lintUndoOf(s, path+".undo")
	}
	if s.Retry != nil && s.Expect != nil && slices.Contains(s.Retry.If, s.Expect.Error) && s.Expect.Error != "" {
		l.say(path+".retry", fmt.Sprintf("%s is both expected and tried again", s.Expect.Error), "one of the two", "")
	}
}

// lintWith checks the words after with against the verb's.
func (l *linter) lintWith(v Verb, w *With, path, around string, refused bool) {
	takes := append(slices.Clone(v.Needs), v.Takes...)
	for p := range l.at {
		name, ok := strings.CutPrefix(p, path+".")
		if !ok || !strings.HasSuffix(name, "!") || strings.ContainsAny(name, ".[") {
			continue
		}
		name = strings.TrimSuffix(name, "!")
		if !slices.Contains(takes, name) {
			want := fmt.Sprintf("nothing: %s takes no with", v.Name)
			if len(takes) > 0 {
				want = oneOf(takes)
			}
			l.say(p, fmt.Sprintf("%s takes no %q", v.Name, name), want, nearest(name, takes))
		}
	}
	for _, need := range v.Needs {
		if need == "key" && len(l.rb.Keys) == 1 && w.Key == "" && !l.has(path+".key") {
			w.Key = l.rb.Keys[0].Name
			continue
		}
		if !l.has(path + "." + need) {
			l.say(around, fmt.Sprintf("%s does not say with which %s", v.Name, need), fmt.Sprintf("with: { %s: … }", need), "")
		}
	}
	if w.Key == "" && slices.Contains(v.Takes, "key") && len(l.rb.Keys) == 1 && !l.has(path+".key") && v.Name != "trail" {
		w.Key = l.rb.Keys[0].Name
	}
	l.resolve(path+".key", "key", w.Key, l.keyNames())
	l.resolve(path+".fault", "fault", w.Fault, l.faultNames())
	for i, p := range w.Probes {
		l.resolve(fmt.Sprintf("%s.probes[%d]", path, i), "probe", p, l.probeNames())
	}
	if !refused { // a drill may show that a Region outside of it is refused
		l.region(path+".to", w.To)
		l.region(path+".member", w.Member)
	}
	l.regions(path+".down", w.Down)
}

func (l *linter) lintPlaces(v Verb, s *Step, path string) {
	given := l.has(path + ".in")
	l.regions(path+".in", s.In)
	switch {
	case v.In == NoPlace && given:
		l.say(path+".in", fmt.Sprintf("%s is not done in a Region", v.Name), "no in", "")
	case (v.In == OnePlace || v.In == SomePlaces) && !given:
		l.say(path, fmt.Sprintf("%s does not say in which Region", v.Name), "in: "+oneOf(l.rb.Regions), "")
	case (v.In == OnePlace || v.In == MaybeOne) && len(s.In) > 1:
		l.say(path+".in", fmt.Sprintf("%s is done in one Region, not %d", v.Name, len(s.In)), "one Region", "")
	}
}

func (l *linter) lintGroup(s *Step, path string) {
	switch {
	case s.Do == "group" && len(s.Together) == 0:
		l.say(path, "group has nothing to do together", "together: a list of steps", "")
	case s.Do != "group" && l.has(path+".together"):
		l.say(path+".together", fmt.Sprintf("together is for do: group, not for %s", s.Do), "do: group", "")
	}
	for i := range s.Together {
		if s.Together[i].Do == "group" {
			l.say(fmt.Sprintf("%s.together[%d].do", path, i), "a group inside a group", "a flat list of steps", "")
		}
	}
}

func (l *linter) lintExpect(s *Step, path string) {
	e := s.Expect
	if e == nil {
		return
	}
	l.region(path+".expect.primary", e.Primary)
	l.regions(path+".expect.replicas", e.Replicas)
	if e.Error != "" && e.OK != nil && *e.OK {
		l.say(path+".expect.error", "ok and an error are expected at once", "one of the two", "")
	}
	only := func(field string, given bool, verbs ...string) {
		if given && !slices.Contains(verbs, s.Do) {
			l.say(path+".expect."+field, fmt.Sprintf("%s cannot be expected of %s", field, s.Do), field+" is for "+strings.Join(verbs, ", "), "")
		}
	}
	only("slo", e.SLO != "", "watch")
	only("plaintext", e.Plaintext != "", "decrypt", "roundtrip", "reencrypt", "key.verify")
	only("calls", e.Calls != nil, "trail")
	only("ready", e.Ready != nil, "ready")
	only("differs", len(e.Differs) > 0, "compare", "wait", "watch")
	if s.Do == "trail" && e.Calls == nil {
		l.say(path+".expect", "trail does not say how many calls are expected", "expect: { calls: >= 1 }", "")
	}
	if !l.has(path+".expect.ok") && e.empty() {
		l.say(path+".expect", "nothing is expected", "at least one field", "")
	}
}

// empty says whether an expectation expects nothing.
func (e *Expect) empty() bool {
	return e.OK == nil && e.Error == "" && e.State == "" && e.Primary == "" && len(e.Replicas) == 0 && e.Material == "" &&
		len(e.Same) == 0 && len(e.Differs) == 0 && e.SLO == "" && e.Plaintext == "" && e.Ready == nil && !e.Gone && e.Calls == nil
}

func (l *linter) lintUndoOf(s *Step, path string) {
	u := s.Undo
	if u.Do == "nothing" {
		if u.Why == "" {
			l.say(path, "undo: nothing does not say why", "why: a sentence", "")
		}
		return
	}
	v, ok := FindVerb(u.Do)
	if !ok {
		return
	}
	l.lintWith(v, &u.With, path+".with", path, false)
	l.regions(path+".in", u.In)
	if (v.In == OnePlace || v.In == SomePlaces) && len(u.In) == 0 {
		l.say(path, fmt.Sprintf("%s does not say in which Region", v.Name), "in: "+oneOf(l.rb.Regions), "")
	}
	if l.has(path+".why") && u.Do != "nothing" {
		l.say(path+".why", "why goes with do: nothing", "no why", "")
	}
}

// lintApprove checks that those who may approve are enough.
func (l *linter) lintApprove(s *Step, path string) {
	if s.Approve == nil {
		return
	}
	people, known := l.rb.May(s.Approve.By)
	if known && len(people) > 0 && len(people) < s.Approve.Count {
		l.say(path+".count", fmt.Sprintf("%d people must agree, and only %s may", s.Approve.Count, strings.Join(people, " and ")), "more people in that role, or a smaller count", "")
	}
}
