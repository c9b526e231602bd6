package cmd

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/fuzz"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// DrillFuzzOptions are the options of "drill fuzz".
type DrillFuzzOptions struct {
	Seed     uint64
	Runs     int
	Acts     int
	Sabotage string
	Out      string
}

func newDrillFuzzCmd(app *App) *cobra.Command {
	var o DrillFuzzOptions
	c := &cobra.Command{
		Use:   "fuzz",
		Short: "Make drills up at random until one fails, and cut that one down",
		Long: `Make drills up: promote, rotate, replicate, disable, delete, outage and lag in
an order drawn at random, on a simulated cloud of their own and on virtual time.
What each act leads to is held against what AWS promises, and the checks of the
drill against the whole run.

A drill that fails is cut down to the acts that it takes to fail, and written as
a runbook that "mrkctl drill run" can repeat. The exit code is then 1.`,
		Example: `  mrkctl drill fuzz --runs 200
  mrkctl drill fuzz --sabotage rotation-forgets-old-material --out found.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDrillFuzz(c.Context(), app, o) },
	}
	flags := c.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "where every random choice comes from")
	flags.IntVar(&o.Runs, "runs", 100, "how many drills to make up at most")
	flags.IntVar(&o.Acts, "acts", 25, "how many acts each of them has")
	flags.StringVar(&o.Sabotage, "sabotage", "", "break something in the simulated cloud, to see it found")
	flags.StringVar(&o.Out, "out", "", "file for the runbook of what is found (default: fuzz-SEED.yaml)")
	complete(c, "sabotage", sabotageNames()...)
	return c
}

// drillFuzzed is the answer of "drill fuzz" as JSON.
type drillFuzzed struct {
	Seed     uint64 `json:"seed"`
	Drills   int    `json:"drills"`
	Steps    int    `json:"steps"`
	Found    bool   `json:"found"`
	Headline string `json:"headline,omitempty"`
	Acts     int    `json:"acts,omitempty"` // that are left
	Of       int    `json:"of,omitempty"`
	World    uint64 `json:"world_seed,omitempty"`
	Runbook  string `json:"runbook,omitempty"` // file
}

func runDrillFuzz(ctx context.Context, app *App, o DrillFuzzOptions) error {
	if o.Runs < 1 || o.Acts < 1 {
		return usageErrorf("--runs and --acts: want 1 or more, got %d and %d", o.Runs, o.Acts)
	}
	if app.Config.Target != "sim" {
		return withExit(exitRefused, fmt.Errorf("drill fuzz runs on simulated clouds of its own, not on target %s", app.Config.Target))
	}
	broken, err := sabotageOf(o.Sabotage, "sim")
	if err != nil {
		return err
	}
	if o.Sabotage != "" && broken == nil {
		return usageErrorf("--sabotage %s: the drill does that, not the simulated cloud", o.Sabotage)
	}
	res, err := fuzz.Search(ctx, fuzz.Options{
		Seed: o.Seed, Runs: o.Runs, Length: o.Acts, Version: buildVersion().Version, Sabotage: o.Sabotage,
		Open: func(ctx context.Context, seed uint64, regions []string) (drill.Cloud, func() error, error) {
			return fuzzWorld(ctx, target.Options{Seed: seed, Regions: regions, Sabotage: broken})
		},
		Tell: func(done int, headline string) {
			if done%25 == 0 || done == o.Runs {
				app.Note("%d of %d drills; the last: %s", done, o.Runs, headline)
			}
		},
	})
	if err != nil {
		return err
	}
	out := drillFuzzed{Seed: o.Seed, Drills: res.Runs, Steps: res.Steps}
	doc := report.Document{Kind: "drill-fuzz", Title: fmt.Sprintf("PASSED  %d drills of %d steps, nothing found", res.Runs, res.Steps)}
	if f := res.Found; f != nil {
		path := o.Out
		if path == "" {
			path = fmt.Sprintf("fuzz-%d.yaml", f.Seed)
		}
		if err := os.WriteFile(path, f.Runbook, 0o644); err != nil {
			return fmt.Errorf("write the runbook of what was found: %w", err)
		}
		out.Found, out.Headline, out.Acts, out.Of, out.World, out.Runbook = true, f.Headline, len(f.Acts), f.Of, f.Seed, path
		doc.Title = fmt.Sprintf("FOUND  in drill %d: %s", f.Run, f.Headline)
		doc.Notes = []string{
			fmt.Sprintf("%d of its %d acts are left, in %s", len(f.Acts), f.Of, path),
			"see it again: mrkctl drill run " + path + fmt.Sprintf(" --seed %d", f.Seed) + sabotageWords(o.Sabotage),
		}
	}
	doc.Data = out
	if err := app.Show(doc); err != nil || !out.Found {
		return err
	}
	return verdict(exitError)
}

func sabotageWords(name string) string {
	if name == "" {
		return ""
	}
	return " --sabotage " + name
}

// fuzzWorld opens a simulated cloud for one drill.
func fuzzWorld(ctx context.Context, o target.Options) (drill.Cloud, func() error, error) {
	t, err := target.Open(ctx, "sim", o)
	if err != nil {
		return drill.Cloud{}, nil, err
	}
	origin, err := originOf(ctx, t)
	if err != nil {
		return drill.Cloud{}, nil, err
	}
	return cloudFor(t, origin), t.Close, nil
}
