package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimResetCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Empty a simulated world",
		Long:  "Empty a simulated world: its keys, its faults and its trails are gone.",
		Example: `  mrkctl sim reset
  mrkctl sim reset --target sim:./world.db --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimReset(c.Context(), app) },
	}
}

func runSimReset(ctx context.Context, app *App) error {
	return app.withSim(ctx, func(world *control.Client) error {
		if err := app.confirm(ctx, "Every key of this simulated world will be gone.", "reset"); err != nil {
			return err
		}
		if err := world.Reset(ctx); err != nil {
			return err
		}
		app.Note("the world is empty")
		return nil
	})
}
