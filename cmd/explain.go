package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newExplainCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say why a finding matters and what to do about it",
		Long: `Say what a rule of "mrkctl compare" finds, why it matters on the day a Region is
gone, and what to do. Without a rule it lists all of them.`,
		Example: `  mrkctl explain MRK201
  mrkctl explain`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range compare.Rules() {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return runExplain(app, args) },
	}
}

func runExplain(app *App, args []string) error {
	if len(args) == 0 {
		d := report.Document{Kind: "rule-list", Columns: report.Columns("RULE", "SEVERITY", "FINDS"), Data: compare.Rules()}
		for _, r := range compare.Rules() {
			d.Rows = append(d.Rows, []string{r.ID, string(r.Severity), r.Title})
		}
		return app.Show(d)
	}
	r, ok := compare.RuleOf(strings.ToUpper(args[0]))
	if !ok {
		return withHint(usageErrorf("no rule %q", args[0]), "mrkctl explain lists them all")
	}
	return app.Show(report.Document{
		Kind: "rule", Title: fmt.Sprintf("%s  %s", r.ID, r.Title), Columns: report.Columns("RULE", "~"+r.ID), Data: r, Rows: explanation(r),
	})
}

// explanation is all that is known of a rule.
func explanation(r compare.Rule) [][]string {
	rows := [][]string{{"severity", string(r.Severity)}, {"why", r.Why}, {"example", r.Example}, {"what to do", r.Fix}}
	if r.Needs != "" {
		rows = append(rows, []string{"judged with", r.Needs})
	}
	return rows
}
