package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
	"github.com/mrkctl/mrkctl/pkg/tui"
)

// DrillReplayOptions are the options of "drill replay".
type DrillReplayOptions struct {
	Dir      string
	Progress string
	Pace     float64
}

func newDrillReplayCmd(app *App) *cobra.Command {
	var o DrillReplayOptions
	c := &cobra.Command{
		Use:   "replay DIR",
		Short: "Watch a drill again from its journal",
		Long: `Show a drill that is over (or one that runs elsewhere, as far as it is) in the
same pictures. Nothing is called; the journal is all it needs.`,
		Example: `  mrkctl drill replay mrkctl-runs/20261124T093000Z-region-outage
  mrkctl drill replay my-first-drill --pace 300
  mrkctl drill replay my-first-drill --progress plain`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Dir = args[0]
			return runDrillReplay(c.Context(), app, o)
		},
	}
	c.Flags().StringVar(&o.Progress, "progress", "", "how to show it: auto, tui, plain, json or quiet")
	c.Flags().Float64Var(&o.Pace, "pace", demoPace, "how many times faster than real time to show it; 0 shows the end")
	complete(c, "progress", "auto", "tui", "plain", "json", "quiet")
	return c
}

func runDrillReplay(ctx context.Context, app *App, o DrillReplayOptions) error {
	path := o.Dir
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, drill.JournalFile)
	}
	events, err := journal.Read(path)
	if err != nil {
		return withExit(exitUsage, err)
	}
	w, err := newWatcher(app, o.Progress, o.Pace)
	if err != nil {
		return err
	}
	var story progress.Story
	for _, e := range events {
		if err := story.Apply(e); err != nil {
			return withExit(exitUsage, err)
		}
	}
	if w.tui {
		t := app.tuiOptions()
		t.Pace = o.Pace
		if err := tui.Replay(ctx, t, events); err != nil {
			return err
		}
	} else {
		for _, e := range events {
			w.writer.Observe(e)
		}
		_ = w.behind.Flush() // a reader who has gone misses the rest
	}
	if story.Ended == nil {
		app.Note("this drill has no end in its journal; mrkctl drill resume %s goes on with it", o.Dir)
		return verdict(exitUnknown)
	}
	res := drill.Result{Verdict: story.Ended.Verdict, Exit: story.Ended.Exit, Headline: story.Ended.Headline}
	return errors.Join(app.Show(drillResult(&story, res, o.Dir, nil)), verdict(res.Exit))
}
