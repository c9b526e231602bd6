package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newAliasSyncCmd(app *App) *cobra.Command {
	var o changeOptions
	var from string
	var steal bool
	c := &cobra.Command{
		Use:   "sync KEY",
		Short: "Give every member the aliases of the primary",
		Long: `Give every member the aliases of the primary, or of the member in --from. Aliases
that only others have are left alone and named.`,
		Example: `  mrkctl alias sync alias/payments
  mrkctl alias sync alias/payments --from eu-west-1`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanAliasSync(ctx, cloud, args[0], from, steal)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&from, "from", "", "Region whose member the others follow (default: the primary's)")
	c.Flags().BoolVar(&steal, "steal", false, "take aliases from other keys")
	o.bind(c, false)
	app.completeRegions(c, "from")
	return c
}
