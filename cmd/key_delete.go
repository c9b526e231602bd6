package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// KeyDeleteOptions are the options of "key delete".
type KeyDeleteOptions struct {
	changeOptions
	mrk.Deleting
	Key        string
	UnusedDays int
}

func newKeyDeleteCmd(app *App) *cobra.Command {
	var o KeyDeleteOptions
	c := &cobra.Command{
		Use:   "delete KEY",
		Short: "Schedule members of a key for deletion, replicas first",
		Long: `Schedule members of a key for deletion: all of them, or those in --in. Replicas go
first; a primary waits until they are gone before its own days begin.

When the members were last used is looked up first, in every Region. A key that
was used lately is not deleted without --force and a reason: disable it first and
see who complains. Until the last day "mrkctl key undelete" takes it back.`,
		Example: `  mrkctl key delete alias/payments --in eu-west-1
  mrkctl key delete alias/old --days 7
  mrkctl key delete alias/old --force --reason "ticket 4711"`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key = args[0]
			return runKeyDelete(c.Context(), app, o)
		},
		ValidArgsFunction: app.completeKeys,
	}
	f := c.Flags()
	f.StringSliceVar(&o.In, "in", nil, "Regions of the members (default: every member)")
	f.IntVar(&o.Days, "days", 30, "days until they are gone, 7 to 30")
	f.IntVar(&o.UnusedDays, "unused-for", 30, "days that every member must have been unused")
	f.BoolVar(&o.Force, "force", false, "delete although it was used lately; needs --reason")
	f.StringVar(&o.Reason, "reason", "", "why it is deleted in spite of its use")
	o.bind(c, false)
	app.completeRegions(c, "in")
	return c
}

func runKeyDelete(ctx context.Context, app *App, o KeyDeleteOptions) error {
	if o.UnusedDays < 1 || o.UnusedDays > 3650 {
		return usageErrorf("--unused-for %d: give 1 to 3650 days", o.UnusedDays)
	}
	o.Unused = time.Duration(o.UnusedDays) * 24 * time.Hour
	return app.change(ctx, o.changeOptions, approveKey, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanDelete(ctx, c, o.Key, o.Deleting)
	})
}
