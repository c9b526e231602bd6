package awsjson

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// invalid is the ValidationException for what was violated; nil for nothing.
//
// The frame for one violation was recorded on KMS, that for several is the one
// of AWS's other services.
//
// Rules: MRK-WIRE-04.
func invalid(violations []string) *sim.Error {
	switch n := len(violations); n {
	case 0:
		return nil
	case 1:
		return &sim.Error{
			Code: "ValidationException", Status: 400,
			Message: "1 validation error detected: " + violations[0],
		}
	default:
		return &sim.Error{
			Code: "ValidationException", Status: 400,
			Message: strconv.Itoa(n) + " validation errors detected: " + strings.Join(violations, "; "),
		}
	}
}

// violate notes a violation. shown is the value in quotes, with a space before
// it, or nothing when the value is not to be shown.
func (d *decoder) violate(shown string, at *path, constraint string) {
	if !d.lenient {
		d.violations = append(d.violations,
			"Value"+shown+" at '"+at.String()+"' failed to satisfy constraint: "+constraint)
	}
}

func (d *decoder) missing(at *path) { d.violate(" null", at, mustNotBeNull) }

const mustNotBeNull = "Member must not be null"

func atMost(unit string, n int64) string {
	return "Member must have " + unit + " less than or equal to " + strconv.FormatInt(n, 10)
}

func atLeast(unit string, n int64) string {
	return "Member must have " + unit + " greater than or equal to " + strconv.FormatInt(n, 10)
}

func quoted(v string) string { return " '" + v + "'" }

func (d *decoder) checkString(text []byte, e *enum, r *rule, at *path) {
	if d.lenient || d.bad != nil {
		return
	}
	if e != nil && !e.has(text) {
		d.violate(quoted(string(text)), at, "Member must satisfy enum value set: "+e.text)
	}
	if r == nil {
		return
	}
	shown := func() string {
		if r.sensitive {
			return ""
		}
		return quoted(string(text))
	}
	if r.pattern != "" && !r.compiled().Match(text) {
		d.violate(shown(), at, "Member must satisfy regular expression pattern: "+r.pattern)
	}
	// Bytes are never fewer than characters.
	if int64(len(text)) > r.max || int64(len(text)) < 4*r.min {
		d.checkLength(characters(text), r, at, func() string { return strings.TrimPrefix(shown(), " ") })
	}
}

// checkLength checks a count of characters or elements.
func (d *decoder) checkLength(n int, r *rule, at *path, shown func() string) {
	if r == nil || int64(n) >= r.min && int64(n) <= r.max {
		return
	}
	value := shown()
	if value != "" {
		value = " " + value
	}
	if int64(n) > r.max {
		d.violate(value, at, atMost("length", r.max))
	} else {
		d.violate(value, at, atLeast("length", r.min))
	}
}

func (d *decoder) checkBlob(n int, r *rule, at *path) {
	d.checkLength(n, r, at, func() string { return "" })
}

func (d *decoder) checkNumber(n int64, r *rule, at *path) {
	switch {
	case r == nil:
	case n > r.max:
		d.violate(quoted(strconv.FormatInt(n, 10)), at, atMost("value", r.max))
	case n < r.min:
		d.violate(quoted(strconv.FormatInt(n, 10)), at, atLeast("value", r.min))
	}
}

// badElements reports a list of strings of which one is wrong, in the form in
// which AWS's services do: the whole list, and all that holds for an element.
func (d *decoder) badElements(list []byte, s *shape, at *path) {
	if d.lenient {
		return
	}
	var all []string
	if e := s.element.enum; e != nil {
		all = append(all, "Member must satisfy enum value set: "+e.text)
	}
	if r := s.rule; r != nil {
		all = append(all, atMost("length", r.max), atLeast("length", r.min))
		if r.pattern != "" {
			all = append(all, "Member must satisfy regular expression pattern: "+r.pattern)
		}
	}
	all = append(all, mustNotBeNull)
	out := reflect.New(s.value).Elem()
	again := decoder{scanner: scanner{body: list}, lenient: true}
	again.list(s, nil, out, at)
	d.violate(" "+bracketed(out), at, "Member must satisfy constraint: ["+strings.Join(all, ", ")+"]")
}

// bracketed shows a list's elements between quotes and brackets.
func bracketed(list reflect.Value) string {
	if list.Type().Elem().Kind() != reflect.String {
		return ""
	}
	parts := make([]string, list.Len())
	for i := range parts {
		parts[i] = list.Index(i).String()
	}
	return "'[" + strings.Join(parts, ", ") + "]'"
}

// compile turns a pattern of the model, which is written for Java, into Go's
// syntax, to match the whole of a text.
func compile(pattern string) *regexp.Regexp {
	goSyntax := unicodeEscape().ReplaceAllString(pattern, `\x{$1}`)
	return regexp.MustCompile(`\A(?:` + goSyntax + `)\z`)
}

var unicodeEscape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`) })
