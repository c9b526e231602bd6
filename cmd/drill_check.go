package cmd

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newDrillCheckCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Make the checks of a run again, from its files",
		Long: `Make every check and measure every objective of a run once more, from its
journal and its history alone, and look at how its steps ended. What steps expect
is promised too: a run that promised nothing is unknown.

Both files are first held against their hashes. One that was changed or cut is
refused, naming the line. The drill may be one that died: then its files are
looked at as far as they go, and the answer is unknown at best.

Unknown it is also where the files contradict themselves: an answer that is not
the one that the run gave, a call in the journal that the history does not have.`,
		Example: `  mrkctl drill check mrkctl-runs/20261124T090000Z-region-outage
  mrkctl drill check runs/seven -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runDrillCheck(app, args[0]) },
	}
}

// drillChecked is the answer of "drill check" as JSON.
type drillChecked struct {
	Dir        string              `json:"dir"`
	Runbook    string              `json:"runbook"`
	Verdict    journal.Verdict     `json:"verdict"`
	Complete   bool                `json:"complete"`
	Objectives []journal.Objective `json:"objectives"`
	Checks     []journal.Check     `json:"checks"`
	Steps      check.Steps         `json:"steps"`
	Stopped    string              `json:"stopped,omitempty"`
	Differs    []string            `json:"differs"` // from what the run itself said
}

func runDrillCheck(app *App, dir string) error {
	s, err := check.Again(filepath.Join(dir, drill.JournalFile), filepath.Join(dir, drill.HistoryFile))
	if err != nil {
		return err
	}
	out := drillChecked{
		Dir: dir, Runbook: s.Run.Planned.Runbook, Verdict: s.Verdict(), Complete: s.Complete,
		Objectives: append([]journal.Objective{}, s.Objectives...), Checks: append([]journal.Check{}, s.Checks...), Differs: append([]string{}, s.Differs...),
		Steps: s.Steps, Stopped: s.Stopped,
	}
	if out.Verdict == journal.Pass && len(out.Differs) > 0 {
		out.Verdict = journal.Unknown // two accounts of one run
	}
	doc := report.Document{
		Kind: "drill-check", Title: verdictWord(out.Verdict) + "  " + out.Runbook,
		Columns: report.Columns("OBJECTIVE OR CHECK", "VERDICT", "WHAT WAS SEEN"), Data: out,
	}
	for _, o := range s.Objectives {
		doc.Rows = append(doc.Rows, []string{o.Name, string(o.Verdict), o.Measured + ", wanted " + o.Target})
	}
	for _, c := range s.Checks {
		doc.Rows = append(doc.Rows, []string{c.Name, string(c.Verdict), c.Detail})
		for _, line := range c.Evidence {
			doc.Notes = append(doc.Notes, c.Name+": "+line)
		}
	}
	doc.Rows = append(doc.Rows, stepsRow(s))
	if s.Stopped != "" {
		doc.Notes = append(doc.Notes, "the run did not pass, by its own account: "+s.Stopped)
	}
	if !s.Complete {
		doc.Notes = append(doc.Notes, "the drill did not come to its end")
	}
	doc.Notes = append(doc.Notes, s.Differs...)
	if err := app.Show(doc); err != nil {
		return err
	}
	switch out.Verdict {
	case journal.Pass:
		return nil
	case journal.Fail:
		return verdict(exitError)
	default:
		return verdict(exitUnknown)
	}
}

// stepsRow is what the steps of a run come to.
func stepsRow(s *check.Stored) []string {
	saw := fmt.Sprintf("%d as expected, %d of them with words about what they expect", s.Steps.AsExpected, s.Steps.Kept)
	if len(s.Steps.Failed) > 0 {
		saw += "; not as expected: " + strings.Join(s.Steps.Failed, ", ")
	}
	if len(s.Steps.Missed) > 0 {
		saw += "; not come to: " + strings.Join(s.Steps.Missed, ", ")
	}
	if !check.Judged(s.Objectives, s.Checks) {
		saw += "; nothing else was promised"
	}
	return []string{"the steps", string(s.StepsVerdict()), saw}
}
