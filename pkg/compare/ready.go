package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Readiness says whether the other members could carry the load while some
// Regions are dark, and what can still be done to the key set then.
type Readiness struct {
	Key      string     `json:"key"`
	Down     []string   `json:"down"`
	Ready    bool       `json:"ready"`
	Unknown  bool       `json:"unknown"` // no standby could be read, so that there is no verdict
	Standby  []string   `json:"standby"` // Regions that would carry the load
	Can      []Possible `json:"can"`
	Findings []Finding  `json:"findings"`
	Complete bool       `json:"complete"` // everything was read and could be judged
	Coverage Coverage   `json:"coverage"`
	// Failover says for each Region that is gone and each that is left whether
	// the latter lets through what the former does.
	Failover []Failover `json:"failover"`
}

// Possible is what a call does in each Region while the others are dark.
type Possible struct {
	Operation string            `json:"operation"`
	In        map[string]string `json:"in"` // by Region: works, unreachable, or the error
}

// The answers of a Region.
const (
	works       = "works"
	unreachable = "unreachable"
)

// Ready judges a key set that was read whole. Findings are those of a
// comparison that are about the Regions that would be left, and what only
// matters on the day.
//
// What a replica answers is recorded on AWS; that nobody can promote while the
// primary is dark follows from whom the call has to be asked of.
func Ready(set mrk.KeySet, down []string, now time.Time, s Settings) Readiness {
	dark := func(region string) bool { return slices.Contains(down, region) }
	c := begin(set, now, s)
	c.onTheDay(down)
	compared := c.run()
	r := Readiness{
		Key: set.ID, Down: down, Findings: []Finding{}, Standby: []string{}, Ready: true, Complete: compared.Complete,
		Coverage: compared.Coverage, Failover: []Failover{},
	}
	for _, a := range s.Accepted {
		if !a.expired(now) {
			a.mark(&compared)
		}
	}
	for _, m := range set.Members {
		if !dark(m.Region) && m.Usable() {
			r.Standby = append(r.Standby, m.Region)
		}
	}
	for _, f := range compared.Failover {
		if dark(f.From) && !dark(f.To) {
			r.Failover = append(r.Failover, f)
		}
	}
	for _, f := range compared.Findings {
		if dark(f.Region) && f.Rule != "MRK607" || f.Severity == Low || f.Severity == Info || f.Suppressed != "" {
			continue
		}
		r.Findings = append(r.Findings, f)
		if f.Severity.Grave(High) && !forLater(f.Rule) {
			r.Ready = false
		}
	}
	if len(r.Standby) == 0 {
		// A standby that can't be read may be fine.
		r.Unknown = r.Ready && slices.ContainsFunc(set.Members, func(m mrk.Member) bool { return !dark(m.Region) && !m.Reached() })
		r.Ready = false
	}
	for _, op := range c.operations() {
		p := Possible{Operation: op.name, In: map[string]string{}}
		for _, m := range set.Members {
			p.In[m.Region] = c.answer(op, m, dark)
		}
		r.Can = append(r.Can, p)
	}
	return r
}

// forLater says whether a finding matters only once somebody promotes: nothing
// has to be promoted for the standbys to carry the load.
func forLater(rule string) bool {
	return rule == "MRK601" || rule == "MRK602" || rule == "MRK604" || rule == "MRK607"
}

// operation is something that an operator may want to do on that day.
type operation struct {
	name    string
	actions []string // that it needs, at least one of them
	at      place
	refused string // what a replica answers when only the primary does it
}

// place is where an operation can be asked for.
type place uint8

const (
	everywhere   place = iota // at any member that can be used
	anyState                  // at any member
	primaryAlone              // at the primary
)

// operations are the rows of what can be done with a key like this one.
func (c *comparison) operations() []operation {
	use := c.critical()
	if len(c.Critical) == 0 && c.primary.Usage == "ENCRYPT_DECRYPT" {
		use = []string{"Encrypt", "Decrypt", "GenerateDataKey"}
		if c.primary.Spec != "SYMMETRIC_DEFAULT" && c.primary.Spec != "" {
			use = []string{"Encrypt", "Decrypt"}
		}
	}
	ops := []operation{
		{strings.Join(use, ", "), use, everywhere, ""},
		{"DescribeKey, policy, aliases, tags, grants", []string{"DescribeKey", "GetKeyPolicy"}, anyState, ""},
		{"EnableKey, DisableKey", []string{"EnableKey", "DisableKey"}, anyState, ""},
		{"UpdatePrimaryRegion (promote)", []string{"UpdatePrimaryRegion"}, primaryAlone, "KMSInvalidStateException"},
		{"ReplicateKey", []string{"ReplicateKey"}, primaryAlone, "UnsupportedOperationException"},
	}
	if slices.Contains(c.actions(), "RotateKeyOnDemand") {
		ops = append(ops,
			operation{"RotateKeyOnDemand", []string{"RotateKeyOnDemand"}, primaryAlone, "UnsupportedOperationException"},
			operation{"EnableKeyRotation, DisableKeyRotation", []string{"EnableKeyRotation"}, primaryAlone, "UnsupportedOperationException"})
	}
	if !c.primary.MultiRegion {
		ops = slices.DeleteFunc(ops, func(o operation) bool {
			return o.name == "ReplicateKey" || o.at == primaryAlone && o.refused == "KMSInvalidStateException"
		})
	}
	return ops
}

// answer is what a member answers to an operation: it works, is refused with an
// error, reaches nobody, or can't be told.
func (c *comparison) answer(o operation, m mrk.Member, dark func(string) bool) string {
	switch {
	case dark(m.Region):
		return unreachable
	case !m.Reached():
		return "unknown"
	case o.at == primaryAlone && m.Region != c.set.Primary:
		return o.refused
	}
	if i := slices.IndexFunc(c.judged, func(j mrk.Member) bool { return j.Region == m.Region }); i >= 0 {
		if !slices.ContainsFunc(o.actions, func(a string) bool { return len(c.whoMay(i, a)) > 0 }) {
			return "AccessDeniedException"
		}
	}
	switch {
	case o.at == anyState, m.Usable():
		return works
	case m.State == "Disabled":
		return "DisabledException"
	}
	return "KMSInvalidStateException"
}

// Headline says the answer in a sentence.
func (r Readiness) Headline() string {
	if r.Ready {
		return fmt.Sprintf("ready: %s could carry the load without %s", strings.Join(r.Standby, ", "), strings.Join(r.Down, ", "))
	}
	if r.Unknown {
		return "nobody can tell whether the load could move away from " + strings.Join(r.Down, ", ")
	}
	return "not ready to lose " + strings.Join(r.Down, ", ")
}
