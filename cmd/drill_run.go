package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/configs"
	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// DrillRunOptions are the options of "drill run".
type DrillRunOptions struct {
	Runbook      string
	Seed         uint64
	Out          string
	Speed        string
	Progress     string
	Pace         float64
	Sabotage     string
	ListSabotage bool
	Approve      []string
	Plan         string
	Vars         map[string]string
}

func newDrillRunCmd(app *App) *cobra.Command {
	var o DrillRunOptions
	c := &cobra.Command{
		Use:   "run RUNBOOK",
		Short: "Run a drill and write its report",
		Long: `Run the drill that a runbook describes, watch it, and write down what happened.

The target is a simulated cloud made for this one run, unless --target names
another. On virtual time (the default there) a day passes in seconds, and the
same runbook and seed give the same journal and report to the byte.

RUNBOOK is a file, or the name of a runbook that comes with the program ("mrkctl
drill list" names them).

A sabotage may break what the undo needs as well: the run then ends LEFT DIRTY,
with exit code 7, and the report names what could not be undone.

The folder of the run gets journal.jsonl, history.jsonl and the report as
report.md, report.json, report.html and junit.xml.`,
		Example: `  mrkctl drill run configs/runbooks/region-outage.yaml
  mrkctl drill run region-outage --seed 7 --out runs/seven
  mrkctl drill run region-outage --sabotage two-primaries
  mrkctl drill run region-outage --speed 20x --set standby=us-west-2`,
		Args: func(c *cobra.Command, args []string) error {
			if o.ListSabotage {
				return cobra.NoArgs(c, args)
			}
			return cobra.ExactArgs(1)(c, args)
		},
		ValidArgsFunction: completeRunbooks,
		RunE: func(c *cobra.Command, args []string) error {
			if o.ListSabotage {
				return app.Show(sabotageList())
			}
			o.Runbook = args[0]
			return runDrill(c.Context(), app, o)
		},
	}
	flags := c.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "where every random choice comes from")
	flags.StringVar(&o.Out, "out", "", "folder of the run (default: one in --runs-dir)")
	flags.StringVar(&o.Speed, "speed", "", "virtual, real, or so many times real time: 20x")
	flags.StringVar(&o.Progress, "progress", "", "how to show it: auto, tui, plain, json or quiet")
	flags.Float64Var(&o.Pace, "pace", 0, "hold virtual time back to so many times real time while the drill is watched")
	flags.StringVar(&o.Sabotage, "sabotage", "", "break something on purpose, by its name or that of the check or kind of objective that shall fail")
	flags.BoolVar(&o.ListSabotage, "list-sabotage", false, "list what --sabotage can break")
	flags.StringVar(&o.Plan, "plan", "", "what drill plan --plan-out foretold; the report shows it beside what came")
	flags.StringArrayVar(&o.Approve, "approve", nil, "approve a step beforehand: STEP=NAME, once for each name; *=NAME for every step")
	flags.StringToStringVar(&o.Vars, "set", nil, "set a variable of the runbook: name=value")
	complete(c, "speed", "virtual", "real", "20x")
	complete(c, "progress", "auto", "tui", "plain", "json", "quiet")
	complete(c, "sabotage", sabotageNames()...)
	return c
}

// drillGCPercent lets the heap grow further between collections while a drill
// runs: it makes millions of short-lived calls, and memory is not what it lacks.
const drillGCPercent = 400

// runDrill runs a drill, writes its report and shows the verdict.
func runDrill(ctx context.Context, app *App, o DrillRunOptions) error {
	if app.Env["GOGC"] == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(drillGCPercent))
	}
	book, err := loadRunbook(o.Runbook, o.Vars)
	if err != nil {
		return err
	}
	pace, speed, err := parseSpeed(app.Config.Target, o.Speed)
	if err != nil {
		return err
	}
	world := app.targetOptions()
	world.Seed, world.Speed, world.Regions = o.Seed, pace, book.Regions
	o.Sabotage = drill.SabotageOf(o.Sabotage) // the name of a check or a kind of objective stands for what turns it red
	worldSabotage, err := sabotageOf(o.Sabotage, app.Config.Target)
	if err == nil {
		err = sabotageFits(o.Sabotage, book)
	}
	if err != nil {
		return err
	}
	world.Sabotage = worldSabotage
	t, err := target.Open(ctx, app.Config.Target, world)
	if err != nil {
		return err
	}
	res, err := runOn(ctx, app, t, book, o, speed)
	return errors.Join(err, t.Close(), verdict(res.Exit))
}

