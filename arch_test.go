package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mrkctl/mrkctl"

// ban forbids an import. A package may import what no ban names.
type ban struct {
	pkg    string   // import path; its sub-packages are meant too
	only   []string // packages of ours that may import it all the same
	by     []string // packages of ours that may not; empty means all but only
	tests  bool     // holds for test files too
	reason string
}

func bans() []ban {
	return []ban{
		{
			pkg: module + "/cmd", only: []string{"", "scripts/release"}, tests: false,
			reason: "the command line is the outermost room: what it needs it asks for, nothing asks it but what describes it",
		},
		{
			pkg: "github.com/spf13/cobra", only: []string{"cmd", "scripts"}, tests: true,
			reason: "flags and help belong to the command line; domain functions take values",
		},
		{
			pkg: "github.com/spf13/viper", only: []string{"pkg/config"}, tests: true,
			reason: "settings have one reader; viper folds the case of keys and would spoil policies and tags",
		},
		{
			pkg: "github.com/charmbracelet/bubbletea", only: []string{"pkg/tui"}, tests: true,
			reason: "the terminal interface is one audience of the journal; nothing may depend on it",
		},
		{
			pkg: "github.com/charmbracelet/bubbles", only: []string{"pkg/tui"}, tests: true,
			reason: "as for bubbletea",
		},
		{
			pkg: "github.com/charmbracelet/lipgloss", only: []string{"pkg/tui"}, tests: true,
			reason: "as for bubbletea",
		},
		{
			pkg: "github.com/olekukonko/tablewriter", only: []string{"pkg/report"}, tests: true,
			reason: "a command hands over values; one package gives them shape",
		},
		{
			pkg: "github.com/aws/aws-sdk-go-v2/config", only: []string{"pkg/target"}, tests: true,
			reason: "only the AWS target may read the operator's AWS configuration; nothing else can leak it",
		},
		{
			pkg: module + "/pkg/mrk", by: []string{"pkg/sim", "pkg/clock", "pkg/wire", "pkg/policy"}, tests: false,
			reason: "the simulated cloud must not share the beliefs of those it tests",
		},
		{
			pkg: module + "/pkg/drill", by: []string{"pkg/sim", "pkg/mrk", "pkg/compare", "pkg/clock", "pkg/wire", "pkg/policy", "pkg/target"}, tests: false,
			reason: "arrows run one way: a drill uses keys and the wire, never the other way round",
		},
		{
			pkg: module + "/pkg/compare", by: []string{"pkg/sim", "pkg/mrk", "pkg/clock", "pkg/wire", "pkg/policy"}, tests: false,
			reason: "comparing is pure and stands above what it compares",
		},
		{
			pkg: module + "/pkg/report", by: []string{"pkg/sim", "pkg/mrk", "pkg/compare", "pkg/drill", "pkg/tui"}, tests: false,
			reason: "a report decides nothing, so nothing that decides may need it",
		},
		{
			pkg: module + "/pkg/sim", by: []string{"pkg/mrk", "pkg/drill", "pkg/compare", "pkg/report", "pkg/tui", "pkg/progress", "pkg/wire", "pkg/clock", "pkg/policy"}, tests: false,
			reason: "whoever works on keys must not learn which world it is in",
		},
		{
			pkg: module + "/pkg/target", by: []string{"pkg/mrk", "pkg/drill", "pkg/compare", "pkg/sim", "pkg/report", "pkg/tui", "pkg/progress"}, tests: false,
			reason: "a world is opened by the command and handed in",
		},
		{
			pkg: module + "/pkg/tui", only: []string{"cmd"}, tests: true,
			reason: "the terminal interface is drawn by the command line alone",
		},
		{
			pkg: module + "/pkg/wire/wiremodel", tests: false,
			reason: "AWS's model judges what the program and its simulator do in tests; were they made from it, it could not",
		},
		{
			pkg: "net/http", by: []string{"pkg/policy", "pkg/compare", "pkg/clock", "pkg/drill/journal", "pkg/drill/history", "pkg/drill/runbook", "pkg/drill/check", "pkg/report", "pkg/progress", "pkg/tui", "pkg/terminal"}, tests: false,
			reason: "these work on values; none of them has any business with a network",
		},
	}
}

