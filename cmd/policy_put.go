package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// PolicyPutOptions are the options of "policy put".
type PolicyPutOptions struct {
	changeOptions
	Key, File, WrittenFor string
	In                    []string
	All, Bypass           bool
}

func newPolicyPutCmd(app *App) *cobra.Command {
	var o PolicyPutOptions
	c := &cobra.Command{
		Use:   "put KEY FILE",
		Short: "Replace the key policy of members",
		Long: `Replace the key policy of the members in --in, or of all with --all-regions.

The document is read strictly first. With --written-for it is rendered for each
member's Region: ARNs and service endpoints of that Region become the member's.`,
		Example: `  mrkctl policy put alias/payments policy.json --in eu-west-1
  mrkctl policy put alias/payments policy.json --all-regions --written-for us-east-1`,
		Args: exactly(2, "a key and a file"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key, o.File = args[0], args[1]
			return runPolicyPut(c.Context(), app, o)
		},
		ValidArgsFunction: app.completeKeys,
	}
	f := c.Flags()
	f.StringSliceVar(&o.In, "in", nil, "Regions of the members")
	f.BoolVar(&o.All, "all-regions", false, "every member")
	f.StringVar(&o.WrittenFor, "written-for", "", "Region that the document is written for; others get it rendered")
	f.BoolVar(&o.Bypass, "bypass-policy-lockout-safety-check", false, "let KMS accept a policy that locks you out")
	c.MarkFlagsMutuallyExclusive("in", "all-regions")
	o.bind(c, false)
	app.completeRegions(c, "in", "written-for")
	return c
}

func runPolicyPut(ctx context.Context, app *App, o PolicyPutOptions) error {
	if len(o.In) == 0 && !o.All {
		return usageErrorf("whose policy is to be replaced? give --in REGION, or --all-regions")
	}
	text, err := readPolicyFile(o.File, o.Bypass)
	if err != nil {
		return err
	}
	say := approveYes
	if o.Bypass {
		say = approveKey // nobody but AWS Support could mend it
	}
	return app.change(ctx, o.changeOptions, say, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanPolicy(ctx, c, o.Key, text, o.In, o.WrittenFor, o.Bypass)
	})
}
