package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimFaultStopCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "stop NAME",
		Short:   "End a fault before its time",
		Long:    "End a fault before its time. One that has ended by itself is no error.",
		Example: `  mrkctl sim fault stop region-outage`,
		Args:    exactly(1, "the fault's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.withSim(c.Context(), func(world *control.Client) error { return runSimFaultStop(c.Context(), app, world, args[0]) })
		},
	}
}

func runSimFaultStop(ctx context.Context, app *App, world *control.Client, name string) error {
	if err := world.StopFault(ctx, name); err != nil {
		return err
	}
	app.Note("fault %s is off", name)
	return nil
}
