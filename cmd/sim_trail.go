package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

type simTrailOptions struct {
	region string
	since  time.Duration
	limit  int
}

func newSimTrailCmd(app *App) *cobra.Command {
	o := simTrailOptions{}
	c := &cobra.Command{
		Use:   "trail",
		Short: "Read the audit trail of a Region of a simulated world",
		Long: `Read what the audit trail of one Region of a simulated world recorded, oldest
first. Without --in it is that of the Region in the settings, or us-east-1.`,
		Example: `  mrkctl sim trail --in eu-west-1 --since 10m
  mrkctl sim trail --in us-east-1 -o ndjson`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimTrail(c.Context(), app, o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.region, "in", "", "Region whose trail to read")
	flags.DurationVar(&o.since, "since", 0, "how far back to read, in the world's time (default everything)")
	flags.IntVar(&o.limit, "limit", 100, "show the latest so many records; 0 means all")
	return c
}

func runSimTrail(ctx context.Context, app *App, o simTrailOptions) error {
	if o.limit < 0 || o.since < 0 {
		return usageErrorf("--limit and --since can't be negative")
	}
	if o.region == "" {
		o.region = app.Config.Region
	}
	if o.region == "" {
		o.region = "us-east-1"
	}
	if err := mrk.CheckRegion(o.region); err != nil {
		return err
	}
	return app.withSim(ctx, func(world *control.Client) error {
		var from time.Time
		if o.since > 0 {
			s, err := world.Status(ctx)
			if err != nil {
				return err
			}
			from = s.Now.Add(-o.since)
		}
		events, err := world.Trail(ctx, o.region, from, time.Time{})
		if err != nil {
			return err
		}
		if o.limit > 0 && len(events) > o.limit {
			app.Note("showing the latest %d of %d records; --limit 0 shows all", o.limit, len(events))
			events = events[len(events)-o.limit:]
		}
		doc := report.Document{Kind: "sim-trail", Columns: report.Columns("TIME", "OPERATION", "CALLER", "KEY", "ERROR"), Data: events}
		for _, e := range events {
			doc.Rows = append(doc.Rows, []string{e.Time.Format("2006-01-02T15:04:05.000Z07:00"), e.Op, e.Principal, e.Key, e.Code})
		}
		return app.Show(doc)
	})
}
