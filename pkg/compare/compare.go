package compare

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Result is what comparing the members of one key set found.
type Result struct {
	Key      string    `json:"key"` // key id
	Aliases  []string  `json:"aliases"`
	Primary  string    `json:"primary"`
	Regions  []string  `json:"regions"`
	Complete bool      `json:"complete"` // every part of every member was read
	Findings []Finding `json:"findings"`
}

// comparison is one under way.
type comparison struct {
	set      mrk.KeySet
	members  []mrk.Member // that were reached
	primary  mrk.Member
	now      time.Time
	findings []Finding
}

// Compare compares the members of a key set that was read whole. Now decides
// what is about to expire.
func Compare(set mrk.KeySet, now time.Time) Result {
	c := &comparison{set: set, now: now}
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
	c.integrity()
	c.states()
	c.access()
	c.satellites()
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Principal, b.Principal))
	})
	r := Result{Key: set.ID, Primary: set.Primary, Regions: set.Regions(), Complete: set.Whole(), Findings: c.findings, Aliases: []string{}}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	for _, m := range c.members {
		for _, alias := range m.Aliases {
			if !slices.Contains(r.Aliases, alias) {
				r.Aliases = append(r.Aliases, alias)
			}
		}
	}
	slices.Sort(r.Aliases)
	return r
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

// find adds a finding.
func (c *comparison) find(id, region, what string, change ...func(*Finding)) {
	rule, _ := RuleOf(id)
	f := Finding{Rule: id, Severity: rule.Severity, Region: region, What: what}
	for _, do := range change {
		do(&f)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{id, c.set.ID, region, f.Principal, strings.Join(f.Actions, ",")}, "\x00")))
	f.Fingerprint = hex.EncodeToString(sum[:12])
	c.findings = append(c.findings, f)
}

func severity(s Severity) func(*Finding) { return func(f *Finding) { f.Severity = s } }

// integrity asks whether this is one key set that could be read.
func (c *comparison) integrity() {
	for _, m := range c.set.Members {
		switch {
		case m.Missing:
			c.find("MRK002", m.Region, "its siblings list a member here, and the Region knows of none")
		case m.Unreachable != nil:
			c.find("MRK001", m.Region, "not read: "+m.Unreachable.Code)
		}
		for _, p := range m.Problems {
			c.find("MRK001", m.Region, fmt.Sprintf("%s was not read: %s", p.What, p.Code))
		}
	}
	primaries := map[string]bool{}
	for _, m := range c.members {
		if m.Role == mrk.RolePrimary {
			primaries[m.Region] = true
		}
		if m.PrimaryRegion != c.primary.PrimaryRegion || fmt.Sprint(m.ReplicaRegions) != fmt.Sprint(c.primary.ReplicaRegions) {
			c.find("MRK002", m.Region, fmt.Sprintf("calls %s primary and lists %v as replicas; %s says %s and %v", m.PrimaryRegion, m.ReplicaRegions, c.primary.Region, c.primary.PrimaryRegion, c.primary.ReplicaRegions))
		}
	}
	if c.primary.MultiRegion && len(primaries) != 1 && len(c.members) == len(c.set.Members) {
		c.find("MRK003", "", fmt.Sprintf("%d members call themselves primary", len(primaries)))
	}
	if c.primary.MultiRegion && len(c.set.Members) == 1 {
		c.find("MRK106", c.primary.Region, "a multi-Region key in one Region")
	}
}

