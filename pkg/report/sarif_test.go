package report

import (
	"bytes"
	"testing"

	sarif "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

func TestSARIFFollowsItsSchema(t *testing.T) {
	rules := []SARIFRule{
		{ID: "MRK201", Name: "policy differs", Short: "The key policy of a member differs in what it allows.", Help: "Compare the statements.", HelpURI: "https://example.org/rules#mrk201", Level: "error", Security: "9.5"},
		{ID: "MRK301", Short: "An alias is missing in a Region.", Level: "warning"},
	}
	results := []SARIFResult{
		{Rule: "MRK301", Message: "alias/payments is missing\x1b[31m", Object: "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", Region: "eu-west-1"},
		{Rule: "MRK201", Level: "note", Message: "differs", Object: "mrk-1", Region: "eu-west-1", File: "snap shot/eu-west-1.policy.json", Line: 12, Column: 3, EndLine: 14, EndColumn: 4, State: "unchanged", Suppressed: "accepted until spring"},
	}
	text, err := SARIF("v0.1.0", rules, results)
	if err != nil {
		t.Fatal(err)
	}
	log, err := sarif.FromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	got := log.Runs[0].Results
	if len(got) != 2 || *got[0].RuleID != "MRK301" || got[0].RuleIndex != 1 || got[0].Level != "warning" || got[1].Level != "note" {
		t.Errorf("%s", text)
	}
	if uri := *got[1].Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != "snap%20shot/eu-west-1.policy.json" {
		t.Error(uri)
	}
	if len(got[1].Suppressions) != 1 || len(got[0].Suppressions) != 0 || bytes.ContainsRune(text, 0x1b) || bytes.Contains(text, []byte(`\u001b`)) {
		t.Errorf("%s", text)
	}
	if _, err := SARIF("", rules, []SARIFResult{{Rule: "MRK999"}}); err == nil {
		t.Error("a finding of no rule was written")
	}
	empty, err := SARIF("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if log, err := sarif.FromBytes(empty); err != nil || log.Validate() != nil {
		t.Errorf("no findings: %v", err)
	}
}
