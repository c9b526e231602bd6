package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// withoutDocument are the commands whose answer is no document: what they print
// is an address, a file, or a run that another command tells of.
func withoutDocument() map[string]bool {
	return map[string]bool{
		"mrkctl sim serve": true, "mrkctl sim xks-proxy": true, "mrkctl drill new": true, "mrkctl drill fuzz": true, "mrkctl drill replay": true,
		"mrkctl drill undo": true, "mrkctl gen": true,
		"mrkctl sim fault start": true, "mrkctl sim fault stop": true, "mrkctl sim advance": true, "mrkctl sim reset": true, "mrkctl sim latency": true,
	}
}

// TestEveryCommandHasAScript walks the command line and demands for each
// command a script that runs it well one that runs it badly, and one that holds
// its JSON to the contract. All mean the real program: its exit code, and what
// it says on which stream.
func TestEveryCommandHasAScript(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	commands := 0
	walk(tree(&App{}), func(c *cobra.Command) {
		path := c.CommandPath()
		if !c.Runnable() || c.HasSubCommands() || c.Name() == "help" || strings.HasPrefix(path, "mrkctl completion") || path == "mrkctl" {
			return
		}
		if path == "mrkctl tui" {
			return // it needs a terminal: TestInterfaceOnATerminal
		}
		commands++
		words := regexp.QuoteMeta(path) + `(\s|$)`
		well := `exec|exits [34]|serves \w+`
		if path == "mrkctl drill undo" {
			well = `exits 130` // the run that it takes back was interrupted, and that stays its verdict
		}
		if !regexp.MustCompile(`(?m)^(` + well + `) ` + words).MatchString(all.String()) {
			t.Errorf("no script runs %q well", path)
		}
		if !withoutDocument()[path] && !regexp.MustCompile(`(?m)^answers \S+ `+words).MatchString(all.String()) {
			t.Errorf("no script holds the JSON of %q to the contract", path)
		}
		if !regexp.MustCompile(`(?m)^(! exec|exits [1-9]\d*) ` + words).MatchString(all.String()) {
			t.Errorf("no script runs %q badly", path)
		}
	})
	if commands < 50 {
		t.Fatalf("only %d commands found", commands)
	}
}
