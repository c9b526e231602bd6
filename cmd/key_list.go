package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// KeyListOptions are the options of "key list".
type KeyListOptions struct {
	mrk.Listing
	In []string
}

func newKeyListCmd(app *App) *cobra.Command {
	var o KeyListOptions
	c := &cobra.Command{
		Use:   "list",
		Short: "List the keys of every Region",
		Long: `List the multi-Region keys of every Region, read side by side. A Region that can't
be listed is said so, and the exit code is then 4.

With -o ndjson a line is printed for each member as soon as it is known.`,
		Example: `  mrkctl key list
  mrkctl key list --all -o json
  mrkctl key list --in us-east-1,eu-west-1 -q`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runKeyList(c.Context(), app, o) },
	}
	c.Flags().BoolVar(&o.All, "all", false, "list single-Region keys too")
	c.Flags().BoolVar(&o.AWSManaged, "aws-managed", false, "list the keys of AWS services too (with --all)")
	c.Flags().StringSliceVar(&o.In, "in", nil, "Regions to list (default: every one)")
	app.completeRegions(c, "in")
	return c
}

func runKeyList(ctx context.Context, app *App, o KeyListOptions) error {
	for _, r := range o.In {
		if err := mrk.CheckRegion(r); err != nil {
			return err
		}
	}
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		if len(o.In) > 0 {
			c.Regions = o.In
		}
		var streaming error
		stream := app.Config.Output == string(report.FormatNDJSON)
		if stream {
			o.Each = func(m mrk.Member) {
				line, err := json.Marshal(map[string]any{"schema": report.Schema, "kind": "key-member", "data": m})
				if err == nil {
					err = app.print(string(line) + "\n")
				}
				if streaming == nil {
					streaming = err
				}
			}
		}
		fleet, err := mrk.List(ctx, c, o.Listing)
		if err != nil {
			return err
		}
		if streaming != nil {
			return streaming
		}
		if len(o.In) == 0 && len(fleet.Failed) == 0 {
			app.rememberKeys(fleet.Sets, cacheAge)
		}
		for _, f := range fleet.Failed {
			app.Note("%s could not be listed: %s %s", f.Region, f.Code, f.Message)
		}
		if !stream {
			if err := app.Show(fleetDocument(fleet)); err != nil {
				return err
			}
		}
		if len(fleet.Failed) > 0 {
			return verdict(exitUnknown)
		}
		return nil
	})
}

func fleetDocument(f mrk.Fleet) report.Document {
	if f.Sets == nil {
		f.Sets = []mrk.KeySet{}
	}
	doc := report.Document{Kind: "key-list", Data: f, Columns: report.Columns("KEY", "ALIAS", "PRIMARY", "REPLICAS", "STATE", "SPEC")}
	for _, k := range f.Sets {
		var replicas, states []string
		spec := ""
		for _, m := range k.Members {
			spec = m.Spec
			if m.Region != k.Primary {
				replicas = append(replicas, m.Region)
			}
			if m.State != "Enabled" {
				states = append(states, m.Region+" "+m.State)
			}
		}
		state := "Enabled"
		if len(states) > 0 {
			state = strings.Join(states, ", ")
		}
		doc.Rows = append(doc.Rows, []string{k.ID, k.FirstAlias(), k.Primary, strings.Join(replicas, ", "), state, spec})
	}
	if len(f.Sets) == 0 && len(f.Failed) == 0 {
		doc.Notes = append(doc.Notes, "no multi-Region keys yet; `mrkctl key create --alias alias/NAME --regions us-east-1,eu-west-1` makes one")
	} else {
		plural := "s"
		if len(f.Sets) == 1 {
			plural = ""
		}
		doc.Notes = append(doc.Notes, fmt.Sprintf("%d key%s", len(f.Sets), plural))
	}
	return doc
}
