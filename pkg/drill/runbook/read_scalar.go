package runbook

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

func (r *reader) readScalar(n ast.Node, v reflect.Value, f field, path string) {
	text, ok := scalarText(n)
	if !ok {
		r.problem(position(n), fmt.Sprintf("%s is %s", label(path), shape(n)), wanted(v.Type(), f), "")
		return
	}
	origin := r.origin(text)
	if text, ok = r.replace(text, position(n)); !ok {
		return
	}
	before := len(r.problems)
	defer func() { r.blame(before, origin) }()
	if v.Kind() == reflect.String {
		if _, isBool := n.(*ast.BoolNode); isBool {
			r.problem(position(n), fmt.Sprintf("%s is true or false", label(path)), wanted(v.Type(), f), "")
			return
		}
		if len(f.enum) > 0 && !slices.Contains(f.enum, text) {
			r.problem(position(n), fmt.Sprintf("unknown %s %q", label(path), text), oneOf(f.enum), nearest(text, f.enum))
			return
		}
		if err := checkText(f.kind, text); err != nil {
			r.problem(position(n), err.Error(), wanted(v.Type(), f), suggestText(f.kind, text))
			return
		}
	}
	if err := assign(v, text); err != nil {
		r.problem(position(n), fmt.Sprintf("%s: %v", label(path), err), wanted(v.Type(), f), "")
		return
	}
	if v.Kind() == reflect.Int || v.Kind() == reflect.Float64 {
		if err := checkNumber(f.kind, v); err != nil {
			r.problem(position(n), fmt.Sprintf("%s: %v", label(path), err), "", "")
		}
	}
}

// assign sets a scalar from its text.
func assign(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := ParseDuration(text)
		v.SetInt(int64(d))
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(n)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is not true or false", text)
		}
		v.SetBool(text == "true")
	default: // isScalar lists the kinds
	}
	return nil
}

func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode:
		return n.Token.Value, true
	case *ast.FloatNode:
		return n.Token.Value, true
	case *ast.BoolNode:
		return n.Token.Value, true
	}
	return "", false
}
