package cmd

import (
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// sabotageRow is a thing that can be broken on purpose.
type sabotageRow struct {
	Name   string   `json:"name"`
	Breaks []string `json:"breaks"` // the checks that should fail, and the kinds of objective that should be missed
	Says   string   `json:"says"`
	World  bool     `json:"world"` // the simulated world does it; else the drill
}

// sabotages lists what --sabotage can break: ways in which the simulated world
// can lie, and ways in which the drill itself can misbehave.
func sabotages() []sabotageRow {
	var rows []sabotageRow
	for _, s := range sim.Sabotages() {
		row := sabotageRow{Name: s.Name, Says: s.Says, World: true}
		if s.Breaks != "" {
			row.Breaks = []string{s.Breaks}
		}
		rows = append(rows, row)
	}
	for _, s := range drill.Sabotages() {
		rows = append(rows, sabotageRow{Name: s.Name, Says: s.Says})
	}
	breaks := func(sabotage, what string) {
		i := slices.IndexFunc(rows, func(r sabotageRow) bool { return r.Name == sabotage })
		if i >= 0 && !slices.Contains(rows[i].Breaks, what) {
			rows[i].Breaks = append(rows[i].Breaks, what)
		}
	}
	for _, c := range check.All() {
		breaks(c.Sabotage, c.Name)
	}
	for _, k := range check.ObjectiveKinds() {
		breaks(k.Sabotage, k.Name)
	}
	return rows
}

func sabotageNames() []string {
	var names []string
	for _, s := range sabotages() {
		names = append(names, s.Name)
	}
	return names
}

// sabotageOf returns what a new world has to be told to break.
func sabotageOf(name, spec string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	rows := sabotages()
	i := slices.IndexFunc(rows, func(r sabotageRow) bool { return r.Name == name })
	switch {
	case i < 0:
		return nil, withHint(usageErrorf("--sabotage: nothing is called %q", name), "mrkctl drill run --list-sabotage")
	case spec == "aws":
		return nil, withExit(exitRefused, usageErrorf("--sabotage %s: not on AWS", name))
	case rows[i].World:
		return []string{name}, nil
	}
	return nil, nil
}

// sabotageFits says whether a runbook has what a sabotage is to break: where it
// sets no objective of that kind, a run would pass and show nothing.
func sabotageFits(name string, book *runbook.Runbook) error {
	for _, k := range check.ObjectiveKinds() {
		if k.Sabotage == name && len(check.TargetsOf(book, k.Name)) == 0 {
			return withHint(usageErrorf("--sabotage %s: runbook %s sets no objective %s", name, book.Name, k.Name), "mrkctl drill run --list-sabotage")
		}
	}
	return nil
}

func sabotageList() report.Document {
	rows := sabotages()
	doc := report.Document{
		Kind:    "sabotage-list",
		Columns: report.Columns("SABOTAGE", "CHECK OR OBJECTIVE THAT FAILS", "WHAT IS BROKEN"),
		Data:    rows,
	}
	for _, s := range rows {
		first := ""
		if len(s.Breaks) > 0 {
			first = s.Breaks[0]
		}
		doc.Rows = append(doc.Rows, []string{s.Name, first, s.Says})
	}
	doc.Notes = append(doc.Notes, "--sabotage takes the name of a sabotage, or that of the check or the kind of objective that shall fail.")
	doc.Notes = append(doc.Notes, "A sabotage may break what the undo needs as well: the run then ends LEFT DIRTY, with exit code 7, and its report names what could not be undone.")
	return doc
}
