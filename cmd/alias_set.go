package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newAliasSetCmd(app *App) *cobra.Command {
	var o changeOptions
	var in []string
	var all, steal bool
	c := &cobra.Command{
		Use:   "set ALIAS KEY",
		Short: "Let an alias name a key in each of its Regions",
		Long: `Let an alias name a key: in every Region that has a member, or in those of --in.
KMS does not copy aliases, so a replica without one is not found by callers that
use it.

All Regions are looked at before any is changed. An alias that names another key
there is not taken from it without --steal.`,
		Example: `  mrkctl alias set alias/payments mrk-1234abcd12ab34cd56ef1234567890ab --all-regions
  mrkctl alias set alias/payments alias/old-payments --in eu-west-1`,
		Args: exactly(2, "an alias and a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanAlias(ctx, cloud, args[1], args[0], in, steal)
			})
		},
		ValidArgsFunction: app.completeKeysAt(1),
	}
	c.Flags().StringSliceVar(&in, "in", nil, "Regions to set it in (default: every Region with a member)")
	c.Flags().BoolVar(&all, "all-regions", false, "every Region with a member, which is the default")
	c.Flags().BoolVar(&steal, "steal", false, "take the alias from another key")
	c.MarkFlagsMutuallyExclusive("in", "all-regions")
	o.bind(c, false)
	app.completeRegions(c, "in")
	return c
}
