package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// KeyReplicateOptions are the options of "key replicate".
type KeyReplicateOptions struct {
	changeOptions
	mrk.Replicating
	Key        string
	PolicyFile string
}

func newKeyReplicateCmd(app *App) *cobra.Command {
	var o KeyReplicateOptions
	c := &cobra.Command{
		Use:   "replicate KEY",
		Short: "Make replicas of a key, or complete the ones there are",
		Long: `Make replicas of a multi-Region key. Each gets the primary's key policy, rendered
for its Region, its aliases, tags and description: KMS copies none of them.

A replica that exists already is adopted and given what it lacks, so the command
can be repeated. KEY may be any member; KMS takes the call at the primary only,
and so that is where it goes.`,
		Example: `  mrkctl key replicate alias/payments --to ap-southeast-2
  mrkctl key replicate mrk-1234abcd12ab34cd56ef1234567890ab --to eu-west-1,eu-central-1 --no-wait`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key = args[0]
			return runKeyReplicate(c.Context(), app, o)
		},
		ValidArgsFunction: app.completeKeys,
	}
	f := c.Flags()
	f.StringSliceVar(&o.To, "to", nil, "Regions of the new replicas (needed)")
	f.StringVar(&o.PolicyFile, "policy", "", "file with the key policy, in place of the primary's")
	f.BoolVar(&o.KeepPolicy, "keep-policy", false, "leave the policy of a replica that exists as it is")
	f.BoolVar(&o.Bypass, "bypass-policy-lockout-safety-check", false, "let KMS accept a policy that locks you out")
	o.bind(c, true)
	app.completeRegions(c, "to")
	return c
}

func runKeyReplicate(ctx context.Context, app *App, o KeyReplicateOptions) error {
	if len(o.To) == 0 {
		return usageErrorf("where is the replica to be? give --to REGION")
	}
	o.Replicating.NoWait = o.noWait
	if o.PolicyFile != "" {
		text, err := readPolicyFile(o.PolicyFile, o.Bypass)
		if err != nil {
			return err
		}
		o.Policy = text
	}
	return app.change(ctx, o.changeOptions, approveYes, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanReplicate(ctx, c, o.Key, o.Replicating)
	})
}
