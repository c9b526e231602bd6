package cmd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/policy"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// stream prints a result as a line where that is asked for.
func (x *comparing) stream(r compare.Result) error {
	if !x.streams() {
		return nil
	}
	line, err := json.Marshal(map[string]any{"schema": report.Schema, "kind": "compare", "data": r})
	if err != nil {
		return fmt.Errorf("write the result of %s: %w", r.Key, err)
	}
	return x.app.print(string(line) + "\n")
}

// document is the answer for people: findings, then who may do what and
// whether the load could move, for one key.
func (x *comparing) document() report.Document {
	single := len(x.results) == 1
	d := report.Document{Kind: "compare", Data: x.results, Columns: report.Columns("KEY", "SEVERITY", "RULE", "REGION", "~WHAT")}
	if single {
		d.Columns = d.Columns[1:]
		d.Title = x.headline(x.results[0])
	}
	counts := map[compare.Severity]int{}
	suppressed, hidden, first := 0, 0, ""
	for _, r := range x.results {
		name := x.nameOf(r)
		for _, f := range r.Findings {
			switch {
			case f.Suppressed != "":
				suppressed++
				continue
			case f.Severity == compare.Info && !x.ShowInfo:
				hidden++
				continue
			}
			counts[f.Severity]++
			row := []string{string(f.Severity), f.Rule, f.Region, f.What}
			if !single {
				row = append([]string{name}, row...)
			}
			if first == "" {
				first = f.Rule
			}
			d.Rows = append(d.Rows, row)
		}
	}
	if len(d.Rows) == 0 {
		d.Columns = nil
	}
	if single {
		d.More = append(d.More, x.accessTable(x.results[0])...)
	}
	d.Notes = x.notes(counts, suppressed, hidden, first)
	return d
}

// nameOf is how to call a key: as it was asked for, or by an alias.
func (x *comparing) nameOf(r compare.Result) string {
	if len(x.Keys) == 1 {
		return x.Keys[0]
	}
	if len(r.Aliases) > 0 {
		return r.Aliases[0]
	}
	return r.Key
}

// headline is the verdict on one key in a line.
func (x *comparing) headline(r compare.Result) string {
	where := strings.Join(r.Regions, ", ")
	switch r.Verdict {
	case compare.Same:
		return fmt.Sprintf("%s: nothing that matters differs between %s", x.nameOf(r), where)
	case compare.Unknown:
		return fmt.Sprintf("%s: not everything in %s could be read or decided", x.nameOf(r), where)
	case compare.Drift:
	}
	return fmt.Sprintf("%s: something matters in %s", x.nameOf(r), where)
}

// accessTable shows who may do what where cells differ, or all with --matrix,
// and between which members the load could move.
func (x *comparing) accessTable(r compare.Result) []report.Table {
	var tables []report.Table
	access := report.Table{Title: "who may do what: yes, if (on conditions), iam (left to IAM), denied, - (nothing)", Columns: report.Columns("~PRINCIPAL", "~ACTIONS")}
	for _, region := range r.Regions {
		access.Columns = append(access.Columns, report.Column{Name: region})
	}
	for _, row := range r.Access {
		// What a named principal has through its account stands in the account's row.
		delegated := row.Same && row.Class != policy.OwnAccount && row.In[r.Regions[0]] == "iam"
		if !x.Matrix && row.Same || delegated {
			continue
		}
		actions := strings.Join(row.Actions, ", ")
		if row.All {
			actions = "every action"
		}
		cells := []string{row.Class, actions}
		for _, region := range r.Regions {
			cell, read := row.In[region]
			if !read {
				cell = "not read"
			}
			cells = append(cells, cell)
		}
		access.Rows = append(access.Rows, cells)
	}
	if len(access.Rows) > 0 {
		tables = append(tables, access)
	}
	move := report.Table{Title: "could the load move, by the key policies", Columns: report.Columns("FROM", "TO", "HOLDS", "~WOULD LOSE")}
	breaks := false
	for _, f := range r.Failover {
		var lost []string
		for _, l := range f.Lost {
			lost = append(lost, fmt.Sprintf("%s: %s", l.Principal[strings.LastIndexByte(l.Principal, ':')+1:], strings.Join(l.Actions, ", ")))
		}
		word := map[compare.Verdict]string{compare.Same: "yes", compare.Drift: "no", compare.Unknown: "unknown"}[f.Verdict]
		breaks = breaks || f.Verdict != compare.Same
		move.Rows = append(move.Rows, []string{f.From, f.To, word, strings.Join(lost, "; ")})
	}
	if breaks || x.Matrix && len(move.Rows) > 0 {
		tables = append(tables, move)
	}
	return tables
}

// notes are the totals and what to do next.
func (x *comparing) notes(counts map[compare.Severity]int, suppressed, hidden int, first string) []string {
	var notes, totals []string
	for _, s := range compare.Severities() {
		if counts[s] > 0 {
			totals = append(totals, fmt.Sprintf("%s: %d", s, counts[s]))
		}
	}
	if len(x.results) != 1 {
		verdicts := map[compare.Verdict]int{}
		for _, r := range x.results {
			verdicts[r.Verdict]++
		}
		notes = append(notes, fmt.Sprintf("%d key sets: %d the same, %d with drift, %d unknown", len(x.results), verdicts[compare.Same], verdicts[compare.Drift], verdicts[compare.Unknown]))
	}
	if len(totals) > 0 {
		notes = append(notes, strings.Join(totals, ", "))
	}
	if suppressed > 0 {
		notes = append(notes, fmt.Sprintf("accepted by the baseline: %d", suppressed))
	}
	if hidden > 0 {
		notes = append(notes, fmt.Sprintf("of no consequence: %d; --show-info shows them", hidden))
	}
	if len(x.results) == 1 {
		for _, p := range x.results[0].Policies {
			if p.Relation != policy.Equivalent {
				notes = append(notes, relationNote(p))
			}
		}
	}
	for _, r := range x.results {
		for _, u := range r.Coverage.Unread {
			notes = append(notes, fmt.Sprintf("not read in %s: %s (%s)", u.Region, u.What, u.Code))
		}
		if len(notes) > 12 {
			break
		}
	}
	if first != "" {
		notes = append(notes, "mrkctl explain "+first+" says why it matters and what to do")
	}
	fixable := []string{"MRK101", "MRK201", "MRK202", "MRK203", "MRK204", "MRK205", "MRK206", "MRK207", "MRK208", "MRK209", "MRK401", "MRK501", "MRK510", "MRK520"}
	if len(x.results) == 1 && slices.ContainsFunc(x.results[0].Findings, func(f compare.Finding) bool {
		return f.Suppressed == "" && slices.Contains(fixable, f.Rule)
	}) {
		notes = append(notes, fmt.Sprintf("mrkctl compare %s --fix shows what would make them agree", x.nameOf(x.results[0])))
	}
	return notes
}

// relationNote says how permissive two members' policies are to each other.
func relationNote(p compare.PolicyRelation) string {
	switch p.Relation {
	case policy.Less, policy.More:
		return fmt.Sprintf("the policy of %s is %s than that of %s", p.First, p.Relation, p.Second)
	case policy.Unclear:
		return fmt.Sprintf("how permissive the policies of %s and %s are to each other can't be decided", p.First, p.Second)
	case policy.Equivalent, policy.Incomparable:
	}
	return fmt.Sprintf("the policies of %s and %s each let something through that the other does not", p.First, p.Second)
}
