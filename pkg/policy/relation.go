package policy

import (
	"maps"
	"slices"
	"strings"
)

// Relation is how permissive one policy is against another.
type Relation string

// The relations. Unknown is an answer of its own: the difference can't be
// decided by what the matrix knows.
const (
	Equivalent   Relation = "equivalent"
	Less         Relation = "less permissive"
	More         Relation = "more permissive"
	Incomparable Relation = "incomparable"
	Unclear      Relation = "unknown"
)

// Difference is one principal and action for which two policies differ.
type Difference struct {
	Principal string
	Action    string
	Relation  Relation // of the first policy to the second
	First     Cell
	Second    Cell
}

// Relate compares two policies in effect: what access results, not how it is
// written. Each was worked out for its own member.
func Relate(a, b *Matrix) (Relation, []Difference) {
	var differences []Difference
	less, more := false, false
	names := map[string]bool{}
	for _, m := range []*Matrix{a, b} {
		for _, name := range m.Principals() {
			names[name] = true
		}
	}
	for _, principal := range slices.Sorted(maps.Keys(names)) {
		for _, action := range Actions() {
			x, y := a.Of(principal, action), b.Of(principal, action)
			r := x.relate(y)
			if r == Equivalent {
				continue
			}
			differences = append(differences, Difference{principal, action, r, x, y})
			less = less || r == Less || r == Incomparable
			more = more || r == More || r == Incomparable
		}
	}
	switch {
	case less && more:
		return Incomparable, differences
	case less:
		return Less, differences
	case more:
		return More, differences
	case len(a.Unclear)+len(b.Unclear) > 0:
		return Unclear, nil
	}
	return Equivalent, nil
}

// relate compares two cells. A deny runs the other way: what denies more is
// less permissive.
func (c Cell) relate(d Cell) Relation {
	if c.nothing() && d.nothing() {
		return Equivalent
	}
	below := within(c.Allow, d.Allow) && within(d.Deny, c.Deny) || c.nothing()
	above := within(d.Allow, c.Allow) && within(c.Deny, d.Deny) || d.nothing()
	switch {
	case below && above:
		return Equivalent
	case below:
		return Less
	case above:
		return More
	}
	return Incomparable
}

// nothing says whether a cell lets nobody in: nothing is allowed, or all of it
// is denied.
func (c Cell) nothing() bool { return len(c.Allow) == 0 || c.Deny[""] }

// Allows says whether the cell allows its action at least under some
// condition, and whether without any.
func (c Cell) Allows() (sometimes, always bool) {
	if c.nothing() {
		return false, false
	}
	return true, c.Allow[""] && len(c.Deny) == 0
}

// Direct says whether the policy itself allows the action, under whatever
// condition, rather than leaving it to IAM.
func (c Cell) Direct() bool {
	for condition := range c.Allow {
		if !strings.HasPrefix(condition, byIAM) {
			return !c.nothing()
		}
	}
	return false
}

// within says whether every condition of a is one of b. What is unconditional
// holds every condition.
func within(a, b map[string]bool) bool {
	if b[""] {
		return true
	}
	for c := range a {
		if !b[c] && !(strings.HasPrefix(c, byIAM) && b[byIAM]) {
			return false
		}
	}
	return true
}
