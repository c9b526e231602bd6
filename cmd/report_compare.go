package cmd

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
)

// ReportCompareOptions are the options of "report compare".
type ReportCompareOptions struct {
	All   bool
	Worse bool
}

func newReportCompareCmd(app *App) *cobra.Command {
	var o ReportCompareOptions
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Put two runs side by side: what got better, what got worse",
		Long: `Put two runs side by side, A being the earlier one: verdicts, objectives, checks,
availability, latency, recovery and steps.

A and B are folders of runs, names of runs, or report.json files. Latencies are
called different only where a rank test over all calls finds them so and they
are at least two percent apart; a report.json holds no single calls, so no test
is made with one.`,
		Example: `  mrkctl report compare runs/spring runs/autumn
  mrkctl report compare baseline/report.json runs/today --fail-if-worse`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return runReportCompare(app, args[0], args[1], o) },
	}
	c.Flags().BoolVar(&o.All, "all", false, "show what is alike as well")
	c.Flags().BoolVar(&o.Worse, "fail-if-worse", false, "exit with 1 when any figure of B is worse")
	return c
}

func runReportCompare(app *App, a, b string, o ReportCompareOptions) error {
	first, err := readModel(app, a)
	if err != nil {
		return err
	}
	second, err := readModel(app, b)
	if err != nil {
		return err
	}
	c := report.Compare(first, second)
	if err := app.Show(c.Document(o.All)); err != nil {
		return err
	}
	if o.Worse && c.Worse() {
		return verdict(exitError)
	}
	return nil
}

// readModel reads a run, or a report of one as JSON.
func readModel(app *App, name string) (*report.Model, error) {
	if strings.HasSuffix(name, ".json") {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the report: %w", err)
		}
		m, err := report.ReadJSON(text)
		if err != nil {
			return nil, withExit(exitUsage, fmt.Errorf("%s: %w", name, err))
		}
		return m, nil
	}
	dir, err := runFolder(app, name)
	if err != nil {
		return nil, err
	}
	return readRun(dir)
}
