// Package compare judges what differs between the members of a multi-Region
// key, and whether it matters on the day a Region is gone.
//
// It compares key sets that were read before and makes no call. Policies are
// compared by the access that results, with each member's own Region read as
// the same word; the rest by value. What can't be decided is a finding of its
// own, never silently equal.
package compare

import "slices"

// Severity is how much a finding matters.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Severities lists them, the gravest first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

// Grave says whether a severity is at least as grave as another.
func (s Severity) Grave(than Severity) bool { return s.rank() <= than.rank() }

func (s Severity) rank() int { return slices.Index(Severities(), s) }

// Rule is one thing that can be found. Its id is never used for another.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"` // unless a finding says otherwise
	Title    string   `json:"title"`
	Why      string   `json:"why"`     // it matters
	Example  string   `json:"example"` // of how it comes about
	Fix      string   `json:"fix"`     // what to do about it
	// Needs is what has to be given before the rule is judged; empty when what
	// KMS tells is enough.
	Needs string `json:"needs,omitempty"`
}

// Rules lists every rule, in the order of their ids.
func Rules() []Rule {
	return slices.Concat(integrityRules(), stateRules(), accessRules(), exposureRules(), deadTextRules(), satelliteRules(), readinessRules(), styleRules())
}

// RuleOf returns the rule with an id.
func RuleOf(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Finding is one thing that was found.
type Finding struct {
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Region    string   `json:"region,omitempty"`    // where it is wrong
	Principal string   `json:"principal,omitempty"` // of access findings; else what it is about: an alias, a tag
	// Class is the principal in words common to all members: in it <region> is
	// each member's own.
	Class   string            `json:"class,omitempty"`
	Actions []string          `json:"actions,omitempty"`
	What    string            `json:"what"`             // in a sentence
	Values  map[string]string `json:"values,omitempty"` // by Region
	// Evidence are the statements that it rests on.
	Evidence []Evidence `json:"evidence,omitempty"`
	Fix      string     `json:"fix,omitempty"` // what to do, where it is more than the rule says
	// Fingerprint stays the same from run to run while the finding does, however
	// statements are ordered and named.
	Fingerprint string `json:"fingerprint"`
	// Suppressed is the reason why it does not count; empty when it does.
	Suppressed string `json:"suppressed,omitempty"`
}

// Evidence is a statement of a member's key policy.
type Evidence struct {
	Region    string `json:"region"`
	Pointer   string `json:"json_pointer"` // into the policy, such as /Statement/2
	SID       string `json:"sid,omitempty"`
	Line      int    `json:"line"` // in the policy as it is stored, from 1
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
}
