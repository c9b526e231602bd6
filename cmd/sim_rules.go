package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

type simRulesOptions struct {
	area       string
	confidence string
	rows       bool
	texts      bool
}

func newSimRulesCmd(app *App) *cobra.Command {
	o := simRulesOptions{}
	c := &cobra.Command{
		Use:   "rules",
		Short: "List what the simulator holds to be true of KMS, and how sure that is",
		Long: `List every rule of behaviour that the simulator follows: what it says, where it
is known from, and whether it was recorded on AWS, documented by AWS or assumed.

With --rows, list what was recorded instead, row by row, with the rules that each
row bears out and the tests that show the simulator to do the same. With --texts,
list the texts of errors, and whether AWS was seen to send them.`,
		Example: `  mrkctl sim rules --confidence assumed
  mrkctl sim rules --area ROT -o json
  mrkctl sim rules --rows --area PROMOTE
  mrkctl sim rules --texts --confidence assumed`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSimRules(app, o) },
	}
	c.Flags().StringVar(&o.area, "area", "", "only rules whose id has this part, like ROT")
	c.Flags().StringVar(&o.confidence, "confidence", "", "only rules that are recorded, documented or assumed")
	c.Flags().BoolVar(&o.rows, "rows", false, "list the recorded rows instead of the rules")
	c.Flags().BoolVar(&o.texts, "texts", false, "list the texts of errors instead of the rules")
	c.MarkFlagsMutuallyExclusive("rows", "texts")
	complete(c, "confidence", "recorded", "documented", "assumed")
	return c
}

// simRules is the answer to sim rules.
type simRules struct {
	Rules []simRule              `json:"rules"`
	Count map[sim.Confidence]int `json:"count"`
	Rows  simRows                `json:"rows"`
	Texts map[sim.Confidence]int `json:"texts"`
}

// simRule is a rule and the recorded rows that bear it out.
type simRule struct {
	sim.Rule
	Rows []string `json:"rows,omitempty"`
}

// simRows counts what was recorded on AWS. Those not shown are listed, with
// the reason.
type simRows struct {
	Recorded int       `json:"recorded"`
	Shown    int       `json:"shown"`
	NotShown int       `json:"not_shown"`
	Reasons  []sim.Row `json:"reasons"`
}

func (r simRows) String() string {
	return fmt.Sprintf("rows of what AWS was seen to do, %d recorded: %d shown, %d not shown", r.Recorded, r.Shown, r.NotShown)
}

func countRows(rows []sim.Row) simRows {
	count := simRows{Recorded: len(rows), Reasons: []sim.Row{}}
	for _, row := range rows {
		if row.NotShown != "" {
			count.Reasons = append(count.Reasons, row)
		}
	}
	count.NotShown = len(count.Reasons)
	count.Shown = count.Recorded - count.NotShown
	return count
}

func runSimRules(app *App, o simRulesOptions) error {
	switch o.confidence {
	case "", "recorded", "documented", "assumed":
	default:
		return usageErrorf("--confidence %s: use recorded, documented or assumed", o.confidence)
	}
	if o.rows && o.confidence != "" && o.confidence != "recorded" {
		return usageErrorf("--rows lists what was recorded: it does not go with --confidence %s", o.confidence)
	}
	rows, err := sim.Recordings()
	if err != nil {
		return err
	}
	texts, err := sim.Texts()
	if err != nil {
		return err
	}
	switch {
	case o.rows:
		return showSimRows(app, o, rows)
	case o.texts:
		return showSimTexts(app, o, texts)
	}
	answer := simRules{Rules: []simRule{}, Count: noneYet(), Rows: countRows(rows), Texts: noneYet()}
	for _, t := range texts {
		answer.Texts[t.Confidence]++
	}
	doc := report.Document{Kind: "sim-rules", Columns: report.Columns("ID", "CONFIDENCE", "RULE", "SOURCE")}
	for _, r := range sim.Rules() {
		if !o.wants(r.ID) || o.confidence != "" && string(r.Confidence) != o.confidence {
			continue
		}
		answer.Count[r.Confidence]++
		answer.Rules = append(answer.Rules, simRule{r, rowsOf(r.ID, rows)})
		doc.Rows = append(doc.Rows, []string{r.ID, string(r.Confidence), r.Says, r.Source})
	}
	doc.Notes = []string{
		counted("rules", answer.Count),
		answer.Rows.String(),
		counted("texts of errors", answer.Texts),
	}
	doc.Data = answer
	return app.Show(doc)
}

func noneYet() map[sim.Confidence]int {
	return map[sim.Confidence]int{sim.Recorded: 0, sim.Documented: 0, sim.Assumed: 0}
}

// counted says how many things there are, by how sure they are.
func counted(what string, n map[sim.Confidence]int) string {
	return fmt.Sprintf("%d %s: %d recorded on AWS, %d documented, %d assumed",
		n[sim.Recorded]+n[sim.Documented]+n[sim.Assumed], what, n[sim.Recorded], n[sim.Documented], n[sim.Assumed])
}

// wants says whether a rule is of the area that is asked for.
func (o simRulesOptions) wants(rule string) bool {
	return strings.Contains(rule, strings.ToUpper(o.area))
}

// rowsOf are the ids of the rows that bear out a rule.
func rowsOf(rule string, rows []sim.Row) []string {
	var ids []string
	for _, row := range rows {
		if slices.Contains(row.Rules, rule) {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// showSimRows shows the recorded rows, those of an area or all.
func showSimRows(app *App, o simRulesOptions, rows []sim.Row) error {
	wanted := []sim.Row{}
	doc := report.Document{Kind: "sim-rows", Columns: report.Columns("ROW", "RECORDED", "RULES", "SHOWN BY")}
	for _, row := range rows {
		if o.area != "" && !slices.ContainsFunc(row.Rules, o.wants) {
			continue
		}
		wanted = append(wanted, row)
		shown := strings.Join(row.Tests, " ")
		switch {
		case row.NotShown != "":
			shown = "not shown"
		case len(row.Repeats) > 0:
			shown = "rows " + strings.Join(row.Repeats, " ")
		}
		doc.Rows = append(doc.Rows, []string{row.ID, row.Says, strings.Join(row.Rules, " "), shown})
	}
	doc.Notes = []string{countRows(wanted).String()}
	doc.Data = wanted
	return app.Show(doc)
}

// showSimTexts shows the texts of errors, those of a confidence or all.
func showSimTexts(app *App, o simRulesOptions, texts []sim.Text) error {
	wanted, count := []sim.Text{}, noneYet()
	doc := report.Document{Kind: "sim-texts", Columns: report.Columns("CONFIDENCE", "SOURCE", "TEXT")}
	for _, t := range texts {
		if o.confidence != "" && string(t.Confidence) != o.confidence {
			continue
		}
		count[t.Confidence]++
		wanted = append(wanted, t)
		doc.Rows = append(doc.Rows, []string{string(t.Confidence), t.Source, t.Text})
	}
	doc.Notes = []string{counted("texts of errors", count)}
	doc.Data = wanted
	return app.Show(doc)
}
