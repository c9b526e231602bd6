package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/drill/lock"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// expectation says in words what a step expects.
func expectation(s *runbook.Step) string {
	e := s.Expect
	if e == nil {
		return "no error"
	}
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if e.Error != "" {
		add("%s", e.Error)
	}
	if e.OK != nil {
		add("%s", map[bool]string{true: "no error", false: "a refusal"}[*e.OK])
	}
	if e.Primary != "" {
		add("%s is primary", e.Primary)
	}
	if e.Replicas != nil {
		add("replicas in %s", list(e.Replicas))
	}
	if e.State != "" {
		add("state %s", e.State)
	}
	if e.Material != "" {
		add("key material %s", e.Material)
	}
	if e.Same != nil {
		add("the same %s", list(e.Same))
	}
	if e.Differs != nil {
		add("a difference in %s and nothing else", list(e.Differs))
	}
	if e.SLO != "" {
		add("SLOs %s", e.SLO)
	}
	if e.Plaintext != "" {
		add("the same plaintext")
	}
	if e.Ready != nil {
		add("%s", map[bool]string{true: "ready", false: "not ready"}[*e.Ready])
	}
	if e.Gone {
		add("the key is gone")
	}
	if e.Calls != nil {
		add("%s calls in the trail", e.Calls)
	}
	text := strings.Join(words, ", ")
	if e.InEveryRegion {
		text += ", in every Region"
	}
	return text
}

// list writes names as people do: a, b and c.
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return "none"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// hold says whether what a step expects is so, looking again until the time
// that is left has passed. It adds what it saw to the outcome.
func (r *run) hold(ctx context.Context, s *runbook.Step, seen seen, out *outcome, left time.Duration) bool {
	e := s.Expect
	failed := out.answer.Outcome != wire.OK
	switch {
	case e == nil:
		return !failed
	case e.Error != "":
		return out.answer.Code == e.Error
	case e.OK != nil && !*e.OK:
		return failed
	case failed:
		return false
	}
	var short []string // what does not hold
	want := func(name string, got *bool, value bool) {
		if got == nil {
			short = append(short, name+" was not looked at")
		} else if *got != value {
			short = append(short, name+" is not as expected")
		}
	}
	if e.Plaintext != "" {
		want("the plaintext", seen.opened, true)
	}
	if e.SLO != "" {
		want("the SLO", seen.slo, e.SLO == "met")
	}
	if e.Ready != nil {
		want("readiness", seen.ready, *e.Ready)
	}
	if e.Calls != nil {
		for _, region := range s.In {
			if n := seen.trail[region]; !e.Calls.Holds(n) {
				short = append(short, fmt.Sprintf("%s has %d records", region, n))
			}
		}
	}
	if len(short) > 0 {
		out.observed = join(out.observed, strings.Join(short, "; "))
		return false
	}
	if !aboutKey(e) {
		return true
	}
	return r.awaitKey(ctx, s, seen, out, left)
}

// join puts two remarks into one line.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// lookEvery is the pause between two looks at a key. AWS's own changes of
// state take seconds; what takes days is looked at more rarely.
const lookEvery = 2 * time.Second

// awaitKey reads the key until it is as expected or the time has passed.
func (r *run) awaitKey(ctx context.Context, s *runbook.Step, seen seen, out *outcome, left time.Duration) bool {
	k := seen.key
	if k == nil {
		var err error
		if k, err = r.key(s.With.Key); err != nil {
			out.observed = join(out.observed, err.Error())
			return false
		}
	}
	ctx = withSource(ctx, source{name: lookSource, key: k.Name})
	began := r.clock.Now()
	words := out.observed
	for {
		set, err := mrk.Read(ctx, r.watching(s, k), k.id, mrk.PolicyPart, mrk.AliasPart, mrk.TagPart, mrk.GrantPart, mrk.RotationPart)
		held, observed := keyIs(s, k, set, err)
		out.observed = join(words, observed)
		if held {
			return true
		}
		passed := r.clock.Now().Sub(began)
		if passed >= left || r.clock.Sleep(ctx, min(max(lookEvery, passed/50), left-passed+lookEvery)) != nil {
			return false
		}
	}
}

// watching is the handle through which the drill looks at a key between and
// after steps: its calls are written to the history, not to the journal. Each
// Region is asked from within, so that a look never crosses.
func (r *run) watching(s *runbook.Step, k *keySet) mrk.Cloud {
	c := r.operator("")
	c.Regions = k.regionsWith(s.With.To)
	c.CallLimit = 5 * time.Second
	return c
}

