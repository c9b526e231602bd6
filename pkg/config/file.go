package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Error is a setting that can't be used, with the place it was given in:
// file:line:column, a variable or a flag.
type Error struct {
	Where string
	Err   error
	// Source shows the line with a caret; empty when it is not from a file.
	Source string
}

// Error is the place, the cause and, for a file, the line itself.
func (e *Error) Error() string {
	s := e.Where + ": " + e.Err.Error()
	if e.Source != "" {
		s += "\n" + e.Source
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is that of a wrong command line or file.
func (e *Error) ExitCode() int { return 2 }

// settingsFile is a configuration file that was read.
type settingsFile struct {
	path   string
	values map[string]any
	lines  map[string]int
}

// Candidates lists the files that are looked for, in order, when none is named.
func Candidates(env map[string]string) []string {
	return []string{"mrkctl.yaml", filepath.Join(DirsOf(env).Config, "config.yaml")}
}

// readFile reads the file that was named, or the first of the usual ones.
func readFile(src Sources) (settingsFile, error) {
	named := src.File
	if named == "" {
		named = src.Env["MRKCTL_CONFIG"]
	}
	if named != "" {
		text, err := os.ReadFile(named) //nolint:gosec // the operator names the file
		if err != nil {
			return settingsFile{}, &Error{Where: named, Err: fmt.Errorf("read the configuration: %w", err)}
		}
		return parseFile(named, text)
	}
	for _, path := range Candidates(src.Env) {
		text, err := os.ReadFile(path) //nolint:gosec // from the operator's own folders
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return settingsFile{}, &Error{Where: path, Err: fmt.Errorf("read the configuration: %w", err)}
		}
		return parseFile(path, text)
	}
	return settingsFile{}, nil
}

// parseFile reads the text of a configuration file. An empty one is valid.
func parseFile(path string, text []byte) (settingsFile, error) {
	f := settingsFile{path: path, values: map[string]any{}, lines: map[string]int{}}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return f, syntaxError(path, err)
	}
	if len(file.Docs) > 1 {
		return f, &Error{Where: path, Err: errors.New("a configuration has one document, this file has several")}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return f, nil
	}
	var pairs []*ast.MappingValueNode
	switch body := file.Docs[0].Body.(type) {
	case *ast.MappingNode:
		pairs = body.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{body}
	case *ast.CommentGroupNode:
		return f, nil
	default:
		return f, at(path, text, body, errors.New("a configuration is a list of key: value"))
	}
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		key, ok := find(name)
		if !ok {
			return f, at(path, text, pair.Key, fmt.Errorf("unknown setting %q%s", name, didYouMean(name)))
		}
		value, err := key.decode(pair.Value)
		if err != nil {
			return f, at(path, text, pair.Value, err)
		}
		f.values[name] = value
		f.lines[name] = pair.Key.GetToken().Position.Line
	}
	return f, nil
}

// decode reads a value of the file as the type of the key's default.
func (k Key) decode(node ast.Node) (any, error) {
	switch node.Type() { //nolint:exhaustive // the others are values
	case ast.AnchorType, ast.AliasType, ast.TagType, ast.MergeKeyType:
		return nil, fmt.Errorf("%s: write the value itself, without anchors, aliases or tags", k.Name)
	}
	switch k.Default.(type) {
	case bool:
		var b bool
		if err := yaml.NodeToValue(node, &b); err != nil {
			return nil, fmt.Errorf("%s: %s is not true or false", k.Name, node)
		}
		return b, nil
	case []string:
		seq, ok := node.(*ast.SequenceNode)
		if !ok {
			return nil, fmt.Errorf("%s: want a list", k.Name)
		}
		list := make([]string, 0, len(seq.Values))
		for _, item := range seq.Values {
			list = append(list, item.GetToken().Value)
		}
		return list, k.accept(list)
	case map[string]string:
		var pairs map[string]string
		if err := yaml.NodeToValue(node, &pairs); err != nil {
			return nil, fmt.Errorf("%s: want name: value pairs", k.Name)
		}
		return pairs, k.accept(pairs)
	default:
		scalar, ok := node.(ast.ScalarNode)
		if !ok {
			return nil, fmt.Errorf("%s: want one value", k.Name)
		}
		text := scalar.GetToken().Value
		return text, k.accept(text)
	}
}

// at is an error at a place of the file, with that line and a caret.
func at(path string, text []byte, node ast.Node, err error) error {
	pos := node.GetToken().Position
	e := &Error{Where: fmt.Sprintf("%s:%d:%d", path, pos.Line, pos.Column), Err: err}
	if lines := strings.Split(string(text), "\n"); pos.Line >= 1 && pos.Line <= len(lines) {
		margin := fmt.Sprintf("%4d | ", pos.Line)
		e.Source = margin + strings.TrimRight(lines[pos.Line-1], "\r") + "\n" +
			strings.Repeat(" ", len(margin)+max(pos.Column-1, 0)) + "^"
	}
	return e
}

// syntaxError is an error of the YAML reader, which knows its place.
func syntaxError(path string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		pos := syntax.Token.Position
		return &Error{
			Where: fmt.Sprintf("%s:%d:%d", path, pos.Line, pos.Column),
			Err:   errors.New(syntax.Message),
		}
	}
	return &Error{Where: path, Err: err}
}

// didYouMean names the setting that an unknown one resembles most, if any does.
func didYouMean(name string) string {
	best, distance := "", 4
	for _, k := range Keys() {
		if d := editDistance(strings.ToLower(name), k.Name); d < distance {
			best, distance = k.Name, d
		}
	}
	if best == "" {
		return "; mrkctl help environment lists them"
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is the number of characters to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
