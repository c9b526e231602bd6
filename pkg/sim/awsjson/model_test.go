package awsjson

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// modelShape is a shape of the published model: what the decoder has to hold
// every input against.
type modelShape struct {
	Type      string                 `json:"type"`
	Members   map[string]*modelShape `json:"members"`
	Required  []string               `json:"required"`
	Member    *modelShape            `json:"member"`
	Min, Max  *int64
	Pattern   string   `json:"pattern"`
	Enum      []string `json:"enum"`
	Sensitive bool     `json:"sensitive"`
}

type modelOperation struct {
	Input  *modelShape `json:"input"`
	Errors []string    `json:"errors"`
}

func readModel(t *testing.T) map[string]modelOperation {
	t.Helper()
	text, err := os.ReadFile("../../wire/wiremodel/kms-model.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Operations map[string]modelOperation `json:"operations"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.Operations
}

// good is a value that a shape takes, as JSON has it, of the given length where
// it has one. It need not match a pattern.
func (s *modelShape) good(length int64) any {
	switch s.Type {
	case "structure":
		v := map[string]any{}
		for _, name := range s.Required {
			v[name] = s.Members[name].good(s.Members[name].least())
		}
		return v
	case "list":
		v := []any{}
		for range length {
			v = append(v, s.Member.good(s.Member.least()))
		}
		return v
	case "map":
		return map[string]any{}
	case "boolean":
		return true
	case "integer":
		return length
	case "timestamp":
		return 1
	case "blob":
		return base64.StdEncoding.EncodeToString(make([]byte, length))
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	return strings.Repeat("é", int(length)) // lengths are counted in characters
}

// least is the smallest length or number that a shape takes.
func (s *modelShape) least() int64 {
	if s.Min != nil {
		return *s.Min
	}
	return 1
}

// constraintCase is one value in one place of an input, and what must or must
// not be said of it.
type constraintCase struct {
	value any
	says  string // the constraint in AWS's words
	holds bool   // the value keeps to it
}

// cases are the values to try for one shape.
func (s *modelShape) cases() []constraintCase {
	unit := "length"
	if s.Type == "integer" {
		unit = "value"
	}
	var list []constraintCase
	if s.Max != nil {
		says := fmt.Sprintf("Member must have %s less than or equal to %d", unit, *s.Max)
		list = append(list, constraintCase{s.good(*s.Max), says, true}, constraintCase{s.good(*s.Max + 1), says, false})
	}
	if s.Min != nil {
		says := fmt.Sprintf("Member must have %s greater than or equal to %d", unit, *s.Min)
		list = append(list, constraintCase{s.good(*s.Min), says, true})
		if *s.Min > 0 {
			list = append(list, constraintCase{s.good(*s.Min - 1), says, false})
		}
	}
	if s.Pattern != "" {
		// No pattern of the model takes a control character in the middle.
		list = append(list, constraintCase{"a\x01b", "Member must satisfy regular expression pattern: " + s.Pattern, false})
	}
	for _, v := range s.Enum {
		list = append(list, constraintCase{v, "Member must satisfy enum value set: [", true})
	}
	if len(s.Enum) > 0 {
		list = append(list, constraintCase{"Fly", "Member must satisfy enum value set: [", false})
	}
	return list
}

// wireName is how a violation names a member.
func wireName(name string) string {
	return string(unicode.ToLower(rune(name[0]))) + name[1:]
}

// TestEveryConstraintOfTheModel violates each constraint of each member of each
// operation and demands AWS's sentence about it, and goes to the edge of each
// and demands that nothing is said.
func TestEveryConstraintOfTheModel(t *testing.T) {
	sdk, tried := sdkOperations(), 0
	shapes := newModel()
	model := readModel(t)
	for _, name := range slices.Sorted(maps.Keys(model)) {
		input := model[name].Input
		ours := shapes.shape(sdk[name][0].Elem())
		violations := func(body any) string {
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			refused := decode(text, ours, reflect.New(ours.value).Elem())
			if refused == nil {
				return ""
			}
			if refused.Code != "ValidationException" {
				t.Errorf("%s: %s is answered with %v", name, text, refused)
			}
			return refused.Message
		}
		// try puts a value of a member into the whole and looks for the sentence.
		try := func(c constraintCase, path string, put func(any) any) {
			t.Helper()
			tried++
			said := violations(put(c.value))
			sentence := "at '" + path + "' failed to satisfy constraint: "
			if list, _, ok := strings.Cut(path, "[]"); ok {
				// Of a list's elements AWS says all that must hold.
				sentence, c.says = "at '"+list+"' failed to satisfy constraint: Member must satisfy constraint: [", strings.TrimSuffix(c.says, "[")
				if at := strings.Index(said, sentence); at >= 0 && strings.Contains(said[at:], c.says) == c.holds || at < 0 && !c.holds {
					t.Errorf("%s: of %s it says %q, want %q: %v", name, path, said, c.says, !c.holds)
				}
				return
			}
			if strings.Contains(said, sentence+c.says) == c.holds {
				t.Errorf("%s: of %.80v at %s it says %.300q, want %q: %v", name, c.value, path, said, c.says, !c.holds)
			}
		}
		var walk func(s *modelShape, path string, put func(any) any)
		walk = func(s *modelShape, path string, put func(any) any) {
			for _, required := range s.Required {
				v := s.good(0).(map[string]any)
				delete(v, required)
				try(constraintCase{v, mustNotBeNull, false}, dotted(path, required), put)
			}
			for _, member := range slices.Sorted(maps.Keys(s.Members)) {
				m := s.Members[member]
				within := func(v any) any {
					whole := s.good(0).(map[string]any)
					whole[member] = v
					return put(whole)
				}
				at := dotted(path, member)
				for _, c := range m.cases() {
					try(c, at, within)
				}
				switch {
				case m.Type == "structure":
					walk(m, at, within)
				case m.Type == "list" && m.Member.Type == "structure":
					walk(m.Member, at+".1.member", func(v any) any { return within([]any{v}) })
				case m.Type == "list":
					for _, c := range m.Member.cases() {
						try(c, at+"[]", func(v any) any { return within([]any{v}) })
					}
				}
			}
		}
		walk(input, "", func(v any) any { return v })
	}
	t.Logf("%d values tried", tried)
	if tried < 800 {
		t.Errorf("only %d values were tried", tried)
	}
}

func dotted(path, member string) string {
	if path == "" {
		return wireName(member)
	}
	return path + "." + wireName(member)
}