// keyIs holds a key set against what a step expects of it and says what it saw.
func keyIs(s *runbook.Step, k *keySet, set mrk.KeySet, err error) (held bool, observed string) {
	e := s.Expect
	if mrk.IsNotFound(err) {
		return e.Gone, "the key is gone"
	}
	if err != nil {
		return false, err.Error()
	}
	members, words := concerned(s, set)
	if e.Gone {
		for _, m := range members {
			if m.Reached() {
				return false, join(words, m.Region+" still has it, "+m.State)
			}
		}
		return true, "gone"
	}
	held = words == ""
	var saw []string
	note := func(ok bool, format string, args ...any) {
		held = held && ok
		saw = append(saw, fmt.Sprintf(format, args...))
	}
	if e.Primary != "" {
		for _, m := range members {
			if m.PrimaryRegion != e.Primary {
				note(false, "%s calls %s primary", m.Region, m.PrimaryRegion)
			}
		}
		note(set.Primary == e.Primary, "primary %s", set.Primary)
	}
	if e.Replicas != nil {
		got := set.Replicas()
		note(sameSet(got, e.Replicas), "replicas in %s", list(got))
	}
	if e.State != "" {
		for _, m := range members {
			note(m.State == e.State, "%s %s", m.Region, m.State)
		}
	}
	if e.Material != "" {
		ok, text := materialIs(e.Material, k, members)
		note(ok, "%s", text)
	}
	if e.Same != nil || e.Differs != nil {
		diff := differences(members)
		for _, what := range e.Same {
			note(!slices.Contains(diff, what), "%s %s", what, map[bool]string{true: "differs", false: "the same"}[slices.Contains(diff, what)])
		}
		if e.Differs != nil {
			note(sameSet(diff, e.Differs), "%s differ", list(diff))
		}
	}
	return held && len(members) > 0, join(words, strings.Join(saw, ", "))
}

// concerned picks the members that an expectation is about: all of them, those
// in the Regions of the step, or the primary. Its words name those that could
// not be asked.
func concerned(s *runbook.Step, set mrk.KeySet) (members []mrk.Member, words string) {
	for _, m := range set.Members {
		in := s.Expect.InEveryRegion || s.Expect.Same != nil || s.Expect.Differs != nil || s.Expect.Primary != "" || slices.Contains(s.In, m.Region) ||
			len(s.In) == 0 && (m.Region == set.Primary || s.Expect.Material == "same-everywhere")
		switch {
		case !in:
		case s.Expect.Gone, m.Reached():
			members = append(members, m)
		default:
			words = join(words, m.Region+" does not answer")
		}
	}
	return members, words
}

// materialIs holds the current key material of members against what it was
// before the last rotation, or against one another.
func materialIs(want string, k *keySet, members []mrk.Member) (held bool, observed string) {
	held = true
	var saw []string
	for _, m := range members {
		saw = append(saw, m.Region+" "+short(m.Material))
		switch want {
		case "old":
			held = held && m.Material == k.old
		case "new":
			held = held && m.Material != k.old && m.Material != ""
		}
		held = held && m.Material == members[0].Material
	}
	return held, "material " + strings.Join(saw, ", ")
}

// short is the beginning of a long id, enough to tell two apart.
func short(id string) string { return id[:min(len(id), 8)] }

// differences names what members differ in, judged as `mrkctl compare` does.
// The aliases with which drills lock a key are not the key's own.
func differences(members []mrk.Member) []string {
	members = slices.Clone(members)
	for i, m := range members {
		members[i].Aliases = slices.DeleteFunc(slices.Clone(m.Aliases), lock.Owns)
	}
	return compare.Aspects(members)
}

// grantsOf writes the grants of a member without the ids and dates that differ
// by nature.
func grantsOf(m mrk.Member) string {
	var lines []string
	for _, g := range m.Grants {
		lines = append(lines, fmt.Sprint(g.Name, g.Grantee, g.Retiring, g.Operations, g.Equals, g.Subset))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// aboutKey says whether an expectation needs a look at the key.
func aboutKey(e *runbook.Expect) bool {
	return e.State != "" || e.Primary != "" || e.Replicas != nil || e.Material != "" || e.Same != nil || e.Differs != nil || e.Gone
}
