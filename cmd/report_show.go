package cmd

import "github.com/spf13/cobra"

func newReportShowCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN|report.json",
		Short: "Show the report of a run in the terminal",
		Long: `Show the report of a run in the terminal: verdict, objectives, checks,
availability and latency, promotions, steps.

RUN is the folder of a run, the name of one in the folder of runs, or a
report.json. With -o json the answer is the whole report.`,
		Example: `  mrkctl report show mrkctl-runs/20261124T120000Z-region-outage
  mrkctl report show runs/seven -o markdown`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := readModel(app, args[0])
			if err != nil {
				return err
			}
			return app.Show(m.Document())
		},
	}
}
