package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newPolicyGetCmd(app *App) *cobra.Command {
	var in string
	c := &cobra.Command{
		Use:   "get KEY",
		Short: "Print the key policy of a member",
		Long: `Print the key policy of the primary, or of the member in --in, as KMS has it. With
-o json the policies of all members are printed with their hashes.`,
		Example: `  mrkctl policy get alias/payments > policy.json
  mrkctl policy get alias/payments --in eu-west-1`,
		Args:              exactly(1, "a key"),
		RunE:              func(c *cobra.Command, args []string) error { return runPolicyGet(c.Context(), app, args[0], in) },
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&in, "in", "", "Region of the member (default: the primary's)")
	app.completeRegions(c, "in")
	return c
}

// policyOfOne is the policy of one member.
type policyOfOne struct {
	Region string       `json:"region"`
	Role   string       `json:"role,omitempty"`
	SHA    string       `json:"sha256,omitempty"`
	Policy string       `json:"policy,omitempty"`
	Failed *mrk.Problem `json:"failed,omitempty"`
}

func runPolicyGet(ctx context.Context, app *App, key, in string) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		set, err := mrk.Read(ctx, c, key, mrk.PolicyPart)
		if err != nil {
			return err
		}
		if in == "" {
			in = set.Primary
		}
		m, ok := set.Member(in)
		if !ok {
			return fmt.Errorf("%s has no member in %s; it has them in %s", set.ID, in, strings.Join(set.Regions(), ", "))
		}
		if app.Config.Output == string(report.FormatTable) {
			if m.Policy == "" {
				return fmt.Errorf("the key policy of %s in %s could not be read: %s", set.ID, in, whyNot(m))
			}
			return app.print(strings.TrimSuffix(m.Policy, "\n") + "\n")
		}
		doc := report.Document{Kind: "policy", Columns: report.Columns("REGION", "ROLE", "SHA256")}
		list := []policyOfOne{}
		for _, m := range set.Members {
			one := policyOfOne{Region: m.Region, Role: m.Role, SHA: m.PolicySHA, Policy: m.Policy, Failed: m.Unreachable}
			if len(m.Problems) > 0 {
				one.Failed = &m.Problems[0]
			}
			list = append(list, one)
			doc.Rows = append(doc.Rows, []string{m.Region, m.Role, m.PolicySHA})
		}
		doc.Data = list
		if err := app.Show(doc); err != nil {
			return err
		}
		return incomplete(set)
	})
}

// whyNot says why a part of a member is missing.
func whyNot(m mrk.Member) string {
	if len(m.Problems) > 0 {
		return m.Problems[0].Code + " " + m.Problems[0].Message
	}
	return m.Words()
}
