package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// newGenCmd holds what the build needs. It is hidden: operators have no use for
// it.
func newGenCmd(app *App) *cobra.Command {
	c := noun("gen", "Write documentation",
		newGenDocsCmd(app),
	)
	c.Hidden = true
	return c
}

func newGenDocsCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "docs DIR",
		Short:   "Write the reference of the command line as Markdown",
		Example: `  mrkctl gen docs docs`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return writeAll(args[0], referencePages(app))
		},
	}
}

// referencePages are the generated pages of the documentation, by path below
// docs. A test compares them with what is committed.
func referencePages(app *App) map[string]string {
	pages := map[string]string{
		"exit-codes.md": exitCodesPage(),
		"rules.md":      rulesPage(),
		"settings.md":   "# Settings\n\n```\n" + environmentText() + "\n```\n",
	}
	root := tree(app)
	walk(root, func(c *cobra.Command) {
		if !c.IsAvailableCommand() && c != root {
			return // a topic of the help
		}
		pages["cli/"+pageName(c)] = commandPage(c)
	})
	return pages
}

// walk visits a command and all below it that are not hidden.
func walk(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, child := range c.Commands() {
		if !child.Hidden {
			walk(child, do)
		}
	}
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "_") + ".md" }

// commandPage is the reference of one command.
func commandPage(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n", c.CommandPath(), c.Short)
	if c.Long != "" {
		b.WriteString(c.Long + "\n\n")
	}
	fmt.Fprintf(&b, "```\n%s\n```\n", strings.TrimSpace(c.UseLine()))
	if c.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```\n%s\n```\n", strings.TrimRight(c.Example, "\n"))
	}
	if flags := c.NonInheritedFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&b, "\n## Flags\n\n```\n%s```\n", flags.FlagUsages())
	}
	if c.HasParent() && c.InheritedFlags().HasAvailableFlags() {
		b.WriteString("\nThe global flags are those of [mrkctl](mrkctl.md).\n")
	}
	var below []string
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() && !child.Hidden {
			below = append(below, fmt.Sprintf("* [%s](%s): %s", child.CommandPath(), pageName(child), child.Short))
		}
	}
	if len(below) > 0 {
		b.WriteString("\n## Commands\n\n" + strings.Join(below, "\n") + "\n")
	}
	return b.String()
}

func exitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\n| code | name | meaning |\n|--:|:--|:--|\n")
	for _, row := range ExitCodes() {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", row.Code, row.Name, row.Meaning)
	}
	return b.String()
}

// writeAll writes pages below a folder and takes away those that no command has
// any more.
func writeAll(dir string, pages map[string]string) error {
	old, err := filepath.Glob(filepath.Join(dir, "cli", "*.md"))
	if err != nil {
		return fmt.Errorf("list the pages of %s: %w", dir, err)
	}
	for _, path := range old {
		if _, ok := pages["cli/"+filepath.Base(path)]; ok {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove a page that no command has: %w", err)
		}
	}
	for name, text := range pages {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make the folder of a page: %w", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // documentation is for everybody
			return fmt.Errorf("write a page: %w", err)
		}
	}
	return nil
}
