package cmd

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
)

// ReportRenderOptions are the options of "report render".
type ReportRenderOptions struct {
	Formats []string
	Out     string
	Redact  []string
}

func newReportRenderCmd(app *App) *cobra.Command {
	var o ReportRenderOptions
	c := &cobra.Command{
		Use:   "render RUN",
		Short: "Write the report of a run again, from its journal and history",
		Long: `Write the report of a run from its journal and its history alone, also of a run
that died. The same files give the same report, to the byte.

RUN is the folder of a run, or the name of one in the folder of runs. Without
--out the report goes there; a file is replaced whole or not at all.

--redact leaves out account ids, whole ARNs, principals or host names, for a
report that is to leave the house. Such a report is no longer the one that
"report verify" expects beside the journal, so it needs --out.`,
		Example: `  mrkctl report render mrkctl-runs/20261124T120000Z-region-outage
  mrkctl report render runs/seven --format md --out -
  mrkctl report render runs/seven --redact account,principal --out for-the-auditor`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runReportRender(app, args[0], o) },
	}
	flags := c.Flags()
	flags.StringSliceVar(&o.Formats, "format", nil, "md, json, html, junit (default: all)")
	flags.StringVar(&o.Out, "out", "", "folder to write to, or - for stdout with a single format")
	flags.StringSliceVar(&o.Redact, "redact", nil, "leave out: account, arn, principal, host")
	complete(c, "format", "md", "json", "html", "junit")
	complete(c, "redact", report.Redactions()...)
	return c
}

func runReportRender(app *App, name string, o ReportRenderOptions) error {
	writings, err := report.ParseWritings(o.Formats)
	if err != nil {
		return withExit(exitUsage, err)
	}
	if len(o.Redact) > 0 && o.Out == "" {
		return usageErrorf("a redacted report is not the one that belongs beside the journal: say where it goes with --out")
	}
	if o.Out == "-" && len(writings) != 1 {
		return usageErrorf("--out - prints one format: choose it with --format")
	}
	dir, err := runFolder(app, name)
	if err != nil {
		return err
	}
	model, err := readRun(dir)
	if err != nil {
		return err
	}
	if err := model.Redact(o.Redact...); err != nil {
		return withExit(exitUsage, err)
	}
	if o.Out == "-" {
		text, err := model.Render(writings[0])
		if err != nil {
			return err
		}
		return app.print(string(text))
	}
	if o.Out != "" {
		dir = o.Out
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make the folder of the report: %w", err)
		}
	}
	files, err := report.Write(dir, model, writings)
	if err != nil {
		return err
	}
	doc := report.Document{Kind: "report-render", Columns: report.Columns("FILE"), Data: files}
	for _, f := range files {
		doc.Rows = append(doc.Rows, []string{f})
	}
	return app.Show(doc)
}

// runFolder is the folder of a run that must exist.
func runFolder(app *App, name string) (string, error) {
	dir, found := findRun(app.Config.RunsDir, name)
	if !found {
		return "", withHint(fmt.Errorf("%s holds no run, and there is none of that name in %s", name, app.Config.RunsDir), "mrkctl drill list")
	}
	return dir, nil
}
