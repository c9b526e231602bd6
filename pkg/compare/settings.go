package compare

import "github.com/mrkctl/mrkctl/pkg/policy"

// Settings say how an operator wants key sets judged: what the rule file says,
// and what a command was told. The zero value judges by what KMS tells alone.
type Settings struct {
	Names     policy.Names
	Trust     Trust
	Residency []string // Regions that may hold a member; none means any
	Expect    Expect
	// Critical are the actions without which the load can't move; none means
	// those that go with the key's usage.
	Critical []string
	Accepted []Accepted
	// Existing are the ARNs of the account's principals; nil when not known.
	Existing map[string]bool
	Matrix   Matrix
}

// Trust is who may be let in from outside.
type Trust struct {
	Accounts []string
	Orgs     []string // ids of organizations, such as o-abc123
}

// Level says how strictly something is expected to be the same.
type Level string

// The levels. The zero value is the default of each setting.
const (
	SameEverywhere Level = "same"
	Classes        Level = "classes"
	Ignore         Level = "ignore"
)

// Expect is what differs on purpose.
type Expect struct {
	Aliases      Level // same or ignore
	Grants       Level // classes or ignore
	Tags         TagRules
	PrimaryOnly  []string // actions that only the primary needs to allow, such as ReplicateKey
	RotationDays int      // the period; 0 for any
}

// TagRules say which tags count, by patterns. Those of AWS itself never do.
type TagRules struct {
	Same   []string // only these; none means all
	Ignore []string
}
