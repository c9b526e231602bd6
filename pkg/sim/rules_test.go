package sim

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var ruleID = regexp.MustCompile(`MRK-[A-Z]+-\d\d`)

// mentions collects where rule ids stand in the files that match, the tables
// of rules apart.
func mentions(t *testing.T, patterns ...string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasPrefix(filepath.Base(name), "rules") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ruleID.FindAllString(string(text), -1) {
				found[id] = append(found[id], name)
			}
		}
	}
	return found
}

// TestRulesCodeAndTestsAreInStep: every rule is carried by code and by a test,
// and whatever carries a rule's id carries that of a rule.
func TestRulesCodeAndTestsAreInStep(t *testing.T) {
	all := mentions(t, "*.go", "testdata/stories/*", "awsjson/*.go", "awsjson/testdata/decode", "material/*.go")
	code, tests := map[string]bool{}, map[string]bool{}
	for id, files := range all {
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata") {
				tests[id] = true
			} else {
				code[id] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("two rules have the id %s", r.ID)
		}
		seen[r.ID] = true
		if !ruleID.MatchString(r.ID) || r.Says == "" || r.Source == "" {
			t.Errorf("%+v is not a whole rule", r)
		}
		if r.Confidence != Recorded && r.Confidence != Documented && r.Confidence != Assumed {
			t.Errorf("%s: confidence %q", r.ID, r.Confidence)
		}
		if !code[r.ID] {
			t.Errorf("no code carries %s: %s", r.ID, r.Says)
		}
		if !tests[r.ID] {
			t.Errorf("no test carries %s: %s", r.ID, r.Says)
		}
	}
	for id, files := range all {
		if !seen[id] {
			t.Errorf("%s is in %v and no rule", id, files)
		}
	}
}
