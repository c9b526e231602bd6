package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newGrantListCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list KEY",
		Short: "List the grants of every member",
		Long: `List the grants of every member. KMS does not copy grants: one made in a Region is
good in that Region only.`,
		Example: `  mrkctl grant list alias/payments
  mrkctl grant list alias/payments -o json`,
		Args:              exactly(1, "a key"),
		RunE:              func(c *cobra.Command, args []string) error { return runGrantList(c.Context(), app, args[0]) },
		ValidArgsFunction: app.completeKeys,
	}
}

// grantAt is a grant of one member.
type grantAt struct {
	Region string `json:"region"`
	mrk.Grant
}

func runGrantList(ctx context.Context, app *App, key string) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		set, err := mrk.Read(ctx, c, key, mrk.GrantPart)
		if err != nil {
			return err
		}
		doc := report.Document{Kind: "grant-list", Columns: report.Columns("GRANT", "REGION", "NAME", "GRANTEE", "OPERATIONS")}
		list := []grantAt{}
		for _, m := range set.Members {
			for _, g := range m.Grants {
				list = append(list, grantAt{m.Region, g})
				doc.Rows = append(doc.Rows, []string{brief(g.ID), m.Region, g.Name, g.Grantee, strings.Join(g.Operations, ", ")})
			}
			if !m.Reached() || len(m.Problems) > 0 {
				app.Note("the grants in %s could not be read: %s", m.Region, whyNot(m))
			}
		}
		doc.Data = list
		if err := app.Show(doc); err != nil {
			return err
		}
		return incomplete(set)
	})
}
