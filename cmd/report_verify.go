package cmd

import (
	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newReportVerifyCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN",
		Short: "Check that the files of a run are as they were written",
		Long: `Check that the files of a run are as they were written: the journal is a whole
chain from the plan to the verdict, the runbook in it has its hash, the history
is the one that the journal sealed, and every report beside them is, byte for
byte, what the two render to.

What was changed or cut is named with its line. This shows that files were
altered after the run; somebody who can write all of them anew can forge a run,
unless the journal's head was noted elsewhere (it is in every report). Whether
journal and history tell one story is what "drill check" asks.

Exit code 0 when all is as written, 1 when something is not, 4 when a report
differs that another version of mrkctl wrote.`,
		Example: `  mrkctl report verify mrkctl-runs/20261124T120000Z-region-outage
  mrkctl report verify runs/seven -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runReportVerify(app, args[0]) },
	}
}

func runReportVerify(app *App, name string) error {
	dir, err := runFolder(app, name)
	if err != nil {
		return err
	}
	all, err := report.Verify(dir, drill.JournalFile, buildVersion().Version)
	if err != nil {
		return err
	}
	if err := app.Show(report.VerifiedDocument(dir, all)); err != nil {
		return err
	}
	switch report.VerdictOf(all) {
	case journal.Pass:
		return nil
	case journal.Fail:
		return verdict(exitError)
	default:
		return verdict(exitUnknown)
	}
}
