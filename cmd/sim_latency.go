package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimLatencyCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "latency on|off",
		Short: "Let calls to a served world take the time of a network, or not",
		Long: `Turn the latency of the modelled network on or off while a world is served, as
"mrkctl sim serve --latency" does from the start. "mrkctl sim status" shows it.`,
		Example:   `  mrkctl sim latency on`,
		Args:      exactly(1, "on or off"),
		ValidArgs: []string{"on", "off"},
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] != "on" && args[0] != "off" {
				return usageErrorf("latency can be on or off, not %q", args[0])
			}
			return runSimLatency(c.Context(), app, args[0] == "on")
		},
	}
}

func runSimLatency(ctx context.Context, app *App, on bool) error {
	return app.withSim(ctx, func(world *control.Client) error {
		if world.HTTP != nil {
			return usageErrorf("only a served world has a network to wait for, and none is served here")
		}
		if err := world.SetLatency(ctx, on); err != nil {
			return err
		}
		app.Note("latency is %s", onOff(on))
		return nil
	})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
