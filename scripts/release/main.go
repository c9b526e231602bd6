// Command release writes what packages carry beside the program: completions
// for four shells and the man pages. It is a program of its own so that the
// libraries that make man pages are no part of mrkctl.
//
//	go run ./scripts/release DIR
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/mrkctl/mrkctl/cmd"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("name the folder to write to")
	}
	root := cmd.CommandLine(cmd.Process{})
	if err := writeCompletions(root, filepath.Join(args[0], "completions")); err != nil {
		return err
	}
	return writeManPages(root, filepath.Join(args[0], "man"))
}

func writeCompletions(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the completions: %w", err)
	}
	for name, write := range map[string]func(path string) error{
		"mrkctl.bash": func(path string) error { return root.GenBashCompletionFileV2(path, true) },
		"mrkctl.zsh":  root.GenZshCompletionFile,
		"mrkctl.fish": func(path string) error { return root.GenFishCompletionFile(path, true) },
		"mrkctl.ps1":  root.GenPowerShellCompletionFileWithDesc,
	} {
		if err := write(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("write the completion %s: %w", name, err)
		}
	}
	return nil
}

// writeManPages writes a page a command. The pages carry no date, so that the
// same source gives the same bytes.
func writeManPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the man pages: %w", err)
	}
	undated(root)
	header := &doc.GenManHeader{Title: "MRKCTL", Section: "1", Source: "mrkctl", Manual: "mrkctl"}
	if err := doc.GenManTree(root, header, dir); err != nil {
		return fmt.Errorf("write the man pages: %w", err)
	}
	return nil
}

func undated(c *cobra.Command) {
	c.DisableAutoGenTag = true
	for _, child := range c.Commands() {
		undated(child)
	}
}
