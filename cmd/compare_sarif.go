package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// sarif is the log of the findings, which code scanning reads.
func (x *comparing) sarif() ([]byte, error) {
	if x.SARIF == "" && x.app.Config.Output != string(report.FormatSARIF) {
		return nil, nil
	}
	var rules []report.SARIFRule
	for _, r := range compare.Rules() {
		rules = append(rules, report.SARIFRule{
			ID: r.ID, Name: r.Title, Short: r.Title, Help: r.Why + " For example: " + r.Example + " What to do: " + r.Fix,
			HelpURI: "https://github.com/mrkctl/mrkctl/blob/main/docs/rules.md#" + strings.ToLower(r.ID), Level: sarifLevel(r.Severity), Security: securitySeverity(r.Severity),
		})
	}
	var found []report.SARIFResult
	seen := map[string]bool{}
	for _, r := range x.results {
		for _, f := range r.Findings {
			seen[f.Fingerprint] = true
			found = append(found, x.sarifResult(r, f))
		}
	}
	for _, a := range x.baseline.Accepted {
		if a.Fingerprint != "" && !seen[a.Fingerprint] {
			found = append(found, report.SARIFResult{Rule: a.Rule, Message: "no longer found: " + a.Reason, Object: a.Key, Region: a.Region, Identity: a.Fingerprint, State: "absent"})
		}
	}
	text, err := report.SARIF(buildVersion().Version, rules, found)
	if err != nil {
		return nil, fmt.Errorf("write the findings as SARIF: %w", err)
	}
	return text, nil
}

func (x *comparing) sarifResult(r compare.Result, f compare.Finding) report.SARIFResult {
	out := report.SARIFResult{
		Rule: f.Rule, Level: sarifLevel(f.Severity), Message: f.What, Object: r.Key, Region: f.Region, Identity: f.Fingerprint, Suppressed: f.Suppressed,
	}
	if x.Baseline != "" {
		out.State = "new"
		if x.baseline.Knows(f) {
			out.State = "unchanged"
		}
	}
	dir := x.Snapshot
	if dir == "" {
		dir = x.From
	}
	if dir == "" || f.Region == "" {
		return out
	}
	out.File = filepath.ToSlash(filepath.Join(dir, r.Key+".json"))
	for _, e := range f.Evidence {
		if e.Region == f.Region {
			out.File = filepath.ToSlash(policyFile(dir, r.Key, e.Region))
			out.Line, out.Column, out.EndLine, out.EndColumn = e.Line, e.Column, e.EndLine, e.EndColumn
			break
		}
	}
	return out
}

func sarifLevel(s compare.Severity) string {
	switch s {
	case compare.Critical, compare.High:
		return "error"
	case compare.Medium:
		return "warning"
	case compare.Low, compare.Info:
	}
	return "note"
}

// securitySeverity is the number by which code scanning sorts.
func securitySeverity(s compare.Severity) string {
	switch s {
	case compare.Critical:
		return "9.5"
	case compare.High:
		return "8.0"
	case compare.Medium:
		return "5.5"
	case compare.Low, compare.Info:
	}
	return "3.0"
}

func writeSARIF(path string, log []byte) error {
	if path == "" {
		return nil
	}
	if err := os.WriteFile(path, log, 0o600); err != nil {
		return fmt.Errorf("write the findings as SARIF: %w", err)
	}
	return nil
}

func writeBaseline(o CompareOptions, results []compare.Result, now time.Time) error {
	if o.WriteBaseline == "" {
		return nil
	}
	text, err := json.MarshalIndent(compare.BaselineOf(results, o.Reason, now.AddDate(0, 0, 90)), "", "  ")
	if err == nil {
		err = os.WriteFile(o.WriteBaseline, append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}
