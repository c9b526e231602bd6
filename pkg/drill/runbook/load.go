package runbook

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// largest is the size in bytes of the largest runbook that is read; the
// longest of the shipped ones has a hundredth of it.
const largest = 1 << 20

// Load reads a runbook file. vars replaces vars of the file for this run. When
// the file can be read but not run, the error is of type ProblemErrors and lists
// every mistake in it.
func Load(path string, vars map[string]string) (*Runbook, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read runbook: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("read runbook %s: it is a folder, want a YAML file: %w", path, fs.ErrNotExist)
	}
	if info.Size() > largest {
		return nil, fmt.Errorf("read runbook %s: it has %d bytes, more than the %d that are read", path, info.Size(), largest)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read runbook: %w", err)
	}
	return Parse(path, src, vars)
}

// Parse reads a runbook from bytes; path is only named in errors.
func Parse(path string, src []byte, vars map[string]string) (*Runbook, error) {
	r := &reader{
		path:  path,
		lines: strings.Split(string(src), "\n"),
		at:    map[string]Position{},
		late:  []string{"run", "account"},
	}
	root, ok := r.parse(src)
	if !ok {
		return nil, r.problems
	}
	r.readVars(root, vars)
	r.collectKeeps(root)

	rb := &Runbook{Path: path, Source: src, at: r.at}
	sum := sha256.Sum256(src)
	rb.SHA256 = hex.EncodeToString(sum[:])
	r.read(root, reflect.ValueOf(rb).Elem(), field{}, "")
	rb.Vars = r.vars
	rb.complete()
	r.lint(rb)
	if len(r.problems) > 0 {
		return nil, r.problems.sorted()
	}
	return rb, nil
}

// complete fills in what follows from other fields.
func (r *Runbook) complete() {
	for i := range r.Keys {
		k := &r.Keys[i]
		if k.Primary == "" && len(r.Regions) > 0 {
			k.Primary = r.Regions[0]
		}
		if len(r.Regions) == 0 {
			continue
		}
	}
	if len(r.Regions) == 0 {
		for _, k := range r.Keys {
			for _, region := range k.Members() {
				if region != "" && !slices.Contains(r.Regions, region) {
					r.Regions = append(r.Regions, region)
				}
			}
		}
	}
	for i := range r.Probes {
		if p := &r.Probes[i]; p.Key == "" && len(r.Keys) == 1 {
			p.Key = r.Keys[0].Name
		}
	}
	for i := range r.Faults {
		if f := &r.Faults[i]; f.Key == "" && len(r.Keys) == 1 && ofOneKey(f.Kind) {
			f.Key = r.Keys[0].Name
		}
	}
	r.EachStep(func(s *Step) {
		if v, ok := FindVerb(s.Do); ok {
			s.Do = v.Name
		}
		if s.Undo != nil {
			if v, ok := FindVerb(s.Undo.Do); ok {
				s.Undo.Do = v.Name
			}
		}
	})
}

// ofOneKey says whether a fault is about one key instead of a Region.
func ofOneKey(kind string) bool {
	return slices.Contains([]string{"key-disabled", "policy-deny", "grant-revoked", "material-expired"}, kind)
}

// parse turns the file into the one mapping it must be.
func (r *reader) parse(src []byte) (root *ast.MappingNode, ok bool) {
	defer func() {
		// The parser is fed by strangers; whatever it trips over is a bad file.
		if p := recover(); p != nil {
			r.problem(Position{1, 1}, "this is not YAML that can be read", "", "")
			root, ok = nil, false
		}
	}()
	if at := slices.IndexFunc(r.lines, func(l string) bool { return strings.ContainsRune(l, 0) }); at >= 0 {
		r.problem(Position{at + 1, 1 + strings.IndexByte(r.lines[at], 0)}, "a byte that is not text", "", "")
		return nil, false
	}
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := Position{1, 1}
		what := err.Error()
		var y yaml.Error
		if errors.As(err, &y) {
			what = y.GetMessage()
			if t := y.GetToken(); t != nil && t.Position != nil {
				at = Position{t.Position.Line, t.Position.Column}
			}
		}
		r.problem(at, "not YAML: "+what, "", "")
		return nil, false
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		r.problem(Position{1, 1}, "the file is empty", "a runbook, whose first line is runbook: v1", "")
		return nil, false
	case len(bodies) > 1:
		r.problem(position(bodies[1]), "a second document in one file", "one runbook in a file", "")
		return nil, false
	}
	root, ok = mapping(bodies[0])
	if !ok {
		r.problem(position(bodies[0]), "the file is "+shape(bodies[0])+", not a mapping", "a runbook, whose first line is runbook: v1", "")
	}
	return root, ok
}

// mapping returns a node as a mapping; the parser has a shorter form for one
// with a single field.
func mapping(n ast.Node) (*ast.MappingNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n, true
	case *ast.MappingValueNode:
		return &ast.MappingNode{BaseNode: n.BaseNode, Start: n.Start, Values: []*ast.MappingValueNode{n}}, true
	}
	return nil, false
}

// position is where a node begins.
func position(n ast.Node) Position {
	if n == nil {
		return Position{1, 1}
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return position(m.Values[0].Key)
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return position(m.Key)
	}
	t := n.GetToken()
	if l, ok := n.(*ast.LiteralNode); ok && l.Start != nil {
		t = l.Start
	}
	if t == nil || t.Position == nil {
		return Position{1, 1}
	}
	return Position{max(1, t.Position.Line), max(1, t.Position.Column)}
}

// shape names what kind of thing a node is.
func shape(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	}
	return "something else"
}
