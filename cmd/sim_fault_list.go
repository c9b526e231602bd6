package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimFaultListCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the faults that are on",
		Example: `  mrkctl sim fault list
  mrkctl sim fault list -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimFaultList(c.Context(), app) },
	}
}

func runSimFaultList(ctx context.Context, app *App) error {
	return app.withSim(ctx, func(world *control.Client) error {
		s, err := world.Status(ctx)
		if err != nil {
			return err
		}
		doc := report.Document{Kind: "sim-fault-list", Columns: report.Columns("NAME", "KIND", "IN", "LOOKS", "ENDS"), Data: s.Faults}
		for _, f := range s.Faults {
			doc.Rows = append(doc.Rows, faultRow(f))
		}
		if len(s.Faults) == 0 {
			doc.Notes = []string{"no fault is on"}
		}
		return app.Show(doc)
	})
}