// runOn runs a drill in an open world.
func runOn(ctx context.Context, app *App, t *target.Target, book *runbook.Runbook, o DrillRunOptions, speed string) (drill.Result, error) {
	origin, err := originOf(ctx, t)
	if err != nil {
		return drill.Result{}, err
	}
	foretold, err := readPlan(o.Plan)
	if err != nil {
		return drill.Result{}, err
	}
	id := runID(book.Name, speed, o.Seed, time.Now())
	dir := newRunFolder(app, o, book, origin.Account, time.Now())
	w, err := newWatcher(app, o.Progress, o.Pace)
	if err != nil {
		return drill.Result{}, err
	}
	if err := w.asks.expect(o.Approve, speed); err != nil {
		return drill.Result{}, err
	}
	app.onLeave(exitDirty, func() { writeLine(app.Err, leftMidway(dir)) })
	var res drill.Result
	err = w.watch(ctx, func(ctx context.Context, observe func(journal.Event)) error {
		var err error
		res, err = drill.Run(ctx, drill.Options{
			Book: book, Dir: dir, ID: id, Seed: o.Seed, Speed: speed, Version: buildVersion().Version,
			By: starter(app, speed), Sabotage: o.Sabotage, Observe: observe, Approve: w.approver(dir),
			Cloud:    cloudFor(t, origin),
			Foretold: foretold, Locks: app.locksDir(), Halt: app.haltFile(),
		})
		return err
	})
	app.onLeave(exitInterrupt, nil)
	if err != nil {
		err = fmt.Errorf("drill %s: %w", book.Name, err)
		if w.story().Planned.Run == "" {
			return res, err // refused before anything was written
		}
		// One that could not begin has a report too: somebody will ask why.
		if files, unwritten := writeReport(dir, book.Report.Write); unwritten == nil && len(files) > 0 {
			return res, withHint(err, "the report is in %s", dir)
		}
		return res, withHint(err, "what was written so far is in %s", dir)
	}
	files, err := writeReport(dir, book.Report.Write)
	if err != nil {
		return res, err
	}
	return res, app.Show(drillResult(w.story(), res, dir, files))
}

// loadRunbook reads a runbook file, or one of those that come with the program
// when the name is no path and no such file exists. One that can't be run is a
// wrong file.
func loadRunbook(name string, vars map[string]string) (*runbook.Runbook, error) {
	book, err := runbook.Load(name, vars)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\.`) {
		if text, missing := configs.Runbook(name); missing == nil {
			book, err = runbook.Parse(name+".yaml", text, vars)
		} else {
			err = withHint(fmt.Errorf("no file and no shipped runbook is called %q", name), "mrkctl drill list")
		}
	}
	if err != nil {
		return nil, withExit(exitUsage, err)
	}
	return book, nil
}

// parseSpeed reads --speed. Only the embedded simulator has virtual time, and
// there it is the default; the pace is 0 for it, else a multiple of real time.
func parseSpeed(spec, text string) (pace float64, speed string, err error) {
	embedded := spec == "sim" || strings.HasPrefix(spec, "sim:") && !strings.Contains(spec, "://")
	if text == "" {
		text = "real"
		if embedded {
			text = "virtual"
		}
	}
	switch {
	case text == "virtual" && embedded:
		return 0, text, nil
	case text == "virtual":
		return 0, "", usageErrorf("--speed virtual: only the embedded simulator has virtual time; target %s runs on real time", spec)
	case text == "real":
		return 1, text, nil
	}
	times, ok := strings.CutSuffix(text, "x")
	pace, err = strconv.ParseFloat(times, 64)
	if !ok || err != nil || pace <= 0 || pace > 1e6 || math.IsNaN(pace) {
		return 0, "", usageErrorf("--speed: %q is not virtual, real or a multiple of real time such as 20x", text)
	}
	if !embedded && pace != 1 {
		return 0, "", usageErrorf("--speed %s: only the embedded simulator can be sped up", text)
	}
	return pace, text, nil
}

// newRunFolder is where a run is written: --out, else what the runbook says, else a
// new folder among the runs.
func newRunFolder(app *App, o DrillRunOptions, book *runbook.Runbook, account string, now time.Time) string {
	name := now.UTC().Format("20060102T150405Z") + "-" + book.Name
	switch {
	case o.Out != "":
		return o.Out
	case book.Report.To != "":
		return runbook.Late(book.Report.To, map[string]string{"run": name, "account": account})
	}
	return filepath.Join(app.Config.RunsDir, name)
}

// runID names a run. On virtual time it depends on what is run alone, since the
// journal carries it and must be the same to the byte.
func runID(name, speed string, seed uint64, now time.Time) string {
	if speed == "virtual" {
		return fmt.Sprintf("%s-%d", name, seed)
	}
	return now.UTC().Format("20060102T150405Z") + "-" + name
}

// starter is who starts a run. On virtual time nobody: the journal is the same
// to the byte whoever does.
func starter(app *App, speed string) string {
	if speed == "virtual" {
		return ""
	}
	return app.who()
}

func leftMidway(dir string) string {
	return "mrkctl: left in the middle of the drill; what it changed is not undone\n" +
		"  go on with:     mrkctl drill resume " + dir + "\n" +
		"  take it back:   mrkctl drill undo " + dir
}
