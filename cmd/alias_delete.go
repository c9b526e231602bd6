package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newAliasDeleteCmd(app *App) *cobra.Command {
	var o changeOptions
	var in []string
	c := &cobra.Command{
		Use:   "delete ALIAS",
		Short: "Delete an alias in every Region, or in some",
		Long:  `Delete an alias in every Region that has it, or in those of --in. The key stays.`,
		Example: `  mrkctl alias delete alias/old-payments
  mrkctl alias delete alias/payments --in eu-west-1`,
		Args: exactly(1, "an alias"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanAliasDelete(ctx, cloud, args[0], in)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringSliceVar(&in, "in", nil, "Regions to delete it in (default: wherever it is)")
	o.bind(c, false)
	app.completeRegions(c, "in")
	return c
}
