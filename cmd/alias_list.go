package cmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newAliasListCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the aliases of multi-Region keys and where they are missing",
		Long: `List the aliases of multi-Region keys with the Regions they exist in, and those
where the key has a member and the alias is missing.`,
		Example: `  mrkctl alias list
  mrkctl alias list -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAliasList(c.Context(), app) },
	}
}

// aliasPlace is one alias of one key set.
type aliasPlace struct {
	Alias   string   `json:"alias"`
	Key     string   `json:"key"`
	In      []string `json:"in"`
	Missing []string `json:"missing"`
}

func runAliasList(ctx context.Context, app *App) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		fleet, err := mrk.List(ctx, c, mrk.Listing{})
		if err != nil {
			return err
		}
		doc := report.Document{Kind: "alias-list", Columns: report.Columns("ALIAS", "KEY", "IN", "MISSING IN")}
		list := []aliasPlace{}
		for _, k := range fleet.Sets {
			for _, a := range aliasPlaces(k) {
				list = append(list, a)
				doc.Rows = append(doc.Rows, []string{a.Alias, a.Key, strings.Join(a.In, ", "), strings.Join(a.Missing, ", ")})
			}
		}
		doc.Data = list
		for _, f := range fleet.Failed {
			app.Note("%s could not be listed: %s %s", f.Region, f.Code, f.Message)
		}
		if err := app.Show(doc); err != nil {
			return err
		}
		if len(fleet.Failed) > 0 {
			return verdict(exitUnknown)
		}
		return nil
	})
}

// aliasPlaces says of each alias of a set where it is and where it is not.
func aliasPlaces(k mrk.KeySet) []aliasPlace {
	var names []string
	for _, m := range k.Members {
		names = append(names, m.Aliases...)
	}
	slices.Sort(names)
	var places []aliasPlace
	for _, name := range slices.Compact(names) {
		p := aliasPlace{Alias: name, Key: k.ID, In: []string{}, Missing: []string{}}
		for _, m := range k.Members {
			if slices.Contains(m.Aliases, name) {
				p.In = append(p.In, m.Region)
			} else {
				p.Missing = append(p.Missing, m.Region)
			}
		}
		places = append(places, p)
	}
	return places
}
