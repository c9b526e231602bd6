package runbook

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// reader turns the nodes of a file into the types of this package. The types'
// tags are its grammar: yaml names a field, need makes it required, enum and
// kind say what text it takes, one lets a list be written as a single value,
// default fills it in when it is not there, and doc explains it.
type reader struct {
	path     string
	lines    []string
	vars     map[string]string
	varFrom  map[string]string   // where the value of each var was given
	late     []string            // names that only a run can replace
	spoilt   []string            // vars whose value could not be read
	at       map[string]Position // where each field of the file is
	problems ProblemErrors
	linting  bool
}

// field is what the tags of a struct field say.
type field struct {
	name, kind, standard, doc string
	enum                      []string
	need, one, unique         bool
}

func fieldOf(f reflect.StructField) (field, bool) {
	name := f.Tag.Get("yaml")
	if name == "" || name == "-" {
		return field{}, false
	}
	out := field{name: name, kind: f.Tag.Get("kind"), standard: f.Tag.Get("default"), doc: f.Tag.Get("doc")}
	if e := f.Tag.Get("enum"); e != "" {
		out.enum = strings.Split(e, ",")
	}
	out.need, out.one, out.unique = f.Tag.Get("need") != "", f.Tag.Get("one") != "", f.Tag.Get("unique") != ""
	return out, true
}

// fields lists the fields of a struct type that a file can set.
func fields(t reflect.Type) (list []field, index []int) {
	for i := range t.NumField() {
		if f, ok := fieldOf(t.Field(i)); ok {
			list, index = append(list, f), append(index, i)
		}
	}
	return list, index
}

func (r *reader) problem(at Position, what, want, meant string) {
	for _, p := range r.problems {
		if p.Position == at && (r.linting || p.What == what) {
			return // the first word on a place is the cause, the rest follow from it
		}
	}
	r.problems = append(r.problems, Problem{Path: r.path, Position: at, What: what, Want: want, Meant: meant, source: r.lines})
}

// read fills v from a node.
func (r *reader) read(n ast.Node, v reflect.Value, f field, path string) {
	switch x := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		r.problem(position(n), "anchors and aliases are not part of a runbook", "a value; name what is repeated in vars and write $name", "")
		return
	case *ast.TagNode:
		r.problem(position(n), "tags are not part of a runbook", "a plain value", "")
		return
	case *ast.MappingKeyNode:
		r.read(x.Value, v, f, path)
		return
	}
	t := v.Type()
	switch {
	case t == reflect.TypeFor[Check]():
		r.readCheck(n, v.Addr().Interface().(*Check), path)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()),
		t == reflect.TypeFor[time.Duration](), isScalar(t.Kind()):
		r.readScalar(n, v, f, path)
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		r.read(n, v.Elem(), f, path)
	case t.Kind() == reflect.Slice && f.kind == "named":
		r.readNamed(n, v, path)
	case t.Kind() == reflect.Slice:
		r.readList(n, v, f, path)
	case t.Kind() == reflect.Map:
		r.readTexts(n, v, path)
	default:
		r.readStruct(n, v, path)
	}
}

func isScalar(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Int || k == reflect.Bool || k == reflect.Float64
}

func (r *reader) readStruct(n ast.Node, v reflect.Value, path string) {
	m, ok := mapping(n)
	if !ok {
		list, _ := fields(v.Type())
		r.problem(position(n), fmt.Sprintf("%s is %s", label(path), shape(n)), "a mapping with "+oneOf(names(list)), "")
		return
	}
	list, index := fields(v.Type())
	seen := map[string]bool{}
	for _, entry := range m.Values {
		key, at, ok := r.keyOf(entry)
		if !ok {
			continue
		}
		i := slices.IndexFunc(list, func(f field) bool { return f.name == key })
		switch {
		case i < 0:
			r.problem(at, fmt.Sprintf("unknown field %q in %s", key, label(path)), oneOf(names(list)), nearest(key, names(list)))
			continue
		case seen[key]:
			r.problem(at, fmt.Sprintf("field %q is there twice in %s", key, label(path)), "each field once", "")
			continue
		}
		seen[key] = true
		sub := join(path, key)
		r.at[sub+"!"] = at
		r.at[sub] = position(entry.Value)
		r.read(entry.Value, v.Field(index[i]), list[i], sub)
	}
	at := position(n)
	for i, f := range list {
		if seen[f.name] {
			continue
		}
		if f.need {
			r.problem(at, fmt.Sprintf("%s has no %q", label(path), f.name), f.name+": "+f.doc, "")
		}
		r.setDefault(v.Field(index[i]), f)
	}
}

// setDefault gives a field that is not in the file its standard value.
func (r *reader) setDefault(v reflect.Value, f field) {
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[Date]() && f.standard == "" {
		list, index := fields(v.Type())
		for i, sub := range list {
			r.setDefault(v.Field(index[i]), sub)
		}
		return
	}
	if f.standard == "" {
		return
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.ValueOf([]string{f.standard}))
		return
	}
	_ = assign(v, f.standard) // a test reads every default
}

func (r *reader) keyOf(entry *ast.MappingValueNode) (string, Position, bool) {
	at := position(entry.Key)
	switch k := entry.Key.(type) {
	case *ast.StringNode:
		return k.Value, at, true
	case *ast.MergeKeyNode:
		r.problem(at, "anchors and aliases are not part of a runbook", "a field", "")
		return "", at, false
	case ast.ScalarNode:
		return k.GetToken().Value, at, true
	}
	r.problem(at, "a field name that is not a word", "a word", "")
	return "", at, false
}

func names(list []field) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.name
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func oneOf(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return "one of " + strings.Join(list, ", ")
}

// label names a place in the file for a person.
func label(path string) string {
	if path == "" {
		return "the runbook"
	}
	return path
}
