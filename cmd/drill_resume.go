package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// DrillResumeOptions are the options of "drill resume" and "drill undo".
type DrillResumeOptions struct {
	Dir      string
	Runbook  string
	Progress string
}

func newDrillResumeCmd(app *App) *cobra.Command {
	return goOnCmd(app, "resume DIR", "Go on with a drill whose process died",
		`Go on with the drill in DIR where its journal ends.

A step that was completed is not done again. The one that was under way is
looked at first: when what it expects is so already, it counts as done. The
runbook must be the one that the run began with.

A drill on virtual time has lost its simulated world with its process. Its seed
makes the same world again, so the run is lived again up to where the journal
ends, held against it line by line, and then goes on.`,
		"  mrkctl drill resume mrkctl-runs/20261124T090000Z-region-outage", drill.Resume)
}

func newDrillUndoCmd(app *App) *cobra.Command {
	return goOnCmd(app, "undo DIR", "Take back what a drill did whose process died",
		`Take back what the drill in DIR did, the last step first, and compare the keys
with the snapshot that it took at its beginning.

Each step is looked at before it is taken back. One that never took effect is
left alone; one that can't be taken back does not keep the others from it.`,
		"  mrkctl drill undo mrkctl-runs/20261124T090000Z-region-outage", drill.TakeBack)
}

func newDrillResealCmd(app *App) *cobra.Command {
	return goOnCmd(app, "reseal DIR", "Judge a drill anew once its audit trails are whole",
		`Read the audit trails of the drill in DIR once more and judge it anew.

CloudTrail delivers some minutes late. Until it holds every call of the run, a
check that needs it answers unknown. The journal keeps both answers.`,
		"  mrkctl drill reseal mrkctl-runs/20261124T090000Z-region-outage --target aws", drill.Reseal)
}

// goOnCmd is a command that works on a run that did not come to its end.
func goOnCmd(app *App, use, short, long, example string, goOn func(context.Context, drill.Options) (drill.Result, error)) *cobra.Command {
	var o DrillResumeOptions
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Dir = args[0]
			return runGoOn(c.Context(), app, o, goOn)
		},
	}
	c.Flags().StringVar(&o.Runbook, "runbook", "", "the runbook file, to be held against the one that the run began with")
	c.Flags().StringVar(&o.Progress, "progress", "", "how to show it: auto, tui, plain, json or quiet")
	complete(c, "progress", "auto", "tui", "plain", "json", "quiet")
	return c
}

// runGoOn opens the world of a run again and goes on with it there.
func runGoOn(ctx context.Context, app *App, o DrillResumeOptions, goOn func(context.Context, drill.Options) (drill.Result, error)) error {
	planned, err := plannedOf(o.Dir)
	if err != nil {
		return err
	}
	book, err := bookOf(planned, o.Runbook)
	if err != nil {
		return err
	}
	world, err := worldOf(app, planned, book)
	if err != nil {
		return err
	}
	t, err := target.Open(ctx, app.Config.Target, world)
	if err != nil {
		return err
	}
	origin, err := originOf(ctx, t)
	if err != nil {
		return errors.Join(err, t.Close())
	}
	if origin.Kind != planned.Target.Kind || origin.Account != planned.Target.Account {
		return errors.Join(withHint(fmt.Errorf("%s was made on %s, account %s, and this target is %s, account %s", o.Dir, planned.Target.Kind, planned.Target.Account, origin.Kind, origin.Account),
			"name the target of the run with --target"), t.Close())
	}
	w, err := newWatcher(app, o.Progress, 0)
	if err != nil {
		return errors.Join(err, t.Close())
	}
	if err := w.asks.expect(nil, planned.Speed); err != nil {
		return errors.Join(err, t.Close())
	}
	before, err := journal.Tail(filepath.Join(o.Dir, drill.JournalFile))
	if err != nil {
		return errors.Join(err, t.Close())
	}
	for _, e := range before {
		w.recall(e)
	}
	app.onLeave(exitDirty, func() { writeLine(app.Err, leftMidway(o.Dir)) })
	var res drill.Result
	err = w.watch(ctx, func(ctx context.Context, observe func(journal.Event)) error {
		var err error
		res, err = goOn(ctx, drill.Options{
			Book: book, Dir: o.Dir, ID: planned.Run, Seed: planned.Seed, Speed: planned.Speed, Version: planned.Version,
			By: planned.By, Sabotage: planned.Sabotage, Observe: observe, Approve: w.approver(o.Dir), Cloud: cloudFor(t, origin),
			Locks: app.locksDir(), Halt: app.haltFile(),
		})
		return err
	})
	app.onLeave(exitInterrupt, nil)
	if err != nil {
		return errors.Join(err, t.Close())
	}
	files, err := writeReport(o.Dir, book.Report.Write)
	if err == nil {
		err = app.Show(drillResult(w.story(), res, o.Dir, files))
	}
	return errors.Join(err, t.Close(), verdict(res.Exit))
}

// plannedOf reads what a run was to do.
func plannedOf(dir string) (journal.Planned, error) {
	events, err := journal.Tail(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		return journal.Planned{}, err
	}
	if len(events) == 0 || events[0].Kind != journal.DrillPlanned {
		return journal.Planned{}, fmt.Errorf("%s: the journal does not say what was planned: nothing was begun", dir)
	}
	return journal.Payload[journal.Planned](events[0])
}

// bookOf is the runbook that a run began with; a file that is named must be that.
func bookOf(planned journal.Planned, file string) (*runbook.Runbook, error) {
	if file != "" {
		return loadRunbook(file, planned.Vars)
	}
	return runbook.Parse(planned.Runbook+".yaml", []byte(planned.Source), planned.Vars)
}

// worldOf are the options that make the world of a run again.
func worldOf(app *App, planned journal.Planned, book *runbook.Runbook) (target.Options, error) {
	world := app.targetOptions()
	world.Seed, world.Regions = planned.Seed, book.Regions
	pace, _, err := parseSpeed(app.Config.Target, planned.Speed)
	if err != nil {
		return world, err
	}
	world.Speed = pace
	world.Sabotage, err = sabotageOf(planned.Sabotage, app.Config.Target)
	return world, err
}

// cloudFor is an open target as a drill wants it.
func cloudFor(t *target.Target, origin journal.Origin) drill.Cloud {
	return drill.Cloud{Client: t.Client, Clock: t.Clock(), Run: t.Run, Origin: origin, Lab: t.Lab(), Passing: t.Passing()}
}
