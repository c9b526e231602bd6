package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/configs"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// runbookRow is a runbook in a list.
type runbookRow struct {
	Name  string   `json:"name"`
	Path  string   `json:"path,omitempty"` // empty when it comes with the program
	About string   `json:"about"`
	Steps int      `json:"steps"`
	RunOn []string `json:"run_on"`
	Error string   `json:"error,omitempty"`
}

func newDrillListCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list [DIR]",
		Short: "List runbooks: those that come with the program, or those of a folder",
		Example: `  mrkctl drill list
  mrkctl drill list my-runbooks -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			rows, err := shippedRunbooks()
			if len(args) == 1 {
				rows, err = runbooksIn(args[0])
			}
			if err != nil {
				return err
			}
			return app.Show(runbookList(rows))
		},
	}
}

func shippedRunbooks() ([]runbookRow, error) {
	var rows []runbookRow
	for _, name := range configs.Runbooks() {
		text, err := configs.Runbook(name)
		if err != nil {
			return nil, err
		}
		book, err := runbook.Parse(name+".yaml", text, nil)
		rows = append(rows, rowOf(name, "", book, err))
	}
	return rows, nil
}

// runbooksIn lists the YAML files of a folder that are runbooks, or want to be.
func runbooksIn(dir string) ([]runbookRow, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("list runbooks: %w", err))
	}
	var rows []runbookRow
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		path := filepath.Join(dir, e.Name())
		book, err := runbook.Load(path, nil)
		rows = append(rows, rowOf(strings.TrimSuffix(e.Name(), ext), path, book, err))
	}
	return rows, nil
}

func rowOf(name, path string, book *runbook.Runbook, err error) runbookRow {
	row := runbookRow{Name: name, Path: path}
	if err != nil {
		row.Error, _, _ = strings.Cut(err.Error(), "\n")
		var problems runbook.ProblemErrors
		if errors.As(err, &problems) {
			row.Error = fmt.Sprintf("%d mistakes; mrkctl drill lint %s", len(problems), path)
		}
		return row
	}
	row.Name, row.About = book.Name, strings.Join(strings.Fields(book.About), " ")
	row.Steps, row.RunOn = len(book.Steps), slices.Clone(book.Safety.RunOn)
	return row
}

func runbookList(rows []runbookRow) report.Document {
	doc := report.Document{Kind: "runbook-list", Columns: report.Columns("RUNBOOK", ">STEPS", "RUNS ON", "ABOUT"), Data: rows}
	if rows == nil {
		doc.Data = []runbookRow{}
	}
	for _, r := range rows {
		name, about := r.Name, r.About
		if r.Path != "" {
			name = r.Path
		}
		if r.Error != "" {
			about = "not valid: " + r.Error
		} else if first, _, ok := strings.Cut(about, ". "); ok {
			about = first + "."
		}
		doc.Rows = append(doc.Rows, []string{name, fmt.Sprint(r.Steps), strings.Join(r.RunOn, ", "), about})
	}
	return doc
}
