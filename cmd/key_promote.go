package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newKeyPromoteCmd(app *App) *cobra.Command {
	var o changeOptions
	var to string
	c := &cobra.Command{
		Use:   "promote KEY",
		Short: "Make a replica the primary",
		Long: `Make the replica in --to the primary. Both members must be Enabled. They read
Updating for some seconds and go on encrypting and decrypting.

KMS takes this at the current primary only. While its Region is dark nobody can
promote, and nobody needs to in order to encrypt and decrypt: replicas do that
by themselves.`,
		Example: `  mrkctl key promote alias/payments --to eu-west-1
  mrkctl key promote alias/payments --to eu-west-1 --no-wait --yes`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return runKeyPromote(c.Context(), app, o, args[0], to)
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&to, "to", "", "Region of the replica that becomes the primary (needed)")
	o.bind(c, true)
	app.completeRegions(c, "to")
	return c
}

func runKeyPromote(ctx context.Context, app *App, o changeOptions, key, to string) error {
	if to == "" {
		return usageErrorf("which replica is to become the primary? give --to REGION")
	}
	return app.change(ctx, o, approveYes, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanPromote(ctx, c, key, to, o.noWait)
	})
}