// states compares what members are like and share.
func (c *comparison) states() {
	usable := 0
	enabled := slices.ContainsFunc(c.members, func(m mrk.Member) bool { return m.State == "Enabled" })
	for _, m := range c.members {
		if m.Usable() {
			usable++
		}
		switch m.State {
		case "Disabled":
			if enabled {
				c.find("MRK101", m.Region, "disabled")
			}
		case "PendingDeletion":
			c.find("MRK102", m.Region, "deleted on "+m.DeletionDate.Format(time.RFC3339))
		case "PendingReplicaDeletion":
			c.find("MRK102", m.Region, fmt.Sprintf("deleted %d days after the last replica is gone", m.WindowDays))
		case "PendingImport":
			c.find("MRK104", m.Region, "has not all of its key material")
		case "Creating", "Updating":
			c.find("MRK107", m.Region, m.State)
		}
		if !m.ValidTo.IsZero() && m.ValidTo.Sub(c.now) < 30*24*time.Hour {
			c.find("MRK104", m.Region, "key material expires on "+m.ValidTo.Format(time.RFC3339), severity(High))
		}
		for _, shared := range []struct{ name, here, there string }{
			{"spec", m.Spec, c.primary.Spec},
			{"usage", m.Usage, c.primary.Usage},
			{"origin", m.Origin, c.primary.Origin},
			{"key id", m.KeyID, c.primary.KeyID},
			{"rotation", fmt.Sprint(m.Rotation.Enabled, m.Rotation.PeriodDays), fmt.Sprint(c.primary.Rotation.Enabled, c.primary.Rotation.PeriodDays)},
		} {
			if shared.here != shared.there {
				c.find("MRK103", m.Region, fmt.Sprintf("%s is %s, and %s in %s", shared.name, shared.here, shared.there, c.primary.Region))
			}
		}
		if m.Material != c.primary.Material && m.State == "Enabled" && c.primary.State == "Enabled" {
			c.find("MRK531", m.Region, fmt.Sprintf("uses %.8s, and %s uses %.8s", m.Material, c.primary.Region, c.primary.Material))
		}
	}
	if len(c.members) > 1 && usable == 1 {
		for _, m := range c.members {
			if m.Usable() {
				c.find("MRK606", m.Region, "every other member is disabled, waits for its deletion or lacks its material")
			}
		}
	}
	if r := c.primary.Rotation; r.Known && !r.Enabled && c.primary.Spec == "SYMMETRIC_DEFAULT" && c.primary.Origin == "AWS_KMS" {
		c.find("MRK530", c.primary.Region, "automatic rotation is off")
	}
	asked := 0
	for _, version := range c.primary.Materials {
		if version.RotatedBy == "ON_DEMAND" {
			asked++
		}
	}
	if asked >= 20 {
		c.find("MRK532", c.primary.Region, fmt.Sprintf("rotated on demand %d times of 25", asked))
	}
}

// satellites compares what belongs to each member and is not replicated.
func (c *comparison) satellites() {
	aliases, tags, grants := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range c.members {
		for _, a := range m.Aliases {
			aliases[a] = true
		}
		for t := range m.Tags {
			tags[t] = true
		}
		for _, g := range m.Grants {
			grants[grantClass(g, m.Region)] = true
		}
	}
	for _, m := range c.members {
		for _, a := range slices.Sorted(maps.Keys(aliases)) {
			if !slices.Contains(m.Aliases, a) {
				c.find("MRK501", m.Region, "no "+a, func(f *Finding) { f.Principal = a })
			}
		}
		for _, t := range slices.Sorted(maps.Keys(tags)) {
			if got, want := m.Tags[t], c.primary.Tags[t]; got != want && m.Region != c.primary.Region {
				c.find("MRK510", m.Region, fmt.Sprintf("tag %s is %q, and %q in %s", t, got, want, c.primary.Region), func(f *Finding) { f.Principal = t })
			}
		}
		mine := map[string]bool{}
		for _, g := range m.Grants {
			mine[grantClass(g, m.Region)] = true
		}
		for _, g := range slices.Sorted(maps.Keys(grants)) {
			if !mine[g] {
				c.find("MRK520", m.Region, "no grant like "+g, func(f *Finding) { f.Principal = g })
			}
		}
		if m.Description != c.primary.Description {
			c.find("MRK540", m.Region, fmt.Sprintf("%q, and %q in %s", m.Description, c.primary.Description, c.primary.Region))
		}
		if len(m.Policy) > 28<<10 {
			c.find("MRK904", m.Region, fmt.Sprintf("%d bytes of 32 KB", len(m.Policy)))
		}
		if !m.UsedSince.IsZero() && m.LastUsed.IsZero() && m.Region != c.primary.Region {
			c.find("MRK610", m.Region, "never used since "+m.UsedSince.Format(time.DateOnly))
		}
	}
}

// grantClass says whom a grant lets do what, with the member's Region read as
// the same word everywhere.
func grantClass(g mrk.Grant, region string) string {
	conditions := ""
	if len(g.Equals)+len(g.Subset) > 0 {
		conditions = fmt.Sprintf(" where %v %v", g.Equals, g.Subset)
	}
	return strings.ReplaceAll(fmt.Sprintf("%s for %s%s", strings.Join(g.Operations, " "), g.Grantee, conditions), region, "<region>")
}
