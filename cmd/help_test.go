package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpOfEveryCommand reads the help of the whole tree as an editor would.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	root := tree(&App{})
	count := 0
	walk(root, func(c *cobra.Command) {
		if c.Name() == "help" || strings.HasPrefix(c.CommandPath(), "mrkctl completion") {
			return // cobra's own
		}
		count++
		path := c.CommandPath()
		if c.Short == "" || !regexp.MustCompile(`^[A-Z]`).MatchString(c.Short) || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the short help %q should begin with a capital and end without a full stop", path, c.Short)
		}
		for line := range strings.SplitSeq(c.Long, "\n") {
			if len(line) > 90 {
				t.Errorf("%s: a line of the help is %d columns wide: %q", path, len(line), line)
			}
		}
		if c.HasSubCommands() || c.Run == nil && c.RunE == nil {
			return
		}
		if !strings.Contains(c.Example, "mrkctl "+strings.TrimPrefix(path, "mrkctl ")) {
			t.Errorf("%s: the examples %q do not show the command", path, c.Example)
		}
		if c.Args == nil {
			t.Errorf("%s: says nothing about its arguments, so cobra would take any", path)
		}
		if c.RunE == nil {
			t.Errorf("%s: uses Run, which can't return an error", path)
		}
	})
	if count < 10 {
		t.Fatalf("only %d commands found", count)
	}
}

// TestFlagNames holds flags to one spelling.
func TestFlagNames(t *testing.T) {
	t.Parallel()
	walk(tree(&App{}), func(c *cobra.Command) {
		if strings.HasPrefix(c.CommandPath(), "mrkctl completion") {
			return
		}
		usages := c.NonInheritedFlags().FlagUsages()
		for _, m := range regexp.MustCompile(`--(\S+)`).FindAllStringSubmatch(usages, -1) {
			if regexp.MustCompile(`[A-Z_]`).MatchString(strings.TrimRight(m[1], "),.;:")) {
				t.Errorf("%s: flag --%s is not lower case with dashes", c.CommandPath(), m[1])
			}
		}
	})
}

func TestExitCodesAreATable(t *testing.T) {
	t.Parallel()
	last := -1
	for _, row := range ExitCodes() {
		if row.Code <= last || row.Name == "" || row.Meaning == "" {
			t.Errorf("row %+v is out of order or empty", row)
		}
		if row.Code > 63 && row.Code != exitInterrupt {
			t.Errorf("exit code %d lies where shells keep their own", row.Code)
		}
		last = row.Code
	}
}

// TestDocumentationIsFresh compares the generated pages with those committed.
func TestDocumentationIsFresh(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "docs")
	pages := referencePages(&App{})
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(docs, filepath.FromSlash(name)))
		if err != nil || string(got) != want {
			t.Errorf("docs/%s is stale (%v); run: make docs", name, err)
		}
	}
	committed, err := filepath.Glob(filepath.Join(docs, "cli", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range committed {
		if _, ok := pages["cli/"+filepath.Base(path)]; !ok {
			t.Errorf("docs/cli/%s describes a command that does not exist; run: make docs", filepath.Base(path))
		}
	}
}
