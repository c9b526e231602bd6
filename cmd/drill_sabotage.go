package cmd

import (
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// sabotageRow is a thing that can be broken on purpose.
type sabotageRow struct {
	Name   string   `json:"name"`
	Breaks []string `json:"breaks"` // the checks that should fail
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
	for _, c := range check.All() {
		i := slices.IndexFunc(rows, func(r sabotageRow) bool { return r.Name == c.Sabotage })
		switch {
		case i < 0:
			rows = append(rows, sabotageRow{Name: c.Sabotage, Breaks: []string{c.Name}, Says: "the drill itself does what the check forbids"})
		case !slices.Contains(rows[i].Breaks, c.Name):
			rows[i].Breaks = append(rows[i].Breaks, c.Name)
		}
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

func sabotageList() report.Document {
	rows := sabotages()
	doc := report.Document{
		Kind:    "sabotage-list",
		Columns: report.Columns("SABOTAGE", "CHECK THAT FAILS", "WHAT IS BROKEN"),
		Data:    rows,
	}
	for _, s := range rows {
		first := ""
		if len(s.Breaks) > 0 {
			first = s.Breaks[0]
		}
		doc.Rows = append(doc.Rows, []string{s.Name, first, s.Says})
	}
	doc.Notes = append(doc.Notes, "A sabotage may break what the undo needs as well: the run then ends LEFT DIRTY, with exit code 7, and its report names what could not be undone.")
	return doc
}
