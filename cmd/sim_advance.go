package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimAdvanceCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "advance DURATION",
		Short: "Let time pass in a simulated world",
		Long: `Let time pass in a simulated world, all at once: what would have happened in
the meantime has happened when the command returns. Waiting periods and
rotations need not be waited for.`,
		Example: `  mrkctl sim advance 10m
  mrkctl sim advance 170h`,
		Args: exactly(1, "a duration, like 10m or 170h"),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := time.ParseDuration(args[0])
			if err != nil || d < 0 {
				return usageErrorf("%q is not a duration like 10m or 170h", args[0])
			}
			return runSimAdvance(c.Context(), app, d)
		},
	}
}

func runSimAdvance(ctx context.Context, app *App, d time.Duration) error {
	return app.withSim(ctx, func(world *control.Client) error {
		if err := world.Advance(ctx, d); err != nil {
			return err
		}
		s, err := world.Status(ctx)
		if err != nil {
			return err
		}
		app.Note("the world's time is %s", s.Now.Format(time.RFC3339))
		return nil
	})
}
