package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// tests are the condition operators, by name in their positive form, and how
// one value of a request is tested against one of the policy. The negative
// forms are their complements.
//
//nolint:gochecknoglobals // a table that nothing changes
var tests = map[string]func(got, want string) bool{
	"StringEquals":             func(got, want string) bool { return got == want },
	"StringEqualsIgnoreCase":   strings.EqualFold,
	"StringLike":               func(got, want string) bool { return Matches(want, got) },
	"NumericEquals":            numeric(func(c int) bool { return c == 0 }),
	"NumericLessThan":          numeric(func(c int) bool { return c < 0 }),
	"NumericLessThanEquals":    numeric(func(c int) bool { return c <= 0 }),
	"NumericGreaterThan":       numeric(func(c int) bool { return c > 0 }),
	"NumericGreaterThanEquals": numeric(func(c int) bool { return c >= 0 }),
	"DateEquals":               date(func(c int) bool { return c == 0 }),
	"DateLessThan":             date(func(c int) bool { return c < 0 }),
	"DateLessThanEquals":       date(func(c int) bool { return c <= 0 }),
	"DateGreaterThan":          date(func(c int) bool { return c > 0 }),
	"DateGreaterThanEquals":    date(func(c int) bool { return c >= 0 }),
	"Bool":                     strings.EqualFold,
	"BinaryEquals":             func(got, want string) bool { return got == want },
	"IpAddress":                inRange,
	"ArnEquals":                arnMatches,
	"ArnLike":                  arnMatches,
}

// complements maps negative operators to the positive ones they negate.
//
//nolint:gochecknoglobals // a table that nothing changes
var complements = map[string]string{
	"StringNotEquals": "StringEquals", "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "StringNotLike": "StringLike",
	"NumericNotEquals": "NumericEquals", "DateNotEquals": "DateEquals", "NotIpAddress": "IpAddress",
	"ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike",
}

// operator is a condition operator taken apart.
type operator struct {
	name     string // of its positive form, without prefix and suffix
	test     func(got, want string) bool
	negative bool
	ifExists bool
	forAll   bool
	forAny   bool
	null     bool
}

func parseOperator(name string) (operator, bool) {
	var o operator
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, o.forAll = rest, true
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, o.forAny = rest, true
	}
	if name == "Null" {
		o.name, o.null = name, true
		return o, true
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	if positive, ok := complements[name]; ok {
		name, o.negative = positive, true
	}
	o.name, o.test = name, tests[name]
	return o, o.test != nil
}

func knownOperator(name string) bool {
	_, ok := parseOperator(name)
	return ok
}

// holds says whether a condition holds for a request. A key that the request
// does not have fails a positive condition and satisfies a negative one.
func (c Condition) holds(r *Request) bool {
	o, ok := parseOperator(c.Operator)
	if !ok {
		return false
	}
	var got []string
	present := false
	if r.Values != nil {
		got, present = r.Values(strings.ToLower(c.Key))
	}
	if o.null {
		return len(c.Values) > 0 && strings.EqualFold(c.Values[0], strconv.FormatBool(!present))
	}
	switch {
	case !present:
		return o.ifExists || o.negative && !o.forAny || o.forAll
	case o.forAll:
		for _, g := range got {
			if !o.passes(g, c.Values) {
				return false
			}
		}
		return true
	}
	for _, g := range got {
		passes := o.passes(g, c.Values)
		if o.negative && !o.forAny && !passes {
			return false
		}
		if passes && (!o.negative || o.forAny) {
			return true
		}
	}
	return o.negative && !o.forAny && len(got) > 0
}

// passes tests one value of the request against all those of the policy.
func (o operator) passes(got string, values []string) bool {
	for _, want := range values {
		if o.test(got, want) {
			return !o.negative
		}
	}
	return o.negative
}

// numeric compares numbers; what is no number never passes.
func numeric(ok func(int) bool) func(got, want string) bool {
	return func(got, want string) bool {
		a, errA := strconv.ParseFloat(got, 64)
		b, errB := strconv.ParseFloat(want, 64)
		return errA == nil && errB == nil && ok(compare(a, b))
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// date compares moments, written in ISO 8601 or as seconds since 1970.
func date(ok func(int) bool) func(got, want string) bool {
	return func(got, want string) bool {
		a, okA := moment(got)
		b, okB := moment(want)
		return okA && okB && ok(a.Compare(b))
	}
}

func moment(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// inRange says whether an address is in a range of addresses, or is the address.
func inRange(got, want string) bool {
	a, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	if p, err := netip.ParsePrefix(want); err == nil {
		return p.Contains(a)
	}
	b, err := netip.ParseAddr(want)
	return err == nil && a == b
}

// arnMatches compares ARNs part by part, with wildcards in each.
func arnMatches(got, want string) bool {
	a, b := strings.SplitN(got, ":", 6), strings.SplitN(want, ":", 6)
	if len(a) != 6 || len(b) != 6 {
		return false
	}
	for i := range a {
		if !Matches(b[i], a[i]) {
			return false
		}
	}
	return true
}
