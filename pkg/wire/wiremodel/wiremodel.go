// Package wiremodel holds requests against AWS's published model of the wire
// protocol of KMS: which members an operation has, which are required, and what
// lengths, ranges, patterns and values they may have. It is for tests, and says
// nothing about what KMS does with a request.
//
// The facts of the model are in kms-model.json, as of August 2026. Nothing in
// them was written by hand, so they check both what this program sends and what
// its simulator lets pass.
package wiremodel

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

//go:embed kms-model.json
var facts []byte

// Model is the wire model. It may be used by several at once.
type Model struct {
	operations map[string]Operation
}

// Operation is what the model says of one operation.
type Operation struct {
	Input  Shape    `json:"input"`
	Output Shape    `json:"output"`
	Errors []string `json:"errors"`
}

// Shape is a type of the model with its constraints.
type Shape struct {
	Type     string           `json:"type"` // structure, list, map, string, blob, integer, boolean or timestamp
	Members  map[string]Shape `json:"members"`
	Required []string         `json:"required"`
	Element  *Shape           `json:"member"` // of a list
	Key      *Shape           `json:"key"`    // of a map
	Value    *Shape           `json:"value"`  // of a map
	Enum     []string         `json:"enum"`
	Pattern  string           `json:"pattern"` // matched against the whole text
	Min      *float64         `json:"min"`     // of a number's value, else of a length
	Max      *float64         `json:"max"`

	whole *regexp.Regexp // Pattern, compiled
}

// Load reads the model.
func Load() (*Model, error) {
	var doc struct {
		Operations map[string]Operation `json:"operations"`
	}
	if err := json.Unmarshal(facts, &doc); err != nil {
		return nil, fmt.Errorf("read the wire model: %w", err)
	}
	for name, op := range doc.Operations {
		op.Input.compile()
		doc.Operations[name] = op
	}
	return &Model{doc.Operations}, nil
}

// Operations are the names of the operations that the model knows, sorted.
func (m *Model) Operations() []string { return slices.Sorted(maps.Keys(m.operations)) }

// Operation returns what the model says of an operation.
func (m *Model) Operation(name string) (Operation, bool) {
	op, ok := m.operations[name]
	return op, ok
}

// later are operations that AWS added after this state of the model.
func later(op string) bool { return op == "Encapsulate" || op == "Decapsulate" }

// Check returns what is wrong with a request to KMS, each fault with the path
// of the member. The request's body is read and put back. What is no request
// to KMS has no faults, and neither have operations that came after the model.
func (m *Model) Check(req *http.Request) ([]string, error) {
	name := wire.Operation(req)
	if name == "" || later(name) {
		return nil, nil
	}
	op, ok := m.operations[name]
	if !ok {
		return []string{name + ": no such operation"}, nil
	}
	if req.Body == nil {
		return []string{name + ": no body"}, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read a request of %s: %w", name, err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return []string{fmt.Sprintf("%s: %v", name, err)}, nil
	}
	return op.Input.check(name, v), nil
}

// Watch returns a transport that tells of every request that breaks the model,
// and sends it all the same.
func (m *Model) Watch(next wire.Doer, tell func(fault string)) wire.Doer {
	return watched{m, next, tell}
}

type watched struct {
	model *Model
	next  wire.Doer
	tell  func(string)
}

func (w watched) Do(req *http.Request) (*http.Response, error) {
	w.model.report(req, w.tell)
	return w.next.Do(req)
}

// WatchHandler does the same in front of a server.
func (m *Model) WatchHandler(next http.Handler, tell func(fault string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		m.report(req, tell)
		next.ServeHTTP(w, req)
	})
}

func (m *Model) report(req *http.Request, tell func(string)) {
	faults, err := m.Check(req)
	if err != nil {
		faults = append(faults, err.Error())
	}
	for _, f := range faults {
		tell(f)
	}
}

// check returns the faults of a value of a shape.
func (s Shape) check(at string, v any) []string {
	fault := func(format string, args ...any) []string { return []string{at + ": " + fmt.Sprintf(format, args...)} }
	switch s.Type {
	case "structure":
		object, ok := v.(map[string]any)
		if !ok {
			return fault("%v is no structure", v)
		}
		return s.checkMembers(at, object)
	case "list":
		list, ok := v.([]any)
		if !ok {
			return fault("%v is no list", v)
		}
		faults := s.checkSize(at, "length", float64(len(list)))
		for i, e := range list {
			faults = append(faults, s.Element.check(fmt.Sprintf("%s[%d]", at, i), e)...)
		}
		return faults
	case "map":
		object, ok := v.(map[string]any)
		if !ok {
			return fault("%v is no map", v)
		}
		faults := s.checkSize(at, "length", float64(len(object)))
		for k, e := range object {
			faults = append(faults, s.Key.check(at+" key", k)...)
			faults = append(faults, s.Value.check(at+"."+k, e)...)
		}
		return faults
	case "string":
		text, ok := v.(string)
		if !ok {
			return fault("%v is no string", v)
		}
		return s.checkText(at, text)
	case "blob":
		text, ok := v.(string)
		raw, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil {
			return fault("not base64")
		}
		return s.checkSize(at, "length", float64(len(raw)))
	case "integer", "timestamp":
		number, ok := v.(json.Number)
		n, err := number.Float64()
		if !ok || err != nil {
			return fault("%v is no number", v)
		}
		return s.checkSize(at, "value", n)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return fault("%v is no boolean", v)
		}
		return nil
	default:
		return fault("the model has a type %q, which is not known here", s.Type)
	}
}

func (s Shape) checkMembers(at string, object map[string]any) []string {
	var faults []string
	for _, name := range s.Required {
		if object[name] == nil {
			faults = append(faults, at+"."+name+": required and not given")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		member, known := s.Members[name]
		switch {
		case !known:
			faults = append(faults, at+"."+name+": no such member")
		case object[name] != nil:
			faults = append(faults, member.check(at+"."+name, object[name])...)
		}
	}
	return faults
}

func (s Shape) checkText(at, text string) []string {
	faults := s.checkSize(at, "length", float64(utf8.RuneCountInString(text)))
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		faults = append(faults, fmt.Sprintf("%s: %q is not one of %s", at, text, strings.Join(s.Enum, ", ")))
	}
	if s.whole != nil && !s.whole.MatchString(text) {
		faults = append(faults, fmt.Sprintf("%s: %q does not match %s", at, text, s.Pattern))
	}
	return faults
}

func (s Shape) checkSize(at, what string, n float64) []string {
	switch {
	case s.Min != nil && n < *s.Min:
		return []string{fmt.Sprintf("%s: %s %v is less than %v", at, what, n, *s.Min)}
	case s.Max != nil && n > *s.Max:
		return []string{fmt.Sprintf("%s: %s %v is more than %v", at, what, n, *s.Max)}
	}
	return nil
}

// compile turns the patterns of a shape and of what it holds, which are written
// for Java, into Go's for a whole text.
func (s *Shape) compile() {
	if s.Pattern != "" {
		escape := regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)
		s.whole = regexp.MustCompile(`\A(?:` + escape.ReplaceAllString(s.Pattern, `\x{$1}`) + `)\z`)
	}
	for name, member := range s.Members {
		member.compile()
		s.Members[name] = member
	}
	for _, part := range []*Shape{s.Element, s.Key, s.Value} {
		if part != nil {
			part.compile()
		}
	}
}
