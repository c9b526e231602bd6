package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newKeyEnableCmd(app *App) *cobra.Command {
	return newKeySwitchCmd(app, true, &cobra.Command{
		Use:   "enable KEY",
		Short: "Make disabled members usable again",
		Long:  `Make disabled members usable again. Each member is enabled for itself.`,
		Example: `  mrkctl key enable alias/payments --in eu-west-1
  mrkctl key enable alias/payments --all-regions`,
	})
}

func newKeyDisableCmd(app *App) *cobra.Command {
	return newKeySwitchCmd(app, false, &cobra.Command{
		Use:   "disable KEY",
		Short: "Make members refuse cryptographic calls",
		Long: `Make members refuse cryptographic calls, each for itself: the others go on. It is
the way to find out who uses a key before it is deleted; enable takes it back.`,
		Example: `  mrkctl key disable alias/payments --in eu-west-1
  mrkctl key disable alias/payments --all-regions`,
	})
}

func newKeySwitchCmd(app *App, on bool, c *cobra.Command) *cobra.Command {
	var o changeOptions
	var in []string
	var all bool
	c.Args = exactly(1, "a key")
	c.ValidArgsFunction = app.completeKeys
	c.RunE = func(c *cobra.Command, args []string) error {
		return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanSwitch(ctx, cloud, args[0], in, all, on)
		})
	}
	c.Flags().StringSliceVar(&in, "in", nil, "Regions of the members")
	c.Flags().BoolVar(&all, "all-regions", false, "every member")
	c.MarkFlagsMutuallyExclusive("in", "all-regions")
	o.bind(c, false)
	app.completeRegions(c, "in")
	return c
}
