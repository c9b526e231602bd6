package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// SARIFRule is a rule that findings refer to.
type SARIFRule struct {
	ID      string // stable, such as MRK201
	Name    string // in a few words
	Short   string // one sentence
	Help    string // what it means and what to do
	HelpURI string // may be empty
	Level   string // error, warning or note
	// Security is the severity from 0.1 to 10.0 that code scanning sorts by;
	// empty for none.
	Security string
}

// SARIFResult is one finding.
type SARIFResult struct {
	Rule    string // id of a rule
	Level   string // error, warning or note; empty: the rule's
	Message string
	// Object is what the finding is about, such as a key's ARN, and Region where.
	Object, Region string
	// File, Line and Column are where it stands. A live key has no file: an empty
	// File stands for kms/REGION/OBJECT, which code scanning needs to show it.
	File               string
	Line, Column       int // from 1; 0 when not known
	EndLine, EndColumn int // after the last character; 0 when not known
	// State is new or unchanged against a baseline, or absent for what only the
	// baseline knows; empty without one.
	State string
	// Identity is what makes it the same finding as in an earlier run, whatever
	// its message says. Empty: rule, object and Region.
	Identity string
	// Suppressed is why somebody accepts it; empty when nobody does.
	Suppressed string
}

// SARIF writes findings as a SARIF 2.1.0 log for code scanning. The order of
// rules and results is kept, and the same findings give the same bytes.
func SARIF(version string, rules []SARIFRule, results []SARIFResult) ([]byte, error) {
	run := sarifRun{
		Tool:    sarifTool{Driver: sarifDriver{Name: "mrkctl", Version: version, InformationURI: "https://github.com/mrkctl/mrkctl", Language: "en", Rules: []sarifRule{}}},
		Results: []sarifResult{}, Language: "en", Newlines: []string{"\r\n", "\n"}, ColumnKind: "unicodeCodePoints",
	}
	for _, r := range rules {
		rule := sarifRule{ID: r.ID, Name: r.Name, Short: sarifText{r.Short}, HelpURI: r.HelpURI, Default: sarifLevel{r.Level}}
		if r.Help != "" {
			rule.Help = &sarifText{r.Help}
		}
		if r.Security != "" {
			rule.Properties = &sarifProperties{Security: r.Security, Tags: []string{"security"}}
		}
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	for i, r := range results {
		at := slices.IndexFunc(rules, func(rule SARIFRule) bool { return rule.ID == r.Rule })
		if at < 0 {
			return nil, fmt.Errorf("write findings as SARIF: finding %d names rule %q, which is not among the rules", i+1, r.Rule)
		}
		run.Results = append(run.Results, r.sarif(at, rules[at].Level))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := e.Encode(log); err != nil {
		return nil, fmt.Errorf("write findings as SARIF: %w", err)
	}
	return b.Bytes(), nil
}

func (r SARIFResult) sarif(rule int, level string) sarifResult {
	if r.Level != "" {
		level = r.Level
	}
	file := r.File
	if file == "" {
		file = "kms/" + r.Region + "/" + strings.NewReplacer(":", "/", " ", "_").Replace(r.Object)
	}
	place := sarifPlace{Artifact: sarifArtifact{URI: pathURI(file)}}
	if r.Line > 0 {
		place.Region = &sarifRegion{Line: r.Line, Column: r.Column, EndLine: r.EndLine, EndColumn: r.EndColumn}
	}
	identity := r.Identity
	if identity == "" {
		identity = strings.Join([]string{r.Rule, r.Object, r.Region}, "|")
	}
	out := sarifResult{
		RuleID: r.Rule, RuleIndex: rule, Level: level, Message: sarifText{terminal.Safe(r.Message)},
		Locations:    []sarifLocation{{Physical: place, Logical: []sarifLogical{{Name: r.Object, Full: strings.Trim(r.Region+"/"+r.Object, "/"), Kind: "resource"}}}},
		Fingerprints: map[string]string{"mrkctl/v1": identity}, State: r.State,
	}
	if r.Suppressed != "" {
		out.Suppressions = []sarifSuppression{{Kind: "external", Justification: terminal.Safe(r.Suppressed)}}
	}
	return out
}

// pathURI makes a relative URI of a path: what a URI can't hold is escaped.
func pathURI(path string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ReplaceAll(path, `\`, "/")) {
		if alphanumeric(c) || strings.IndexByte("/-_.~+@", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// The parts of a SARIF log that mrkctl writes.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		Results    []sarifResult `json:"results"`
		Language   string        `json:"language"`
		Newlines   []string      `json:"newlineSequences"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Language       string      `json:"language"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string     `json:"id"`
		Name    string     `json:"name,omitempty"`
		Short   sarifText  `json:"shortDescription"`
		Help    *sarifText `json:"help,omitempty"`
		HelpURI string     `json:"helpUri,omitempty"`
		Default sarifLevel `json:"defaultConfiguration"`

		Properties *sarifProperties `json:"properties,omitempty"`
	}
	sarifProperties struct {
		Security string   `json:"security-severity"`
		Tags     []string `json:"tags"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		State        string             `json:"baselineState,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPlace     `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPlace struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`

		EndLine   int `json:"endLine,omitempty"`
		EndColumn int `json:"endColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Full string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)
