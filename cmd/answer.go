package cmd

import (
	"fmt"
	"io"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Show writes the answer of a command to stdout, in the form that -o asks for.
// With --quiet people get the first column of the first table only, one
// identifier a line; JSON is never cut.
func (a *App) Show(doc report.Document) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return withExit(exitUsage, err)
	}
	if a.Config.Quiet && (format == report.FormatTable || format == report.FormatMarkdown) {
		for _, row := range doc.Rows {
			if len(row) == 0 {
				continue
			}
			if err := a.print(terminal.Safe(row[0]) + "\n"); err != nil {
				return err
			}
		}
		return nil
	}
	width, _ := a.Size()
	style := report.Style{Terminal: a.OutTTY, Width: width, ASCII: a.ascii()}
	if err := doc.Write(a.Out, format, style); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// print writes text to stdout as it is.
func (a *App) print(text string) error {
	if _, err := io.WriteString(a.Out, text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
