package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/config"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newHaltCmd(app *App) *cobra.Command {
	var lift bool
	c := &cobra.Command{
		Use:   "halt",
		Short: "Stop every drill of this user, and let none begin",
		Long: `Stop every drill that this user runs on this machine, each of which then takes
back what it did, and let no new one begin until the halt is lifted.`,
		Example: `  mrkctl halt
  mrkctl halt --lift`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runHalt(app, lift) },
	}
	c.Flags().BoolVar(&lift, "lift", false, "let drills run again")
	return c
}

func runHalt(app *App, lift bool) error {
	path := app.haltFile()
	answer := report.Document{Kind: "halt", Columns: report.Columns("HALTED", "FILE")}
	if lift {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return withHint(fmt.Errorf("drills are still halted: %w", err), "let this user write to %s", filepath.Dir(path))
		}
	} else {
		text := fmt.Sprintf("by %s at %s\n", app.who(), time.Now().UTC().Format(time.RFC3339))
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			return withHint(fmt.Errorf("drills are not halted: %w", err), "let this user write to %s, or choose another folder with XDG_STATE_HOME, for the drills too; a single drill stops at Ctrl-C", filepath.Dir(path))
		}
	}
	answer.Rows = [][]string{{map[bool]string{true: "no", false: "yes"}[lift], path}}
	answer.Data = map[string]any{"halted": !lift, "file": path}
	return app.Show(answer)
}

// haltFile stops every drill of this user while it is there.
func (a *App) haltFile() string { return filepath.Join(config.DirsOf(a.Env).State, "halt") }

// locksDir holds the locks of key sets in simulated worlds that last.
func (a *App) locksDir() string { return filepath.Join(config.DirsOf(a.Env).State, "locks") }
