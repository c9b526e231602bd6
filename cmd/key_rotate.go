package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newKeyRotateCmd(app *App) *cobra.Command {
	var o changeOptions
	var again bool
	c := &cobra.Command{
		Use:   "rotate KEY",
		Short: "Rotate the key material now",
		Long: `Rotate the key material now and wait until every member uses the new one. No
member uses it before all of them have it; that takes minutes.

A key can be rotated on demand 25 times in its life. A rotation that is under
way, or was made within the last hour, is not repeated without --again.`,
		Example: `  mrkctl key rotate alias/payments
  mrkctl key rotate alias/payments --no-wait --yes`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanRotate(ctx, cloud, args[0], again, o.noWait)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().BoolVar(&again, "again", false, "rotate although it was done within the last hour")
	o.bind(c, true)
	return c
}
