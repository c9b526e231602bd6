package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newGrantSyncCmd(app *App) *cobra.Command {
	var o changeOptions
	var from string
	var prune bool
	c := &cobra.Command{
		Use:   "sync KEY",
		Short: "Give every member the grants of the primary",
		Long: `Give every member the grants of the primary, or of the member in --from. Grants of
AWS services stay as they are: services make their own in each Region.`,
		Example: `  mrkctl grant sync alias/payments
  mrkctl grant sync alias/payments --prune`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanGrantSync(ctx, cloud, args[0], from, prune)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&from, "from", "", "Region whose member the others follow (default: the primary's)")
	c.Flags().BoolVar(&prune, "prune", false, "revoke grants that only others have")
	o.bind(c, false)
	app.completeRegions(c, "from")
	return c
}
