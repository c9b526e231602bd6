package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/tui"
)

func newTUICmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "tui",
		Short: "Open the terminal interface: keys, drills and past runs",
		Long: `Open the terminal interface. It lists the keys of the target, the drills that
come with the program and the runs of --runs-dir; enter looks closer, runs a
drill or watches a run again. "mrkctl" alone on a terminal does the same.`,
		Example: `  mrkctl tui
  mrkctl tui --target aws --read-only`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !app.InTTY || !app.ErrTTY {
				return withHint(usageErrorf("mrkctl tui needs a terminal"), "mrkctl --help")
			}
			return runTUI(c.Context(), app)
		},
	}
}

// runTUI shows the first screen, does what is chosen there, and comes back to it.
func runTUI(ctx context.Context, app *App) error {
	for ctx.Err() == nil {
		data, err := homeData(app)
		if err != nil {
			return err
		}
		choice, err := tui.Home(ctx, app.tuiOptions(), data)
		if err != nil || choice.Do == tui.ChooseLeave {
			return err
		}
		if err := app.follow(ctx, choice); err != nil {
			return err
		}
		if _, err := app.ask(ctx, "\nEnter goes back to the list: "); err != nil {
			return nil //nolint:nilerr // the input ended, and with it the session
		}
	}
	return context.Cause(ctx)
}

// follow does what was chosen. A verdict is part of the answer and no reason to
// leave; other errors are shown and the list comes back.
func (a *App) follow(ctx context.Context, c tui.Choice) error {
	var err error
	switch c.Do {
	case tui.ChooseRun:
		err = runDrill(ctx, a, DrillRunOptions{Runbook: c.Name, Seed: 1, Progress: "tui", Pace: demoPace})
	case tui.ChooseReplay:
		err = runDrillReplay(ctx, a, DrillReplayOptions{Dir: c.Name, Progress: "tui", Pace: demoPace})
	case tui.ChoosePlan:
		err = a.command(ctx, "drill", "lint", c.Name)
	case tui.ChooseKey:
		err = a.command(ctx, "key", "show", c.Name)
	case tui.ChooseLeave:
	}
	if ctx.Err() != nil {
		return err
	}
	a.fail(err)
	return nil
}

// command runs another command line in this process, with the global flags that
// this one was given.
func (a *App) command(ctx context.Context, args ...string) error {
	args = append(args, a.globalArgs...)
	root := tree(a) //nolint:contextcheck // commands get the context when they are executed
	root.SetArgs(args)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	return root.ExecuteContext(ctx)
}

// homeData collects what the first screen offers. A runbook or a run that can't
// be read is left out: its own command says why.
func homeData(app *App) (tui.HomeData, error) {
	data := tui.HomeData{Version: buildVersion().Version, Where: "SIMULATOR " + app.Config.Target, Live: app.Config.Target == "aws"}
	if data.Live {
		data.Where = "LIVE AWS " + app.Config.Profile
	}
	rows, err := shippedRunbooks()
	if err != nil {
		return data, err
	}
	for _, r := range rows {
		data.Drills = append(data.Drills, tui.HomeDrill{Name: r.Name, About: r.About, Steps: r.Steps})
	}
	if data.Runs, err = recentRuns(app.Config.RunsDir); err != nil {
		return data, err
	}
	data.Keys = func(ctx context.Context) ([]tui.HomeKey, error) {
		var keys []tui.HomeKey
		err := app.withCloud(ctx, func(c mrk.Cloud) error {
			fleet, err := mrk.List(ctx, c, mrk.Listing{})
			for _, k := range fleet.Sets {
				keys = append(keys, homeKey(k))
			}
			return err
		})
		return keys, err
	}
	return data, nil
}

func homeKey(k mrk.KeySet) tui.HomeKey {
	out := tui.HomeKey{Name: k.FirstAlias(), ID: k.ID, Primary: k.Primary, State: "Enabled"}
	for _, m := range k.Members {
		out.Regions = append(out.Regions, m.Region)
		if m.State != "Enabled" {
			out.State = m.State
		}
	}
	return out
}

// mostRuns is how many past runs the first screen lists.
const mostRuns = 30

// recentRuns reads the runs in a folder, newest first. There may be none.
func recentRuns(dir string) ([]tui.HomeRun, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list past runs: %w", err)
	}
	var runs []tui.HomeRun
	for _, e := range entries {
		if run, ok := readHomeRun(filepath.Join(dir, e.Name())); ok {
			runs = append(runs, run)
		}
	}
	slices.SortFunc(runs, func(a, b tui.HomeRun) int {
		if c := b.When.Compare(a.When); c != 0 {
			return c
		}
		return strings.Compare(b.Dir, a.Dir)
	})
	return runs[:min(len(runs), mostRuns)], nil
}

// readHomeRun reads the two lines of a journal that tell what a run was: the
// first and the last.
func readHomeRun(dir string) (tui.HomeRun, bool) {
	path := filepath.Join(dir, drill.JournalFile)
	info, err := os.Stat(path)
	if err != nil {
		return tui.HomeRun{}, false
	}
	run := tui.HomeRun{Dir: dir, Runbook: filepath.Base(dir), When: info.ModTime()}
	ends, err := journalEnds(path)
	if err != nil {
		return tui.HomeRun{}, false
	}
	if p, err := journal.Payload[journal.Planned](ends[0]); err == nil && ends[0].Kind == journal.DrillPlanned {
		run.Runbook = p.Runbook
	}
	if end, err := journal.Payload[journal.Ended](ends[1]); err == nil && ends[1].Kind == journal.DrillEnded {
		run.Verdict, run.Headline = end.Verdict, end.Headline
	}
	return run, true
}
