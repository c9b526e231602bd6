package cmd

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newReadyCmd(app *App) *cobra.Command {
	var down []string
	var j judging
	c := &cobra.Command{
		Use:   "ready KEY",
		Short: "Say whether the standbys could carry the load if a Region were gone now",
		Long: `Say whether the other members could carry the load if a Region were gone this
minute, and what could still be done to the key set then: which operation works
in which Region, is refused there with which error, or reaches nobody.

Without --if it asks for the primary's Region. The exit code is 0 when they are
ready, 3 when something stands against it, 4 when not everything could be read.`,
		Example: `  mrkctl ready alias/payments
  mrkctl ready alias/payments --if us-east-1`,
		Args:              exactly(1, "a key"),
		ValidArgsFunction: app.completeKeys,
		RunE:              func(c *cobra.Command, args []string) error { return runReady(c.Context(), app, args[0], down, j) },
	}
	c.Flags().StringSliceVar(&down, "if", nil, "Region that is gone (default: the primary's)")
	j.bind(c)
	app.completeRegions(c, "if")
	return c
}

func runReady(ctx context.Context, app *App, key string, down []string, j judging) error {
	settings, err := j.settings()
	if err != nil {
		return err
	}
	var set mrk.KeySet
	err = app.withCloud(ctx, func(c mrk.Cloud) error {
		var err error
		if set, err = mrk.Read(ctx, c, key, mrk.EveryPart()...); err == nil {
			mrk.Strays(ctx, c, &set)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(down) == 0 {
		down = []string{set.Primary}
	}
	for _, region := range down {
		if !slices.Contains(set.Regions(), region) {
			return withHint(usageErrorf("--if: %s has no member in %s", key, region), "mrkctl key show %s", key)
		}
	}
	r := compare.Ready(set, down, time.Now(), settings)
	code := exitOK
	switch {
	case !r.Ready && !r.Unknown:
		code = exitDrift
	case !r.Complete:
		code = exitUnknown
	}
	return errors.Join(app.Show(readyDocument(set, r)), verdict(code))
}

func readyDocument(set mrk.KeySet, r compare.Readiness) report.Document {
	d := report.Document{Kind: "ready", Title: r.Headline(), Columns: report.Columns("~WHAT CAN STILL BE DONE"), Data: r}
	for _, region := range set.Regions() {
		d.Columns = append(d.Columns, report.Column{Name: region, Wrap: true})
	}
	for _, p := range r.Can {
		row := []string{p.Operation}
		for _, region := range set.Regions() {
			row = append(row, p.In[region])
		}
		d.Rows = append(d.Rows, row)
	}
	if len(r.Findings) > 0 {
		t := report.Table{Columns: report.Columns("SEVERITY", "RULE", "REGION", "~WHAT STANDS AGAINST IT")}
		for _, f := range r.Findings {
			t.Rows = append(t.Rows, []string{string(f.Severity), f.Rule, f.Region, f.What})
		}
		d.More = append(d.More, t)
	}
	return d
}
