package runbook

import "time"

// Objectives are the targets of a drill. Those that are not given are not
// measured.
type Objectives struct {
	RecoveryTime []RecoveryTime   `yaml:"recovery-time" one:"yes" doc:"How soon a probe is healthy again after a step."`
	Availability []Availability   `yaml:"availability" one:"yes" doc:"Share of a probe's calls that succeed over the whole run."`
	Unreadable   *int             `yaml:"unreadable-ciphertexts" doc:"How many ciphertexts may be left that some member cannot open."`
	Propagation  *PropagationTime `yaml:"propagation-time" doc:"How soon every member encrypts with new key material."`
}

// RecoveryTime is how soon a probe must be healthy again.
type RecoveryTime struct {
	Of      string        `yaml:"of" need:"yes" kind:"probe" doc:"Name of a probe."`
	In      string        `yaml:"in" kind:"region" doc:"Only in this Region of the probe."`
	After   string        `yaml:"after" need:"yes" kind:"step" doc:"Id of the step from whose end time counts."`
	Within  time.Duration `yaml:"within" need:"yes" doc:"The target."`
	GoodFor time.Duration `yaml:"good-for" default:"30s" doc:"How long it must stay healthy to count."`
}

// Availability is the share of a probe's calls that must succeed.
type Availability struct {
	Of      string  `yaml:"of" need:"yes" kind:"probe" doc:"Name of a probe."`
	In      string  `yaml:"in" kind:"region" doc:"Only in this Region of the probe."`
	AtLeast Percent `yaml:"at-least" need:"yes" doc:"The target."`
}

// PropagationTime is how soon every member must encrypt with new key material.
type PropagationTime struct {
	After  string        `yaml:"after" need:"yes" kind:"step" doc:"Id of the step that rotates."`
	Within time.Duration `yaml:"within" need:"yes" doc:"The target."`
}

// Check is a claim about the whole run. With is empty for most.
type Check struct {
	Name string
	With CheckWith
}

// CheckWith narrows a check.
type CheckWith struct {
	Allow  []string `yaml:"allow" kind:"event" doc:"Operations that may."`
	During []string `yaml:"during" one:"yes" kind:"step" doc:"Only while these steps ran."`
	In     []string `yaml:"in" one:"yes" kind:"region" doc:"Only in these Regions."`
	Except []string `yaml:"except" one:"yes" kind:"region" doc:"Not in these Regions: what is left different there is meant."`
}

// Claim is a check that runbooks may name, with what it holds to be true.
type Claim struct {
	Name, Says string
}

// Claims lists the checks that a runbook may name.
func Claims() []Claim {
	return []Claim{
		{"every-ciphertext-decrypts-everywhere", "Every ciphertext that any member made opens in every member."},
		{"no-plaintext-lost", "Every ciphertext opens to what was sealed in at least one member."},
		{"one-primary-at-a-time", "At no moment did two members of a key set act as primary."},
		{"material-agrees", "Every member holds the same current key material at the end, and none went on with another before."},
		{"new-material-only-when-everywhere", "No member encrypted with new key material before every member had it."},
		{"no-call-crosses-regions", "No application called KMS outside its own Region during an outage, by the history and by the audit trails."},
		{"crypto-never-paused", "Where no fault was on, no call to encrypt or decrypt failed."},
		{"policies-and-aliases-untouched-by-promotion", "No promotion changed a key policy or an alias of any member."},
		{"aliases-agree", "Every member has the same aliases at the end."},
		{"policies-agree", "Every member has the same key policy at the end."},
		{"grants-agree", "Every member has the same grants at the end."},
		{"audit-trail-complete", "Every call that the drill made is in the audit trail of the Region it went to."},
		{"left-as-found", "Every key set is as the first snapshot has it, key material apart."},
		{"spend-within-budget", "No more was used up than safety.spend allows."},
	}
}
