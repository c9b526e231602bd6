package cmd

import (
	"github.com/spf13/cobra"
)

// demoPace is how many times faster than real time a drill is shown to people
// who want to follow it: twenty-five minutes in half a minute.
const demoPace = 60

func newDemoCmd(app *App) *cobra.Command {
	o := DrillRunOptions{Runbook: "region-outage"}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Watch a Region go away, on a simulated cloud",
		Long: `Run the drill that comes with the program on a simulated cloud: us-east-1 goes
dark, eu-west-1 carries on alone, and later becomes the primary. It needs no
account and changes nothing but the folder that it writes its report to.

On a terminal it is slowed down so that you can follow; q leaves the picture and
lets it run to its end.`,
		Example: `  mrkctl demo
  mrkctl demo --pace 300
  mrkctl demo --out my-first-drill`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			app.Config.Target = "sim"
			return runDrill(c.Context(), app, o)
		},
	}
	flags := c.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "where every random choice comes from")
	flags.StringVar(&o.Out, "out", "", "folder of the run (default: one in --runs-dir)")
	flags.Float64Var(&o.Pace, "pace", demoPace, "how many times faster than real time to show it")
	flags.StringVar(&o.Progress, "progress", "", "how to show it: auto, tui, plain, json or quiet")
	complete(c, "progress", "auto", "tui", "plain", "json", "quiet")
	return c
}