// standardOnly are packages that may import the standard library alone.
func standardOnly() map[string]string {
	return map[string]string{
		"pkg/terminal": "Go initialises a package without other imports before every terminal library; the guard has to come first",
		"pkg/clock":    "everything stands on it",
	}
}

// source is a parsed file of this module.
type source struct {
	path, dir string
	test      bool
	file      *ast.File
	fset      *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	fset := token.NewFileSet()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist" || d.Name() == "mrkctl-runs"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if dir == "." {
			dir = ""
		}
		all = append(all, source{filepath.ToSlash(path), dir, strings.HasSuffix(path, "_test.go"), file, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files found: this test looks in the wrong folder", len(all))
	}
	return all
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func TestImportBans(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, imp := range s.file.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range bans() {
				if s.test && !b.tests || !within(path, b.pkg) || within(module+"/"+s.dir, b.pkg) {
					continue
				}
				inRoom := func(room string) bool { return s.dir == room || room != "" && within(s.dir, room) }
				if len(b.by) > 0 && !slices.ContainsFunc(b.by, inRoom) || slices.ContainsFunc(b.only, inRoom) {
					continue
				}
				t.Errorf("%s imports %s: %s", s.path, path, b.reason)
			}
			if reason, ok := standardOnly()[s.dir]; ok && !s.test && strings.Contains(strings.Split(path, "/")[0], ".") {
				t.Errorf("%s imports %s, and may import the standard library only: %s", s.path, path, reason)
			}
		}
	}
}

// TestBansCanFail makes sure that each ban names rooms that exist, so that a
// renamed package can't slip out of its ban.
func TestBansCanFail(t *testing.T) {
	t.Parallel()
	for _, b := range bans() {
		if b.reason == "" {
			t.Errorf("the ban of %s has no reason", b.pkg)
		}
		rooms := slices.Concat(b.by, b.only)
		if own, ok := strings.CutPrefix(b.pkg, module+"/"); ok {
			rooms = append(rooms, own)
		}
		for _, room := range rooms {
			if room == "" { // the module's root
				continue
			}
			if info, err := os.Stat(filepath.FromSlash(room)); err != nil || !info.IsDir() {
				t.Errorf("the ban of %s names %s, which does not exist", b.pkg, room)
			}
		}
	}
}

// TestNoInitNoExitNoPrint holds the rules that keep the program testable: it
// exits once, in main; it starts without side effects; only renderers print.
func TestNoInitNoExitNoPrint(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || within(s.dir, "scripts") {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: an init function runs before anybody can stop it; build values in functions", s.path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch name := pkg.Name + "." + sel.Sel.Name; {
			case name == "os.Exit" && s.path != "main.go", pkg.Name == "log" && strings.HasPrefix(sel.Sel.Name, "Fatal"):
				t.Errorf("%s: %s ends the program from inside; return an error", s.fset.Position(call.Pos()), name)
			case name == "fmt.Print" || name == "fmt.Println" || name == "fmt.Printf":
				t.Errorf("%s: %s writes to stdout, which belongs to the answer of the command", s.fset.Position(call.Pos()), name)
			}
			return true
		})
	}
}

// TestPackagesAreDocumented demands exactly one package comment a package.
func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	docs := map[string][]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if _, ok := docs[s.dir]; !ok {
			docs[s.dir] = nil
		}
		if s.file.Doc != nil {
			docs[s.dir] = append(docs[s.dir], s.path)
		}
	}
	for dir, files := range docs {
		if len(files) != 1 {
			t.Errorf("package in %q has %d package comments %v, want one", dir, len(files), files)
		}
	}
}

// TestNoRoomForOddsAndEnds refuses names that say nothing.
func TestNoRoomForOddsAndEnds(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, word := range []string{"util", "utils", "helper", "helpers", "common", "misc", "shared", "base"} {
			name := strings.TrimSuffix(filepath.Base(s.path), ".go")
			if name == word || filepath.Base(s.dir) == word {
				t.Errorf("%s: call it after what it does", s.path)
			}
		}
	}
}
