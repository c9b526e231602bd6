package cmd

import (
	"context"
	"fmt"
	"maps"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// KeyCreateOptions are the options of "key create".
type KeyCreateOptions struct {
	changeOptions
	mrk.Creation
	PolicyFile string
	Like       string
	Custody    mrk.Custody
}

func newKeyCreateCmd(app *App) *cobra.Command {
	var o KeyCreateOptions
	c := &cobra.Command{
		Use:   "create",
		Short: "Create a multi-Region key, its replicas and its alias in each Region",
		Long: `Create a multi-Region key, replicate it and let an alias name it in every Region.

The first of --regions holds the primary. Each replica gets the key policy of the
primary, rendered for its Region: KMS itself would give it the default policy.

The command can be repeated. After an interruption it finds the key by the alias,
or by the tag mrkctl:creating which a key has until it is complete, and goes on.`,
		Example: `  mrkctl key create --alias alias/payments --regions us-east-1,eu-west-1
  mrkctl key create --alias alias/audit --regions eu-west-1 --rotate-every 90 --tag team=risk
  mrkctl key create --alias alias/pay --regions us-east-1,eu-west-1 \
    --custodian arn:aws:iam::111122223333:role/custodian --user arn:aws:iam::111122223333:role/app
  mrkctl key create --alias alias/copy --regions us-east-1,eu-west-1 --like alias/payments
  mrkctl key create --alias alias/payments --regions us-east-1 --plan-out create.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runKeyCreate(c.Context(), app, o) },
	}
	f := c.Flags()
	f.StringVar(&o.Alias, "alias", "", "alias that names the key in every Region (needed)")
	f.StringSliceVar(&o.Regions, "regions", nil, "Regions of the members, the primary's first (needed)")
	f.StringVar(&o.Spec, "spec", "", "key spec (default SYMMETRIC_DEFAULT)")
	f.StringVar(&o.Usage, "usage", "", "what the key is for; needed for RSA and ECC_NIST specs, which have several")
	f.StringVar(&o.Origin, "origin", "", "AWS_KMS, or EXTERNAL for imported key material (default AWS_KMS)")
	f.StringVar(&o.Description, "description", "", "description of every member")
	f.StringVar(&o.PolicyFile, "policy", "", "file with the key policy, written for the primary's Region")
	f.StringSliceVar(&o.Custody.Custodians, "custodian", nil, "ARN of who manages the key and can't use it; makes the policy")
	f.StringSliceVar(&o.Custody.Users, "user", nil, "ARN of who uses the key and can't manage it; makes the policy")
	f.StringToStringVar(&o.Tags, "tag", nil, "tag of every member: name=value")
	f.IntVar(&o.RotateDays, "rotate-every", 0, "rotate automatically every so many days, 90 to 2560")
	f.StringVar(&o.Like, "like", "", "take spec, usage, policy, description, tags and rotation from this key")
	f.BoolVar(&o.Bypass, "bypass-policy-lockout-safety-check", false, "let KMS accept a policy that locks you out")
	c.MarkFlagsMutuallyExclusive("policy", "custodian")
	c.MarkFlagsMutuallyExclusive("policy", "user")
	o.bind(c, true)
	complete(c, "spec", mrk.Specs()...)
	complete(c, "usage", "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE")
	complete(c, "origin", "AWS_KMS", "EXTERNAL")
	app.completeRegions(c, "regions")
	return c
}

func runKeyCreate(ctx context.Context, app *App, o KeyCreateOptions) error {
	if o.Alias == "" {
		return usageErrorf("which alias is to name the key? give --alias alias/NAME")
	}
	if len(o.Regions) == 0 {
		return usageErrorf("where is the key to be? give --regions, the primary's first")
	}
	if o.RotateDays != 0 && (o.RotateDays < 90 || o.RotateDays > 2560) {
		return usageErrorf("--rotate-every %d: KMS takes 90 to 2560 days", o.RotateDays)
	}
	o.Creation.NoWait = o.noWait
	if o.PolicyFile != "" {
		text, err := readPolicyFile(o.PolicyFile, o.Bypass)
		if err != nil {
			return err
		}
		o.Policy = text
	}
	if len(o.Custody.Custodians)+len(o.Custody.Users) > 0 {
		text, err := o.Custody.Policy()
		if err != nil {
			return err
		}
		o.Policy = text
	}
	return app.change(ctx, o.changeOptions, approveYes, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		want := o.Creation
		if o.Like != "" {
			like, err := mrk.Read(ctx, c, o.Like)
			if err != nil {
				return mrk.Plan{}, err
			}
			if err := takeAfter(&want, like); err != nil {
				return mrk.Plan{}, err
			}
		}
		return mrk.PlanCreate(ctx, c, want)
	})
}

// takeAfter fills in what was not given from another key.
func takeAfter(want *mrk.Creation, like mrk.KeySet) error {
	m, ok := like.Member(like.Primary)
	if !ok || !m.Reached() {
		return fmt.Errorf("the key to take after, %s, could not be read in %s", like.ID, like.Primary)
	}
	for _, field := range []struct {
		to   *string
		from string
	}{{&want.Spec, m.Spec}, {&want.Usage, m.Usage}, {&want.Origin, m.Origin}, {&want.Description, m.Description}} {
		if *field.to == "" {
			*field.to = field.from
		}
	}
	if want.Policy == "" {
		policy, err := mrk.RenderPolicy(m.Policy, m.Region, want.Regions[0])
		if err != nil {
			return err
		}
		want.Policy = policy
	}
	if len(want.Tags) == 0 {
		want.Tags = maps.Clone(m.Tags)
		maps.DeleteFunc(want.Tags, func(name, _ string) bool { return mrk.ReservedTag(name) })
	}
	if want.RotateDays == 0 && m.Rotation.Enabled {
		want.RotateDays = m.Rotation.PeriodDays
	}
	return nil
}
