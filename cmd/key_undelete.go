package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newKeyUndeleteCmd(app *App) *cobra.Command {
	var o changeOptions
	var in []string
	var disabled bool
	c := &cobra.Command{
		Use:     "undelete KEY",
		Aliases: []string{"cancel-deletion"},
		Short:   "Keep members that wait for their deletion, and enable them",
		Long: `Keep members that wait for their deletion, and enable them. KMS alone would leave
them disabled.`,
		Example: `  mrkctl key undelete alias/payments
  mrkctl key undelete alias/payments --in eu-west-1 --leave-disabled`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanUndelete(ctx, cloud, args[0], in, disabled)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringSliceVar(&in, "in", nil, "Regions of the members (default: every member)")
	c.Flags().BoolVar(&disabled, "leave-disabled", false, "don't enable them")
	o.bind(c, false)
	app.completeRegions(c, "in")
	return c
}
