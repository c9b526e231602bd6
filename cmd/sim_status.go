package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimStatusCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how a simulated world is doing: its time, its Regions, its faults",
		Long:  "Show how a simulated world is doing; see mrkctl help worlds for which.",
		Example: `  mrkctl sim status
  mrkctl sim status --target sim:http://127.0.0.1:4600 -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimStatus(c.Context(), app) },
	}
}

func runSimStatus(ctx context.Context, app *App) error {
	return app.withSim(ctx, func(world *control.Client) error {
		s, err := world.Status(ctx)
		if err != nil {
			return err
		}
		return app.Show(simStatusDocument(s))
	})
}

func simStatusDocument(s control.Status) report.Document {
	doc := report.Document{
		Kind: "sim-status", Data: s,
		Columns: report.Columns("REGION", "KEYS", "PRIMARIES", "REPLICAS", "ALIASES", "TRAIL RECORDS"),
		Notes: []string{
			fmt.Sprintf("account %s, world time %s (%s ahead of the wall clock)", s.Account, s.Now.Format(time.RFC3339), time.Duration(s.Ahead).Round(time.Second)),
			"latency " + onOff(s.Latency),
		},
	}
	for _, r := range s.Regions {
		doc.Rows = append(doc.Rows, []string{
			r.Region, strconv.Itoa(r.Keys), strconv.Itoa(r.Primaries),
			strconv.Itoa(r.Replicas), strconv.Itoa(r.Aliases), strconv.Itoa(r.TrailRecords),
		})
	}
	if len(s.Regions) == 0 {
		doc.Notes = append(doc.Notes, "no keys yet")
	}
	if s.Next != nil {
		doc.Notes = append(doc.Notes, "next event of its own at "+s.Next.Format(time.RFC3339))
	}
	if len(s.Faults) > 0 {
		faults := report.Table{Title: "Active faults", Columns: report.Columns("NAME", "KIND", "IN", "LOOKS", "ENDS")}
		for _, f := range s.Faults {
			faults.Rows = append(faults.Rows, faultRow(f))
		}
		doc.More = append(doc.More, faults)
	}
	return doc
}

func faultRow(f control.ActiveFault) []string {
	where := strings.Join(f.In, ",")
	if where == "" {
		where = "everywhere"
	}
	return []string{f.Name, f.Kind, where, f.Looks, f.Ends.Format(time.RFC3339)}
}
