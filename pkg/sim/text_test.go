package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// textArguments are the functions that make errors, and which of their
// arguments is the text.
func textArguments() map[string]int {
	return map[string]int{"fail": 1, "refuse": 1, "incomplete": 0, "noEntity": 0, "denied": 1}
}

var verb = regexp.MustCompile(`%[a-z]`)

// reader collects the texts of errors from code.
type reader struct {
	constants map[string]string
	found     map[string]bool
}

// spell writes an expression as a text with %s for what is not constant.
func (r reader) spell(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		if err == nil {
			return verb.ReplaceAllString(s, "%s")
		}
	case *ast.BinaryExpr:
		return r.spell(x.X) + r.spell(x.Y)
	case *ast.Ident:
		if s, ok := r.constants[x.Name]; ok {
			return s
		}
	}
	return "%s"
}

func (r reader) keep(e ast.Expr) {
	if text := r.spell(e); text != "" && text != "%s" {
		r.found[text] = true
	}
}

func (r reader) visit(n ast.Node) {
	switch x := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := x.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if at, ok := textArguments()[name]; ok && len(x.Args) > at {
			r.keep(x.Args[at])
		}
	case *ast.CompositeLit:
		// What a proxy's failures come to: alone, or in a table of them.
		if table, ok := x.Type.(*ast.MapType); ok && named(table.Value, "proxyAnswer") {
			for _, e := range x.Elts {
				row, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				if answer, ok := row.Value.(*ast.CompositeLit); ok && answer.Type == nil {
					r.keep(answer.Elts[len(answer.Elts)-1])
				}
			}
		}
		if named(x.Type, "proxyAnswer") {
			r.keep(x.Elts[len(x.Elts)-1])
		}
	case *ast.KeyValueExpr:
		if id, ok := x.Key.(*ast.Ident); ok && id.Name == "Message" {
			r.keep(x.Value)
		}
	}
}

func named(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// codeTexts are the texts of errors in the code of the world and of the wire.
func codeTexts(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, dir := range []string{".", "awsjson", "material"} {
		paths, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		r := reader{map[string]string{}, all}
		var files []*ast.File
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") || path == "text.go" {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
			ast.Inspect(f, func(n ast.Node) bool {
				if spec, ok := n.(*ast.ValueSpec); ok {
					for i, value := range spec.Values {
						if text := r.spell(value); text != "%s" {
							r.constants[spec.Names[i].Name] = text
						}
					}
				}
				return true
			})
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				r.visit(n)
				return true
			})
		}
	}
	return all
}

// TestEveryTextIsAccountedFor: whatever text an error has in the code stands
// in the list, with how sure it is; what is recorded names its row; and the
// list has no others.
func TestEveryTextIsAccountedFor(t *testing.T) {
	list, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Recordings()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, row := range rows {
		shown[row.ID] = len(row.Tests) > 0
	}
	code := codeTexts(t)
	seen := map[string]bool{}
	for _, text := range list {
		if seen[text.Text] {
			t.Errorf("%q is listed twice", text.Text)
		}
		seen[text.Text] = true
		if !code[text.Text] {
			t.Errorf("%q is listed, and no error has it", text.Text)
		}
		switch text.Confidence {
		case Recorded:
			for id := range strings.SplitSeq(text.Source, ", ") {
				if !shown[id] {
					t.Errorf("%q is recorded in row %s, which no test shows", text.Text, id)
				}
			}
		case Documented, Assumed:
			if text.Source == "" {
				t.Errorf("%q has no source", text.Text)
			}
		default:
			t.Errorf("%q: confidence %q", text.Text, text.Confidence)
		}
	}
	var missing []string
	for text := range code {
		if !seen[text] {
			missing = append(missing, "\n"+text)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("errors have texts that are not listed: %s", missing)
	}
}
