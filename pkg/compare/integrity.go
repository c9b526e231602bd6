package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// integrity asks whether this is one key set that could be read.
func (c *comparison) integrity() {
	for _, p := range c.set.Silent {
		c.find("MRK001", p.Region, "did not answer, and may hold a member: "+p.Code, principal("Silent"))
	}
	for _, m := range c.set.Members {
		switch {
		case m.Missing:
			c.find("MRK002", m.Region, "its siblings list a member here, and the Region knows of none")
		case m.Unreachable != nil:
			c.find("MRK001", m.Region, "not read: "+m.Unreachable.Code)
		}
		for _, p := range m.Problems {
			c.find("MRK001", m.Region, fmt.Sprintf("%s was not read: %s", p.What, p.Code), principal(p.What))
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
		change := func(*Finding) {}
		if slices.ContainsFunc(c.members, func(m mrk.Member) bool { return m.State == "Updating" }) {
			change = severity(Medium) // a promotion is under way
		}
		c.find("MRK003", "", fmt.Sprintf("%d members call themselves primary", len(primaries)), change)
	}
	if c.primary.MultiRegion && len(c.set.Members) == 1 {
		c.find("MRK106", c.primary.Region, "a multi-Region key in one Region")
	}
}

// expiresSoon is how long before the end of imported material it is a finding.
const expiresSoon = 30 * 24 * time.Hour

// states compares what members are like and share.
func (c *comparison) states() {
	enabled := slices.ContainsFunc(c.members, func(m mrk.Member) bool { return m.State == "Enabled" })
	for _, m := range c.members {
		switch m.State {
		case "Disabled":
			if enabled {
				c.find("MRK101", m.Region, "disabled")
			}
		case "PendingDeletion":
			c.find("MRK102", m.Region, "deleted on "+m.DeletionDate.Format(time.RFC3339))
			c.stillUsed(m)
		case "PendingReplicaDeletion":
			c.find("MRK102", m.Region, fmt.Sprintf("deleted %d days after the last replica is gone", m.WindowDays))
			c.stillUsed(m)
		case "Creating", "Updating":
			c.find("MRK107", m.Region, m.State)
		}
		if len(c.Residency) > 0 && !slices.Contains(c.Residency, m.Region) {
			c.find("MRK105", m.Region, "a member here, and keys may be in "+strings.Join(c.Residency, ", ")+" only")
		}
		c.material(m)
		for _, shared := range []struct{ name, here, there string }{
			{"spec", m.Spec, c.primary.Spec},
			{"usage", m.Usage, c.primary.Usage},
			{"origin", m.Origin, c.primary.Origin},
			{"key id", m.KeyID, c.primary.KeyID},
			{"rotation", fmt.Sprint(m.Rotation.Enabled, m.Rotation.PeriodDays), fmt.Sprint(c.primary.Rotation.Enabled, c.primary.Rotation.PeriodDays)},
		} {
			read := shared.name != "rotation" || m.Rotation.Known && c.primary.Rotation.Known
			if read && shared.here != shared.there {
				c.find("MRK103", m.Region, fmt.Sprintf("%s is %s, and %s in %s", shared.name, shared.here, shared.there, c.primary.Region), principal(shared.name))
			}
		}
	}
	c.rotation()
}

// material looks at imported key material, which every member has for itself.
func (c *comparison) material(m mrk.Member) {
	if m.State == "PendingImport" {
		c.find("MRK104", m.Region, "has not all of its key material")
	}
	if !m.ValidTo.IsZero() && m.ValidTo.Sub(c.now) < expiresSoon {
		c.find("MRK104", m.Region, "key material expires on "+m.ValidTo.Format(time.RFC3339), severity(High), principal("expiry"))
	}
	for _, v := range m.Materials {
		if strings.HasPrefix(v.State, "PENDING_MULTI_REGION_IMPORT") || m.State != "PendingImport" && v.ImportState == "PENDING_IMPORT" {
			c.find("MRK104", m.Region, fmt.Sprintf("key material %.8s is not in every member yet, so that it can't be used", v.ID), severity(High), principal(v.ID))
		}
	}
	if m.Origin == "EXTERNAL" && m.State == "Enabled" && c.primary.State == "Enabled" && m.Material != c.primary.Material {
		c.find("MRK104", m.Region, fmt.Sprintf("has the imported material %.8s, and %s has %.8s", m.Material, c.primary.Region, c.primary.Material), principal("material"))
		return
	}
	if m.Material != c.primary.Material && m.State == "Enabled" && c.primary.State == "Enabled" {
		c.find("MRK531", m.Region, fmt.Sprintf("uses %.8s, and %s uses %.8s", m.Material, c.primary.Region, c.primary.Material))
	}
}

// lately is how recent a use is to say that a key is still used.
const lately = 30 * 24 * time.Hour

// stillUsed looks for what depends on a member that is about to be deleted.
func (c *comparison) stillUsed(m mrk.Member) {
	var why []string
	if !m.LastUsed.IsZero() && c.now.Sub(m.LastUsed) < lately {
		why = append(why, "used for "+m.LastUsedFor+" on "+m.LastUsed.Format(time.DateOnly))
	}
	if n := len(m.Aliases); n > 0 {
		why = append(why, fmt.Sprintf("named by %s", strings.Join(m.Aliases, ", ")))
	}
	if n := len(m.Grants); n > 0 {
		why = append(why, fmt.Sprintf("%d grants", n))
	}
	if len(why) > 0 {
		c.find("MRK605", m.Region, "waits for its deletion and is still "+strings.Join(why, "; "))
	}
}

// rotation looks at the setting that all members share, and at what is left.
func (c *comparison) rotation() {
	usable := 0
	for _, m := range c.members {
		if m.Usable() {
			usable++
		}
	}
	if len(c.members) > 1 && usable == 1 {
		for _, m := range c.members {
			if m.Usable() {
				c.find("MRK606", m.Region, "every other member is disabled, waits for its deletion or lacks its material")
			}
		}
	}
	if r := c.primary.Rotation; r.Known && c.primary.Spec == "SYMMETRIC_DEFAULT" && c.primary.Origin == "AWS_KMS" {
		switch {
		case !r.Enabled:
			c.find("MRK530", c.primary.Region, "automatic rotation is off")
		case c.Expect.RotationDays > 0 && r.PeriodDays != c.Expect.RotationDays:
			c.find("MRK530", c.primary.Region, fmt.Sprintf("rotates every %d days, expected are %d", r.PeriodDays, c.Expect.RotationDays))
		}
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
