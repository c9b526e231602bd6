package runbook

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

func (r *reader) readNamed(n ast.Node, v reflect.Value, path string) {
	m, ok := mapping(n)
	if !ok {
		r.problem(position(n), fmt.Sprintf("%s is %s", label(path), shape(n)), "a mapping of names, as name: { … }", "")
		return
	}
	seen := map[string]bool{}
	for _, entry := range m.Values {
		name, at, ok := r.keyOf(entry)
		if !ok {
			continue
		}
		if err := checkText("name", name); err != nil {
			r.problem(at, err.Error(), "lower case letters, digits and hyphens", "")
			continue
		}
		if seen[name] {
			r.problem(at, fmt.Sprintf("%q is there twice in %s", name, label(path)), "each name once", "")
			continue
		}
		seen[name] = true
		one := reflect.New(v.Type().Elem()).Elem()
		one.FieldByName("Name").SetString(name)
		sub := join(path, name)
		r.at[sub+"!"], r.at[sub] = at, at
		r.read(entry.Value, one, field{}, sub)
		v.Set(reflect.Append(v, one))
	}
}

func (r *reader) readList(n ast.Node, v reflect.Value, f field, path string) {
	var values []ast.Node
	if s, ok := n.(*ast.SequenceNode); ok {
		values = s.Values
	} else if f.one {
		values = []ast.Node{n}
	} else {
		r.problem(position(n), fmt.Sprintf("%s is %s", label(path), shape(n)), "a list, as [one, two]", "")
		return
	}
	item := f
	item.one = false
	for i, value := range values {
		sub := fmt.Sprintf("%s[%d]", path, i)
		r.at[sub] = position(value)
		one := reflect.New(v.Type().Elem()).Elem()
		r.read(value, one, item, sub)
		if f.unique && slices.ContainsFunc(v.Interface().([]string), func(s string) bool { return s == one.String() }) {
			r.problem(position(value), fmt.Sprintf("%q is there twice in %s", one.String(), label(path)), "each once", "")
			continue
		}
		v.Set(reflect.Append(v, one))
	}
}

func (r *reader) readTexts(n ast.Node, v reflect.Value, path string) {
	m, ok := mapping(n)
	if !ok {
		r.problem(position(n), fmt.Sprintf("%s is %s", label(path), shape(n)), "a mapping of texts, as { name: value }", "")
		return
	}
	out := map[string]string{}
	for _, entry := range m.Values {
		key, at, ok := r.keyOf(entry)
		if !ok {
			continue
		}
		if _, twice := out[key]; twice {
			r.problem(at, fmt.Sprintf("%q is there twice in %s", key, label(path)), "each name once", "")
			continue
		}
		sub := join(path, key)
		r.at[sub+"!"], r.at[sub] = at, position(entry.Value)
		text, ok := scalarText(entry.Value)
		if !ok {
			r.problem(position(entry.Value), fmt.Sprintf("%s is %s", label(sub), shape(entry.Value)), "text, a number, true or false", "")
			continue
		}
		if path != "vars" { // these were replaced while they were read
			text, _ = r.replace(text, position(entry.Value))
		}
		out[key] = text
	}
	v.Set(reflect.ValueOf(out))
}

// readCheck reads a check: its name, or its name with what narrows it.
func (r *reader) readCheck(n ast.Node, c *Check, path string) {
	claims := make([]string, 0, len(Claims()))
	for _, claim := range Claims() {
		claims = append(claims, claim.Name)
	}
	at := position(n)
	if text, ok := scalarText(n); ok {
		c.Name = text
	} else if m, ok := mapping(n); ok && len(m.Values) == 1 {
		key, keyAt, ok := r.keyOf(m.Values[0])
		if !ok {
			return
		}
		c.Name, at = key, keyAt
		r.readStruct(m.Values[0].Value, reflect.ValueOf(&c.With).Elem(), path+".with")
	} else {
		r.problem(at, fmt.Sprintf("%s is %s", label(path), shape(n)), "the name of a check, or one name with what narrows it", "")
		return
	}
	if !slices.Contains(claims, c.Name) {
		r.problem(at, fmt.Sprintf("unknown check %q", c.Name), oneOf(claims), nearest(c.Name, claims))
	}
}
