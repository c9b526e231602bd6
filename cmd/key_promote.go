package cmd

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func newKeyPromoteCmd(app *App) *cobra.Command {
	var o changeOptions
	var to, state string
	c := &cobra.Command{
		Use:   "promote KEY",
		Short: "Make a replica the primary",
		Long: `Make the replica in --to the primary. Both members must be Enabled. They read
Updating for some seconds and go on encrypting and decrypting.

KMS takes this at the current primary only. While its Region is dark nobody can
promote, and nobody needs to in order to encrypt and decrypt: replicas do that
by themselves.

Before it asks, both members are read: they have to be Enabled, and both key
policies have to let somebody do it. The call itself has no dry run. Tags that
tell of CloudFormation or Terraform are pointed out; with --tfstate the steps are
named that keep Terraform from replacing keys.`,
		Example: `  mrkctl key promote alias/payments --to eu-west-1
  mrkctl key promote alias/payments --to eu-west-1 --tfstate terraform.tfstate
  mrkctl key promote alias/payments --to eu-west-1 --no-wait --yes`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return runKeyPromote(c.Context(), app, o, args[0], to, state)
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&to, "to", "", "Region of the replica that becomes the primary (needed)")
	c.Flags().StringVar(&state, "tfstate", "", "Terraform state file: say what to do to it before its next plan")
	o.bind(c, true)
	app.completeRegions(c, "to")
	return c
}

func runKeyPromote(ctx context.Context, app *App, o changeOptions, key, to, state string) error {
	if to == "" {
		return usageErrorf("which replica is to become the primary? give --to REGION")
	}
	p := mrk.Promoting{To: to, NoWait: o.noWait}
	if state != "" {
		raw, err := os.ReadFile(state)
		if err != nil {
			return withExit(exitUsage, fmt.Errorf("read the Terraform state: %w", err))
		}
		if p.State, err = mrk.TerraformState(raw); err != nil {
			return fmt.Errorf("%s: %w", state, err)
		}
	}
	return app.change(ctx, o, approveYes, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanPromote(ctx, c, key, p)
	})
}
