package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// DrillLintOptions are the options of "drill lint".
type DrillLintOptions struct {
	Runbooks []string
	Vars     map[string]string
}

func newDrillLintCmd(app *App) *cobra.Command {
	var o DrillLintOptions
	c := &cobra.Command{
		Use:   "lint RUNBOOK…",
		Short: "Check runbooks and read them aloud",
		Long: `Check runbooks and read aloud what each would do: where it runs, what it uses
up, what it breaks, every step and how it is undone. Nothing is called.

A runbook with mistakes is refused with all of them at once, each with its line,
a caret and what was expected. What is allowed and hardly meant is warned of on
stderr, such as a runbook that promises nothing. --quiet only checks.`,
		Example: `  mrkctl drill lint region-outage
  mrkctl drill lint --quiet runbooks/*.yaml
  mrkctl drill lint game-day.yaml --set standby=us-west-2`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeRunbooks,
		RunE: func(_ *cobra.Command, args []string) error {
			o.Runbooks = args
			return runDrillLint(app, o)
		},
	}
	c.Flags().StringToStringVar(&o.Vars, "set", nil, "set a variable of the runbook: name=value")
	return c
}

// runDrillLint reads every runbook before it gives up on the bad ones.
func runDrillLint(app *App, o DrillLintOptions) error {
	var readings []runbook.Reading
	var bad []error
	for _, name := range o.Runbooks {
		book, err := loadRunbook(name, o.Vars)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		reading := runbook.Describe(book)
		for _, w := range reading.Warnings { // --quiet or not: it is what was asked for
			writeLine(app.Err, app.fold(terminal.Safe("warning: "+book.Name+": "+w)))
		}
		readings = append(readings, reading)
	}
	if err := showReadings(app, readings); err != nil {
		return err
	}
	return errors.Join(bad...)
}

// showReadings reads runbooks aloud: as prose for people, as data for machines.
func showReadings(app *App, readings []runbook.Reading) error {
	if app.Config.Output == string(report.FormatJSON) || app.Config.Output == string(report.FormatNDJSON) {
		return app.Show(report.Document{Kind: "drill-lint", Data: append([]runbook.Reading{}, readings...)})
	}
	if app.Config.Quiet {
		return nil
	}
	width, _ := app.Size()
	if width <= 0 || width > 100 {
		width = 100
	}
	for i, r := range readings {
		text := readAloud(r, width)
		if i > 0 {
			text = "\n" + text
		}
		if err := app.print(text); err != nil {
			return err
		}
	}
	return nil
}

// readAloud is a reading as prose.
func readAloud(r runbook.Reading, width int) string {
	var b strings.Builder
	line := func(indent int, mark, text string) {
		b.WriteString(hang(terminal.Safe(text), strings.Repeat(" ", indent)+mark, width))
	}
	part := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n" + title + "\n")
		for _, text := range lines {
			line(2, "", text)
		}
	}
	steps := func(title string, list []runbook.Spoken) {
		if len(list) == 0 {
			return
		}
		b.WriteString("\n" + title + "\n")
		n := 0
		for _, s := range list {
			mark := "   + "
			if !strings.Contains(s.ID, "/") {
				n++
				mark = fmt.Sprintf("%2d. ", n)
			}
			first := s.Says
			if first == "" {
				first = s.ID
			}
			line(2, mark, first)
			line(6, "", s.Does)
			for _, more := range s.More {
				line(6, "", more)
			}
		}
	}
	line(0, "", r.Name+": "+r.About)
	part("Terms", r.Terms)
	part("Beside the steps", r.Load)
	part("What may be broken", r.Faults)
	steps(fmt.Sprintf("Steps, at least %s", runbook.FormatDuration(r.AtLeast)), r.Steps)
	steps("In the end, whatever happened", r.Finally)
	part("What is measured", r.Objectives)
	part("What must hold", r.Checks)
	return b.String()
}

// hang breaks a text into lines of at most width columns, the first led by
// lead and the others by as many spaces.
func hang(text, lead string, width int) string {
	var b strings.Builder
	line, space := lead, strings.Repeat(" ", len(lead))
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && len([]rune(line))+1+len([]rune(word)) > width {
			b.WriteString(line + "\n")
			line, empty = space, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return b.String() + line + "\n"
}
