package compare

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// Verdict is what became of a comparison in a word.
type Verdict string

// The verdicts. Unknown is one of its own: nothing grave was found, and not
// everything was seen.
const (
	Same    Verdict = "same"
	Drift   Verdict = "drift"
	Unknown Verdict = "unknown"
)

// Result is what comparing the members of one key set found.
type Result struct {
	Key      string    `json:"key"` // key id
	Aliases  []string  `json:"aliases"`
	Primary  string    `json:"primary"`
	Regions  []string  `json:"regions"`
	Verdict  Verdict   `json:"verdict"`
	Complete bool      `json:"complete"` // every part of every member was read and could be judged
	Coverage Coverage  `json:"coverage"`
	Findings []Finding `json:"findings"`
	// Policies relates the policy of each member to that of each later one.
	Policies []PolicyRelation `json:"policies"`
	// Failover says for each two members whether the second could take over
	// what the first lets through.
	Failover []Failover `json:"failover"`
	// Access is who may do what, where.
	Access []AccessRow `json:"access"`
}

// Coverage says what the result rests on.
type Coverage struct {
	Complete bool `json:"complete"`
	// Unread is what could not be read, by Region.
	Unread []Unread `json:"unread"`
	// NotJudged are rules that need something that was not given.
	NotJudged []NotJudged `json:"not_judged"`
}

// Unread is a part of a member that could not be read.
type Unread struct {
	Region string `json:"region"`
	What   string `json:"what"` // the operation; member when nothing was read
	Code   string `json:"code"`
}

// NotJudged is a rule that was not judged, and what it needs.
type NotJudged struct {
	Rule  string `json:"rule"`
	Needs string `json:"needs"`
}

// Matrix says with how much of the access matrix a result comes.
type Matrix uint8

// How much: the actions that an application and an administrator can't do
// without, all, or none (for fleets).
const (
	MatrixShort Matrix = iota
	MatrixFull
	MatrixNone
)

// comparison is one under way.
type comparison struct {
	Settings
	set      mrk.KeySet
	members  []mrk.Member // that were reached
	primary  mrk.Member
	now      time.Time
	findings []Finding
	// What follows is of the members of which the policy could be read.
	judged  []mrk.Member
	docs    []*policy.Document
	judge   *policy.Judgement
	unclear bool
	result  Result
}

// Compare compares the members of a key set that was read whole. Now decides
// what is about to expire.
func Compare(set mrk.KeySet, now time.Time, s Settings) Result {
	return begin(set, now, s).run()
}

func begin(set mrk.KeySet, now time.Time, s Settings) *comparison {
	c := &comparison{set: set, now: now, Settings: s}
	for _, m := range set.Members {
		if m.Reached() {
			c.members = append(c.members, m)
		}
	}
	if len(c.members) > 0 {
		c.primary = c.members[0]
	}
	if m, ok := set.Member(set.Primary); ok && m.Reached() {
		c.primary = m
	}
	return c
}

func (c *comparison) run() Result {
	c.result = Result{
		Key: c.set.ID, Primary: c.set.Primary, Regions: c.set.Regions(), Aliases: []string{},
		Policies: []PolicyRelation{}, Failover: []Failover{}, Access: []AccessRow{},
	}
	c.integrity()
	c.states()
	c.policies()
	c.satellites()
	c.readiness()
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Principal, b.Principal))
	})
	r := c.result
	r.Findings = append([]Finding{}, c.findings...)
	for _, m := range c.members {
		for _, alias := range m.Aliases {
			if !slices.Contains(r.Aliases, alias) {
				r.Aliases = append(r.Aliases, alias)
			}
		}
	}
	slices.Sort(r.Aliases)
	r.Coverage = c.coverage()
	r.Complete = r.Coverage.Complete && !c.unclear
	r.settle()
	return r
}

// settle works the verdict out anew.
func (r *Result) settle() {
	r.Verdict = Same
	if worst, any := r.Worst(); any && worst.Grave(Medium) {
		r.Verdict = Drift
	}
	if r.Verdict == Drift && !r.Complete && r.onlyUnknown(Medium) {
		r.Verdict = Unknown
	}
	if r.Verdict == Same && !r.Complete {
		r.Verdict = Unknown
	}
}

// onlyUnknown says whether all that was found from a severity on is that
// something could not be read or decided.
func (r Result) onlyUnknown(from Severity) bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Suppressed == "" && f.Severity.Grave(from) && f.Rule != "MRK001" && f.Rule != "MRK004"
	})
}

// Fails says whether a result has a finding at or above a severity that is
// more than something unread or undecided, and whether there is any unknown.
func (r Result) Fails(from Severity) (drift, unknown bool) {
	return !r.onlyUnknown(from), !r.Complete
}

// Worst is the gravest severity among the findings that count, and whether
// there is any.
func (r Result) Worst() (Severity, bool) {
	worst, any := Info, false
	for _, f := range r.Findings {
		if f.Suppressed == "" && (!any || f.Severity.Grave(worst)) {
			worst, any = f.Severity, true
		}
	}
	return worst, any
}

func (c *comparison) coverage() Coverage {
	v := Coverage{Complete: c.set.Whole(), Unread: []Unread{}, NotJudged: []NotJudged{}}
	for _, p := range c.set.Silent {
		v.Unread = append(v.Unread, Unread{p.Region, "whether it holds a member", p.Code})
	}
	for _, m := range c.set.Members {
		switch {
		case m.Missing:
			v.Unread = append(v.Unread, Unread{m.Region, "member", "NotFoundException"})
		case m.Unreachable != nil:
			v.Unread = append(v.Unread, Unread{m.Region, "member", m.Unreachable.Code})
		}
		for _, p := range m.Problems {
			v.Unread = append(v.Unread, Unread{m.Region, p.What, p.Code})
		}
	}
	for _, r := range Rules() {
		switch {
		case r.ID == "MRK105" && len(c.Residency) == 0, r.ID == "MRK308" && c.Existing == nil:
			v.NotJudged = append(v.NotJudged, NotJudged{r.ID, r.Needs})
		case r.ID == "MRK610" && !slices.ContainsFunc(c.members, func(m mrk.Member) bool { return !m.UsedSince.IsZero() }):
			v.NotJudged = append(v.NotJudged, NotJudged{r.ID, "when each member was last used, which KMS tells five times a second; --usage asks for it"})
		}
	}
	return v
}

// find adds a finding.
func (c *comparison) find(id, region, what string, change ...func(*Finding)) {
	rule, _ := RuleOf(id)
	f := Finding{Rule: id, Severity: rule.Severity, Region: region, What: what}
	for _, do := range change {
		do(&f)
	}
	class := cmp.Or(f.Class, f.Principal)
	sum := sha256.Sum256([]byte(strings.Join([]string{id, c.set.ID, region, class, strings.Join(f.Actions, ",")}, "\x00")))
	f.Fingerprint = hex.EncodeToString(sum[:12])
	if slices.ContainsFunc(c.findings, func(o Finding) bool { return o.Fingerprint == f.Fingerprint && o.What == f.What }) {
		return
	}
	c.findings = append(c.findings, f)
}

func severity(s Severity) func(*Finding) { return func(f *Finding) { f.Severity = s } }

func principal(name string) func(*Finding) { return func(f *Finding) { f.Principal = name } }
