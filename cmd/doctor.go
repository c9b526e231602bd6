package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/target"
)

func newDoctorCmd(app *App) *cobra.Command {
	var in []string
	var key string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, Regions, permissions and the clock",
		Long: `Check what has to be right before anything works: that the credentials are good,
that each Region answers and is enabled, that the clock agrees with KMS, and which
settings are in force. Nothing is changed.

With --key the permissions on that key are tried in each Region: what the commands
read, and with the dry run of KMS what has one, which is the use of the key and
CreateGrant. Creating, replicating, promoting and rotating have no dry run, so
whether you may shows only when they are made; a key policy that lets nobody do
them is told.`,
		Example: `  mrkctl doctor
  mrkctl doctor --target aws --in us-east-1,eu-west-1 --key alias/payments`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDoctor(c.Context(), app, in, key) },
	}
	c.Flags().StringSliceVar(&in, "in", nil, "Regions to check (default: every one)")
	c.Flags().StringVar(&key, "key", "", "key whose use is tried")
	app.completeRegions(c, "in")
	return c
}

// finding is one thing that was checked.
type finding struct {
	Check   string `json:"check"`
	Where   string `json:"where"`
	Verdict string `json:"verdict"` // ok, fail or unknown
	Detail  string `json:"detail"`
}

func runDoctor(ctx context.Context, app *App, in []string, key string) error {
	var found []finding
	err := app.withTarget(ctx, func(t *target.Target) error {
		o, err := t.Origin(ctx)
		if err != nil {
			found = append(found, finding{"credentials", string(t.Kind()), "fail", err.Error()})
			return err
		}
		found = append(found, finding{"credentials", fmt.Sprintf("%s %s", o.Kind, o.Account), "ok", "as " + o.Caller})
		c := cloudOf(t)
		if len(in) > 0 {
			c.Regions = in
		}
		t.Run(func() {
			for _, h := range mrk.Checkup(ctx, c, key) {
				found = append(found, finding{h.Check, h.Region, h.Verdict, h.Detail})
			}
		})
		return nil
	})
	for _, s := range app.Config.Settings() {
		if where := s.Origin.String(); where != "default" {
			found = append(found, finding{"setting", s.Key, "ok", fmt.Sprintf("%v, from %s", s.Value, where)})
		}
	}
	doc := report.Document{Kind: "doctor", Columns: report.Columns("CHECK", "WHERE", "VERDICT", "DETAIL"), Data: found}
	for _, f := range found {
		doc.Rows = append(doc.Rows, []string{f.Check, f.Where, f.Verdict, f.Detail})
	}
	return errors.Join(err, app.Show(doc), verdict(doctorCode(found, err)))
}

// doctorCode is the exit code of a check-up.
func doctorCode(found []finding, err error) int {
	has := func(verdict string) bool {
		return slices.ContainsFunc(found, func(f finding) bool { return f.Verdict == verdict })
	}
	switch {
	case err != nil:
		return exitOK // the error itself says it
	case has("fail"):
		return exitDenied
	case has("unknown"):
		return exitUnknown
	default:
		return exitOK
	}
}
