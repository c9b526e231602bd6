package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

type simRulesOptions struct {
	area       string
	confidence string
}

func newSimRulesCmd(app *App) *cobra.Command {
	o := simRulesOptions{}
	c := &cobra.Command{
		Use:   "rules",
		Short: "List what the simulator holds to be true of KMS, and how sure that is",
		Long: `List every rule of behaviour that the simulator follows: what it says, where it
is known from, and whether it was recorded on AWS, documented by AWS or assumed.`,
		Example: `  mrkctl sim rules --confidence assumed
  mrkctl sim rules --area ROT -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSimRules(app, o) },
	}
	c.Flags().StringVar(&o.area, "area", "", "only rules whose id has this part, like ROT")
	c.Flags().StringVar(&o.confidence, "confidence", "", "only rules that are recorded, documented or assumed")
	complete(c, "confidence", "recorded", "documented", "assumed")
	return c
}

func runSimRules(app *App, o simRulesOptions) error {
	switch o.confidence {
	case "", "recorded", "documented", "assumed":
	default:
		return usageErrorf("--confidence %s: use recorded, documented or assumed", o.confidence)
	}
	count := map[sim.Confidence]int{}
	rules := []sim.Rule{}
	doc := report.Document{Kind: "sim-rules", Columns: report.Columns("ID", "CONFIDENCE", "RULE", "SOURCE")}
	for _, r := range sim.Rules() {
		if !strings.Contains(r.ID, strings.ToUpper(o.area)) || o.confidence != "" && string(r.Confidence) != o.confidence {
			continue
		}
		count[r.Confidence]++
		rules = append(rules, r)
		doc.Rows = append(doc.Rows, []string{r.ID, string(r.Confidence), r.Says, r.Source})
	}
	doc.Notes = []string{fmt.Sprintf("%d rules: %d recorded on AWS, %d documented, %d assumed",
		len(rules), count[sim.Recorded], count[sim.Documented], count[sim.Assumed])}
	doc.Data = rules
	return app.Show(doc)
}
