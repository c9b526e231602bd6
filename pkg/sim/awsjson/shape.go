package awsjson

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// kind is how a value looks on the wire.
type kind uint8

const (
	kindString    kind = iota // JSON string, Go string or a type of one
	kindBool                  // true, false
	kindInteger               // JSON number, Go int32 or int64
	kindBlob                  // JSON string in base64, Go []byte
	kindTime                  // JSON number of seconds since 1970, Go time.Time
	kindStructure             // JSON object with known members, Go struct
	kindList                  // JSON array, Go slice
	kindMap                   // JSON object with any members, Go map[string]string
)

// shape describes one Go type of the SDK as it travels.
type shape struct {
	kind    kind
	pointer bool         // the Go type is a pointer to value
	value   reflect.Type // the Go type, without the pointer
	element *shape       // of a list
	rule    *rule        // of a list's element
	members []member     // of a structure, in the order of the Go fields
	byName  map[string]*member
	enum    *enum  // of a string with a fixed set of values
	needs   uint64 // the required members of a structure, as bits
}

// member is one member of a structure.
type member struct {
	name  string // on the wire, which is the Go field's
	camel string // as error texts spell it: keyId
	quote string // as it begins in an object: "KeyId":
	field int    // of the Go struct
	bit   uint64
	shape *shape
	rule  *rule
}

// model is what the SDK's types can't say of what travels.
type model struct {
	rules    map[string]*rule
	required map[string][]string
	order    map[string][]string // of the values of an enum
}

func newModel() *model {
	return &model{rules: rules(), required: requiredMembers(), order: enumOrder()}
}

// shape describes t, which is a type of the SDK's KMS package.
func (md *model) shape(t reflect.Type) *shape {
	s := &shape{value: t}
	if t.Kind() == reflect.Pointer {
		s.pointer, s.value = true, t.Elem()
	}
	switch v := s.value; {
	case v == reflect.TypeFor[time.Time]():
		s.kind = kindTime
	case v.Kind() == reflect.String:
		s.kind, s.enum = kindString, md.enum(v)
	case v.Kind() == reflect.Bool:
		s.kind = kindBool
	case v.Kind() == reflect.Int32 || v.Kind() == reflect.Int64:
		s.kind = kindInteger
	case v == reflect.TypeFor[[]byte]():
		s.kind = kindBlob
	case v.Kind() == reflect.Slice:
		s.kind, s.element = kindList, md.shape(v.Elem())
	case v == reflect.TypeFor[map[string]string]():
		s.kind = kindMap
	case v.Kind() == reflect.Struct:
		s.kind = kindStructure
		md.describeMembers(s)
	default:
		panic(fmt.Sprintf("awsjson: type %v of the SDK has no form on the wire", t))
	}
	return s
}

func (md *model) describeMembers(s *shape) {
	s.byName = map[string]*member{}
	required := md.required[strings.TrimSuffix(s.value.Name(), "Input")]
	for i := range s.value.NumField() {
		f := s.value.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		m := member{
			name: f.Name, camel: lowerCamel(f.Name), quote: `"` + f.Name + `":`,
			field: i, bit: 1 << len(s.members), shape: md.shape(f.Type), rule: md.rules[f.Name],
		}
		if m.shape.kind == kindList {
			if element := md.rules[f.Name+"[]"]; element != nil {
				list := *m.shape
				list.rule = element
				m.shape = &list
			}
		}
		for _, name := range required {
			if name == f.Name {
				s.needs |= m.bit
			}
		}
		s.members = append(s.members, m)
	}
	for i := range s.members {
		s.byName[s.members[i].name] = &s.members[i]
	}
}

// lowerCamel spells a member as AWS's error texts do.
func lowerCamel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// enum is a fixed set of values.
type enum struct {
	values []string // that are accepted
	text   string   // as an error text lists them
}

// enum asks an SDK type for its values; nil for a plain string.
func (md *model) enum(t reflect.Type) *enum {
	method, ok := t.MethodByName("Values")
	if !ok {
		return nil
	}
	list := method.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
	e := &enum{}
	for i := range list.Len() {
		e.values = append(e.values, list.Index(i).String())
	}
	shown, ok := md.order[t.Name()]
	if !ok {
		shown = e.values
	}
	e.text = "[" + strings.Join(shown, ", ") + "]"
	return e
}

func (e *enum) has(v []byte) bool {
	for _, known := range e.values {
		if known == string(v) {
			return true
		}
	}
	return false
}
