package cmd

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

func newDrillShowCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN|RUNBOOK",
		Short: "Show how a drill ended, or what a runbook would do",
		Long: `Show how a drill ended: its verdict, objectives and checks, from its journal. RUN
is the folder of a run, or the name of one in the folder of runs (--runs-dir).

Given a runbook in place of a run, read aloud what it would do.`,
		Example: `  mrkctl drill show mrkctl-runs/20261124T120000Z-region-outage
  mrkctl drill show region-outage`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRunbooks,
		RunE:              func(_ *cobra.Command, args []string) error { return runDrillShow(app, args[0]) },
	}
}

func runDrillShow(app *App, name string) error {
	dir, found := findRun(app.Config.RunsDir, name)
	if !found {
		book, err := loadRunbook(name, nil)
		if err != nil {
			return err
		}
		return showReadings(app, []runbook.Reading{runbook.Describe(book)})
	}
	events, err := journal.Read(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		return err
	}
	var story progress.Story
	for _, e := range events {
		if err := story.Apply(e); err != nil {
			return err
		}
	}
	res := drill.Result{Verdict: "unfinished", Headline: "the drill has not come to its end; go on with: mrkctl drill resume " + dir}
	if story.Ended != nil {
		res = drill.Result{Verdict: story.Ended.Verdict, Exit: story.Ended.Exit, Headline: story.Ended.Headline}
	}
	return app.Show(drillResult(&story, res, dir, reportFiles(dir)))
}

// findRun returns the folder of a run: a path, or a name in the folder of runs.
func findRun(runsDir, name string) (dir string, found bool) {
	for _, dir := range []string{name, filepath.Join(runsDir, name)} {
		if _, err := os.Stat(filepath.Join(dir, drill.JournalFile)); err == nil {
			return dir, true
		}
	}
	return "", false
}

// reportFiles lists the reports that are beside a journal.
func reportFiles(dir string) []string {
	var files []string
	for _, name := range []string{"report.md", "report.json", "report.html", "junit.xml"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			files = append(files, path)
		}
	}
	return files
}
