package policy

import (
	"maps"
	"slices"
	"strings"
)

// Relation is how permissive one policy is against another.
type Relation string

// The relations. Unclear is an answer of its own: what differs can't be
// decided.
const (
	Equivalent   Relation = "equivalent"
	Less         Relation = "less permissive"
	More         Relation = "more permissive"
	Incomparable Relation = "incomparable"
	Unclear      Relation = "unknown"
)

// Cell is what a policy makes of one class and action, over all requests.
type Cell struct {
	Best  Decision // the most that some request gets: Silent, Delegated or Allowed
	Worst Decision // the least, on the same scale; a denied request gets nothing
	Deny  bool     // a statement denies some of it
	// Statements that speak of it, from 0. Grants are not among them.
	Statements []int
	// Conditions of those, in common words.
	Conditions []string
}

// String is the cell in a word: yes, if (under a condition), iam (left to IAM
// policies), iam if, denied, or - for nothing.
func (c Cell) String() string {
	word := map[Decision]string{Allowed: "yes", Delegated: "iam"}[c.Best]
	switch {
	case c.Best == Silent && c.Deny:
		return "denied"
	case c.Best == Silent:
		return "-"
	case c.Worst == c.Best:
		return word
	case c.Best == Allowed:
		return "if"
	}
	return "iam if"
}

// Difference is a class and an action of which two policies differ.
type Difference struct {
	Class    Class
	Action   string
	Relation Relation // of the first policy to the second
	First    Cell
	Second   Cell
	Keys     []string // condition keys on which it depends, in lower case
	Why      string   // it is unclear; empty otherwise
}

// Relate compares the policies of two members, by their places among the
// subjects, over some actions: what access results, not how it is written.
func (j *Judgement) Relate(a, b int, actions []string) (Relation, []Difference) {
	if j.SameText(a, b) && j.sameFacts(a, b) {
		return Equivalent, nil
	}
	var differences []Difference
	less, more, unclear := false, false, false
	for _, class := range j.classes {
		for _, action := range actions {
			d := j.relate(a, b, class, action)
			if d.Relation == Equivalent {
				continue
			}
			differences = append(differences, d)
			less = less || d.Relation == Less || d.Relation == Incomparable
			more = more || d.Relation == More || d.Relation == Incomparable
			unclear = unclear || d.Relation == Unclear
		}
	}
	return relationOf(less, more, unclear), differences
}

// relationOf sums up: two ways make it incomparable whatever else is unclear;
// one way and something unclear leave it open.
func relationOf(less, more, unclear bool) Relation {
	switch {
	case less && more:
		return Incomparable
	case unclear:
		return Unclear
	case less:
		return Less
	case more:
		return More
	}
	return Equivalent
}

// sameFacts compares what is true of requests to two members, as far as any
// condition asks for it.
func (j *Judgement) sameFacts(a, b int) bool {
	for _, r := range append(slices.Clone(j.access[a].rules), j.access[b].rules...) {
		for _, c := range r.terms {
			if !slices.Equal(j.subjects[a].Facts[c.Key], j.subjects[b].Facts[c.Key]) {
				return false
			}
		}
	}
	return true
}

// Cell is what a member's policy makes of a class and an action.
func (j *Judgement) Cell(i int, class Class, action string) Cell {
	return j.relate(i, i, class, action).First
}

// relate compares two policies for one class and action by trying every kind
// of request that their conditions tell apart.
func (j *Judgement) relate(a, b int, class Class, action string) Difference {
	d := Difference{Class: class, Action: action, Relation: Equivalent}
	one, two := j.speaking(a, class, action), j.speaking(b, class, action)
	d.First, d.Second = cellOf(one), cellOf(two)
	t := j.trial(a, b, class, action, one, two)
	d.Keys = keysOf(one, two)
	first := true
	less, more, unclear := false, false, false
	t.each(func(request trialRequest) {
		lower, higher, same := false, false, false
		for guess := range 1 << len(t.vague) {
			x, y := decide(one, request.first, t.vague, guess), decide(two, request.second, t.vague, guess)
			d.First.add(x, first)
			d.Second.add(y, first)
			first = false
			lower, higher, same = lower || x < y, higher || x > y, same || x == y
		}
		switch {
		case lower && !higher && !same:
			less = true
		case higher && !lower && !same:
			more = true
		case lower || higher:
			unclear = true
		}
	})
	if a != b && !t.all && !less && !more && !sameSpeakers(one, two) {
		unclear = true
	}
	d.Relation = relationOf(less, more, unclear)
	if d.Relation == Unclear {
		d.Why = t.why()
	}
	return d
}

// keysOf are the condition keys of some rules.
func keysOf(lists ...[]speaker) []string {
	keys := map[string]bool{}
	for _, list := range lists {
		for _, s := range list {
			for _, c := range s.rule.terms {
				keys[c.Key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// sameSpeakers says whether the same is said in the same words, so that
// nothing has to be tried.
func sameSpeakers(a, b []speaker) bool {
	words := func(list []speaker) string {
		var lines []string
		for _, s := range list {
			lines = append(lines, strings.Join([]string{s.how.String(), s.rule.canon, s.doubt, map[bool]string{true: "deny"}[s.rule.deny]}, "\x00"))
		}
		slices.Sort(lines)
		return strings.Join(slices.Compact(lines), "\n")
	}
	return words(a) == words(b)
}

func (c *Cell) add(d Decision, first bool) {
	if first {
		c.Best, c.Worst = d, d
	}
	c.Best, c.Worst = max(c.Best, d), min(c.Worst, d)
}

func cellOf(list []speaker) Cell {
	c := Cell{}
	for _, s := range list {
		c.Deny = c.Deny || s.rule.deny
		if s.rule.at >= 0 && !slices.Contains(c.Statements, s.rule.at) {
			c.Statements = append(c.Statements, s.rule.at)
		}
		if s.rule.canon != "" && !slices.Contains(c.Conditions, s.rule.canon) {
			c.Conditions = append(c.Conditions, s.rule.canon)
		}
	}
	return c
}
