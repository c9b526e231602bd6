package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
)

func newConfigShowCmd(app *App) *cobra.Command {
	var origins bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Show the settings in force",
		Long: `Show every setting with the value that won: a flag wins over the environment
(MRKCTL_*), that over the configuration file, that over the default.`,
		Example: `  mrkctl config show --origins
  MRKCTL_TARGET=aws mrkctl config show -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runConfigShow(app, origins) },
	}
	c.Flags().BoolVar(&origins, "origins", false, "also say where each value came from")
	return c
}

func runConfigShow(app *App, origins bool) error {
	settings := app.Config.Settings()
	doc := report.Document{Kind: "config", Columns: report.Columns("SETTING", "VALUE"), Data: settings}
	if origins {
		doc.Columns = report.Columns("SETTING", "VALUE", "FROM")
	}
	for _, s := range settings {
		row := []string{s.Key, settingText(s.Value)}
		if origins {
			row = append(row, s.Origin.String())
		}
		doc.Rows = append(doc.Rows, row)
	}
	return app.Show(doc)
}

// settingText is a value as one would write it on the command line.
func settingText(value any) string {
	switch v := value.(type) {
	case []string:
		return strings.Join(v, ",")
	case map[string]string:
		pairs := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, name+"="+v[name])
		}
		return strings.Join(pairs, ",")
	default:
		return fmt.Sprint(v)
	}
}
