package compare

import (
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Readiness says whether the other members could carry the load while some
// Regions are dark, and what can still be done to the key set then.
type Readiness struct {
	Key      string     `json:"key"`
	Down     []string   `json:"down"`
	Ready    bool       `json:"ready"`
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
	r.Ready = r.Ready && len(r.Standby) > 0
	for _, op := range operations() {
		p := Possible{Operation: op.name, In: map[string]string{}}
		for _, m := range set.Members {
			p.In[m.Region] = op.at(set, m, dark)
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

type operation struct {
	name string
	at   func(set mrk.KeySet, m mrk.Member, dark func(string) bool) string
}

// operations are what an operator may want to do on that day.
func operations() []operation {
	local := func(_ mrk.KeySet, m mrk.Member, dark func(string) bool) string {
		switch {
		case dark(m.Region):
			return unreachable
		case !m.Reached():
			return "unknown"
		case m.Usable():
			return works
		case m.State == "Disabled":
			return "DisabledException"
		}
		return "KMSInvalidStateException"
	}
	manage := func(_ mrk.KeySet, m mrk.Member, dark func(string) bool) string {
		if dark(m.Region) {
			return unreachable
		}
		return works
	}
	primaryOnly := func(code string) func(mrk.KeySet, mrk.Member, func(string) bool) string {
		return func(set mrk.KeySet, m mrk.Member, dark func(string) bool) string {
			switch {
			case dark(m.Region):
				return unreachable
			case m.Region != set.Primary:
				return code
			}
			return works
		}
	}
	return []operation{
		{"Encrypt, Decrypt, GenerateDataKey", local},
		{"DescribeKey, policy, aliases, tags, grants", manage},
		{"EnableKey, DisableKey", manage},
		{"UpdatePrimaryRegion (promote)", primaryOnly("KMSInvalidStateException")},
		{"ReplicateKey", primaryOnly("UnsupportedOperationException")},
		{"RotateKeyOnDemand", primaryOnly("UnsupportedOperationException")},
		{"EnableKeyRotation, DisableKeyRotation", primaryOnly("UnsupportedOperationException")},
	}
}

// Headline says the answer in a sentence.
func (r Readiness) Headline() string {
	if r.Ready {
		return fmt.Sprintf("ready: %v could carry the load without %v", r.Standby, r.Down)
	}
	return fmt.Sprintf("not ready to lose %v", r.Down)
}
