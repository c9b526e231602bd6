package awsjson

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// decoder reads one body into one value of the SDK, and notes on the way every
// constraint that the body violates.
type decoder struct {
	scanner
	lenient    bool // constraints are not looked at
	violations []string
}

// decode reads body into the structure that in points to. Members the
// structure does not have are ignored, null means absent. The error is a
// SerializationException or a ValidationException as KMS words it.
func decode(body []byte, s *shape, in reflect.Value) *sim.Error {
	d := decoder{scanner: scanner{body: body}}
	d.structure(s, in, nil)
	if d.next() != 0 || d.at < len(d.body) {
		d.fail("")
	}
	if d.bad != nil {
		return &sim.Error{Code: "SerializationException", Message: d.bad.text, Status: 400}
	}
	return invalid(d.violations)
}

// path says where in a body the decoder is; nil is the top.
type path struct {
	up    *path
	name  string // member, or
	index int    // place in a list, from 1
}

// String spells the place as error texts do: tags.1.member.tagKey.
func (p *path) String() string {
	var parts []string
	for ; p != nil; p = p.up {
		if p.index > 0 {
			parts = append(parts, strconv.Itoa(p.index)+".member")
		} else {
			parts = append(parts, p.name)
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
		if i > 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func (d *decoder) structure(s *shape, v reflect.Value, at *path) {
	if d.next() != '{' {
		d.mismatch("a structure")
		return
	}
	var seen uint64
	first := true
	for d.enter('{'); d.more('}', &first); {
		m := s.byName[string(d.key())]
		switch {
		case m == nil:
			d.skip()
		case d.literal("null"):
		default:
			seen |= m.bit
			here := path{up: at, name: m.camel}
			d.value(m.shape, m.rule, v.Field(m.field), &here)
		}
	}
	if missing := s.needs &^ seen; missing != 0 && d.bad == nil {
		for i := range s.members {
			if m := &s.members[i]; missing&m.bit != 0 {
				d.missing(&path{up: at, name: m.camel})
			}
		}
	}
}

// value reads what comes next into v, whose type is the shape's.
func (d *decoder) value(s *shape, r *rule, v reflect.Value, at *path) {
	if s.pointer {
		v.Set(reflect.New(s.value))
		v = v.Elem()
	}
	switch s.kind {
	case kindString:
		if d.next() != '"' {
			d.mismatch("a String")
			return
		}
		text := d.text()
		v.SetString(string(text))
		d.checkString(text, s.enum, r, at)
	case kindBool:
		switch {
		case d.literal("true"):
			v.SetBool(true)
		case d.literal("false"):
			v.SetBool(false)
		default:
			d.mismatch("a Boolean")
		}
	case kindInteger:
		d.integer(v, r, at)
	case kindTime:
		d.time(v)
	case kindBlob:
		d.blob(v, r, at)
	case kindStructure:
		d.structure(s, v, at)
	case kindList:
		d.list(s, r, v, at)
	case kindMap:
		d.pairs(v)
	}
}

func (d *decoder) integer(v reflect.Value, r *rule, at *path) {
	if c := d.next(); c != '-' && (c < '0' || c > '9') {
		d.mismatch("an Integer")
		return
	}
	text := d.number()
	if d.bad != nil {
		return
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(string(text), 64)
		if ferr != nil || math.Abs(f) > math.MaxInt32 {
			d.fail("NUMBER_VALUE can not be converted to an Integer")
			return
		}
		n = int64(f)
	}
	if v.OverflowInt(n) {
		d.fail("NUMBER_VALUE can not be converted to an Integer")
		return
	}
	v.SetInt(n)
	d.checkNumber(n, r, at)
}

// time reads seconds since 1970 with a fraction. Milliseconds are all that
// travels, so all that is kept.
func (d *decoder) time(v reflect.Value) {
	if c := d.next(); c != '-' && (c < '0' || c > '9') {
		d.mismatch("a Date")
		return
	}
	text := d.number()
	if d.bad != nil {
		return
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f) > 253402300799 { // the end of the year 9999
		d.fail("NUMBER_VALUE can not be converted to a Date")
		return
	}
	v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(f * 1000))).UTC()))
}

func (d *decoder) blob(v reflect.Value, r *rule, at *path) {
	if d.next() != '"' {
		d.mismatch("a blob")
		return
	}
	text := d.text()
	if d.bad != nil {
		return
	}
	b, err := base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(text))), text)
	if err != nil {
		d.fail("")
		return
	}
	v.SetBytes(b)
	d.checkBlob(len(b), r, at)
}

func (d *decoder) list(s *shape, r *rule, v reflect.Value, at *path) {
	if d.next() != '[' {
		d.mismatch("a list")
		return
	}
	out := reflect.MakeSlice(s.value, 0, 4)
	start, faults := d.at, len(d.violations)
	first, element := true, reflect.New(s.element.value).Elem()
	for d.enter('['); d.more(']', &first); {
		here := path{up: at, index: out.Len() + 1}
		element.SetZero()
		if d.literal("null") {
			d.missing(&here)
		} else {
			d.value(s.element, s.rule, element, &here)
		}
		out = reflect.Append(out, element)
	}
	v.Set(out)
	if d.bad != nil {
		return
	}
	if s.element.kind == kindString && len(d.violations) > faults {
		// A list of strings reports its elements' constraints as one of its own.
		d.violations = d.violations[:faults]
		d.badElements(d.body[start:d.at], s, at)
	}
	d.checkLength(out.Len(), r, at, func() string { return bracketed(out) })
}

// pairs reads an object of strings.
func (d *decoder) pairs(v reflect.Value) {
	if d.next() != '{' {
		d.mismatch("a map")
		return
	}
	out := map[string]string{}
	first := true
	for d.enter('{'); d.more('}', &first); {
		key := string(d.key())
		if d.literal("null") {
			continue
		}
		if d.next() != '"' {
			d.mismatch("a String")
			return
		}
		out[key] = string(d.text())
	}
	v.Set(reflect.ValueOf(out))
}

// characters is the length of a string as the service counts it, in UTF-16
// units.
func characters(text []byte) int {
	n := 0
	for _, r := range string(text) {
		if n++; r > 0xffff && r != utf8.RuneError {
			n++
		}
	}
	return n
}
