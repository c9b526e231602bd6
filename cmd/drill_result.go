package cmd

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// writeReport writes the report of the run in dir, from its journal and history
// alone, and returns the paths of its files. No forms means all.
func writeReport(dir string, forms []string) ([]string, error) {
	writings, err := report.ParseWritings(slices.DeleteFunc(slices.Clone(forms), func(f string) bool { return f == "history" }))
	if err != nil {
		return nil, err
	}
	model, err := readRun(dir)
	if err != nil {
		return nil, err
	}
	return report.Write(dir, model, writings)
}

// readRun works the report out of a run's folder.
func readRun(dir string) (*report.Model, error) {
	return report.Load(filepath.Join(dir, drill.JournalFile), filepath.Join(dir, drill.HistoryFile))
}

// drillOutcome is the answer of "drill run" as JSON.
type drillOutcome struct {
	Run        string              `json:"run"`
	Runbook    string              `json:"runbook"`
	Origin     journal.Origin      `json:"origin"`
	Seed       uint64              `json:"seed"`
	Verdict    journal.Verdict     `json:"verdict"`
	ExitCode   int                 `json:"exit_code"`
	Headline   string              `json:"headline"`
	Objectives []progressObjective `json:"objectives"`
	Checks     []journal.Check     `json:"checks"`
	Left       []string            `json:"left"`
	Files      []string            `json:"files"`
}

type progressObjective struct {
	Name     string          `json:"name"`
	Target   string          `json:"target"`
	Measured string          `json:"measured"`
	Verdict  journal.Verdict `json:"verdict"`
}

// drillResult is how a drill ended, for stdout: verdict, objectives, checks and
// where the report is.
func drillResult(s *progress.Story, res drill.Result, dir string, files []string) report.Document {
	out := drillOutcome{
		Run: s.Planned.Run, Runbook: s.Planned.Runbook, Origin: s.Planned.Target, Seed: s.Planned.Seed,
		Verdict: res.Verdict, ExitCode: res.Exit, Headline: res.Headline,
		Objectives: []progressObjective{}, Checks: append([]journal.Check{}, s.Checks...), Left: []string{}, Files: files,
	}
	doc := report.Document{
		Kind:    "drill-result",
		Title:   s.Planned.Runbook + ": " + res.Headline,
		Columns: report.Columns("OBJECTIVE OR CHECK", "VERDICT", "WHAT WAS SEEN"),
	}
	for _, o := range s.Objectives {
		out.Objectives = append(out.Objectives, progressObjective{o.Name, o.Target, o.Measured, o.Verdict})
		doc.Rows = append(doc.Rows, []string{o.Name, string(o.Verdict), o.Measured + ", wanted " + o.Target})
	}
	for _, c := range s.Checks {
		doc.Rows = append(doc.Rows, []string{c.Name, string(c.Verdict), c.Detail})
	}
	if s.Ended != nil {
		out.Left = append(out.Left, s.Ended.Left...)
		for _, left := range s.Ended.Left {
			doc.Notes = append(doc.Notes, "left behind: "+left)
		}
	}
	if len(files) == 0 {
		doc.Notes = append(doc.Notes, "journal: "+filepath.Join(dir, drill.JournalFile))
	} else {
		names := make([]string, 0, len(files))
		for _, f := range files {
			names = append(names, filepath.Base(f))
		}
		doc.Notes = append(doc.Notes, "report: "+strings.Join(names, ", ")+" in "+dir)
	}
	doc.Data = out
	return doc
}

// verdictWord is a verdict as a heading.
func verdictWord(v journal.Verdict) string {
	switch v {
	case journal.Pass:
		return "PASSED"
	case journal.Fail:
		return "FAILED"
	case journal.Unknown:
		return "UNKNOWN"
	default:
		return strings.ToUpper(string(v))
	}
}
