package mrk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Deleting says which members to delete and how carefully.
type Deleting struct {
	In   []string // Regions; empty means every member
	Days int      // 7 to 30; zero means 30
	// Unused is how long every member must have been unused; zero means 30 days.
	Unused time.Duration
	// Force deletes in spite of recent use. It is written into the plan's notes
	// with the reason.
	Force  bool
	Reason string
}

// InUseError says that a member was used recently, so that deleting it would
// lose data.
type InUseError struct {
	Key     string
	Uses    []string
	Enabled []string // Regions whose member could still be used
	Unused  time.Duration
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is in use: %s", e.Key, strings.Join(e.Uses, "; "))
}

// ExitCode is that of a refusal for safety.
func (e *InUseError) ExitCode() int { return 6 }

// Hint is the careful way: disabled members complain through their callers, and
// can be enabled again at once.
func (e *InUseError) Hint() string {
	days := int(e.Unused / (24 * time.Hour))
	careful := fmt.Sprintf("disable it first and see who complains: mrkctl key disable %s --in %s", e.Key, strings.Join(e.Enabled, ","))
	if len(e.Enabled) == 0 {
		careful = fmt.Sprintf("it is disabled: when nobody has complained until its last use is %d days ago, the same command deletes it; --unused-for DAYS waits less", days)
	}
	return careful + "\nor delete it in spite of that: --force --reason TEXT"
}

// PlanDelete plans the deletion of members, replicas first. Without Regions it
// is the whole set: the primary then waits for its replicas to be gone.
func PlanDelete(ctx context.Context, c Cloud, ref string, d Deleting) (Plan, error) {
	if d.Days != 0 && (d.Days < 7 || d.Days > 30) {
		return Plan{}, badInput("a waiting period of %d days is not possible: KMS takes 7 to 30", d.Days)
	}
	if d.Days == 0 {
		d.Days = 30
	}
	if d.Unused == 0 {
		d.Unused = 30 * 24 * time.Hour
	}
	if d.Force && d.Reason == "" {
		return Plan{}, badInput("deleting a key that is in use needs a reason: --reason TEXT")
	}
	set, err := Read(ctx, c, ref, EveryPart()...)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, "delete "+set.called())
	doomed, err := set.chosen(d.In)
	if err != nil {
		return Plan{}, err
	}
	if len(d.In) > 0 {
		p.Title += " in " + strings.Join(d.In, ", ")
	}
	if err := set.primaryMayGo(doomed); err != nil {
		return Plan{}, err
	}
	now := c.Clock.Now()
	if used := uses(doomed, now, d.Unused); len(used) > 0 {
		if !d.Force {
			return Plan{}, &InUseError{Key: set.ID, Uses: used, Enabled: enabledIn(doomed), Unused: d.Unused}
		}
		p.Notes = append(p.Notes, "deleted in spite of its use ("+strings.Join(used, "; ")+"): "+d.Reason)
	}
	// Replicas first: the primary's own days begin when the last one is gone.
	slices.SortStableFunc(doomed, func(a, b Member) int { return primaryLast(a, set.Primary) - primaryLast(b, set.Primary) })
	for _, m := range doomed {
		if m.State == "PendingDeletion" || m.State == "PendingReplicaDeletion" {
			p.Notes = append(p.Notes, fmt.Sprintf("%s waits for its deletion already%s", m.Region, onDate(m.DeletionDate)))
			continue
		}
		if !m.Reached() {
			return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s), and a deletion is planned only of what was seen", set.ID, m.Region, m.Words())
		}
		p.Seen = append(p.Seen, Fact{Region: m.Region, What: factMember, Was: m.fact(factMember)})
		p.Steps = append(p.Steps, Step{Do: DoDelete, In: m.Region, Days: d.Days, Say: fmt.Sprintf("schedule the %s in %s for deletion", strings.ToLower(orDefault(m.Role, "key")), m.Region)})
		p.Notes = append(p.Notes, m.Region+": "+m.lastUse())
	}
	if p.Empty() {
		return p, nil
	}
	if enabled := enabledIn(doomed); len(enabled) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("still Enabled in %s: `mrkctl key disable %s --in %s` shows first who needs it, and is taken back at once", strings.Join(enabled, ", "), set.ID, strings.Join(enabled, ",")))
	}
	gone := now.Add(time.Duration(d.Days) * 24 * time.Hour)
	if replicas := slices.DeleteFunc(p.Regions(), func(r string) bool { return r == set.Primary }); len(replicas) > 0 {
		p.Final = append(p.Final, fmt.Sprintf("gone in %s on %s, or up to a day later", strings.Join(replicas, ", "), gone.Format("2006-01-02")))
	}
	if _, whole := slices.BinarySearch(p.Regions(), set.Primary); whole {
		if len(set.Members) > 1 {
			p.Final = append(p.Final, fmt.Sprintf("the primary in %s waits until its replicas are gone, then its own %d days begin: about %s", set.Primary, d.Days,
				gone.Add(time.Duration(d.Days+2)*24*time.Hour).Format("2006-01-02")))
		} else {
			p.Final = append(p.Final, fmt.Sprintf("gone in %s on %s, or up to a day later", set.Primary, gone.Format("2006-01-02")))
		}
		p.Final = append(p.Final, "with the last member everything that was encrypted under the key becomes unreadable for ever")
	}
	p.Final = append(p.Final, "until "+gone.Format("2006-01-02")+" `mrkctl key undelete "+set.ID+"` takes it back; after that it is gone for good")
	return p, nil
}

// chosen returns the members in the given Regions, or all.
func (k KeySet) chosen(in []string) ([]Member, error) {
	if len(in) == 0 {
		if len(k.Silent) > 0 {
			return nil, fmt.Errorf("%s did not answer and may hold a member of %s; name the Regions with --in", strings.Join(silentRegions(k.Silent), ", "), k.ID)
		}
		return slices.Clone(k.Members), nil
	}
	var members []Member
	for _, r := range in {
		m, ok := k.Member(r)
		if !ok {
			return nil, fmt.Errorf("%s has no member in %s; it has them in %s", k.ID, r, strings.Join(k.Regions(), ", "))
		}
		members = append(members, m)
	}
	return members, nil
}

// primaryMayGo refuses to delete a primary while replicas stay: it would hang
// in PendingReplicaDeletion, unusable and undeleted, for as long as they live.
func (k KeySet) primaryMayGo(doomed []Member) error {
	goes := func(region string) bool {
		return slices.ContainsFunc(doomed, func(m Member) bool { return m.Region == region })
	}
	if !goes(k.Primary) {
		return nil
	}
	for _, r := range k.Replicas() {
		if !goes(r) {
			return fmt.Errorf("%s is the primary's Region, and its replica in %s would stay: KMS would keep the primary waiting for ever; `mrkctl key promote %s --to %s` first, or delete the replica too", k.Primary, r, k.ID, r)
		}
	}
	return nil
}

func primaryLast(m Member, primary string) int {
	if m.Region == primary {
		return 1
	}
	return 0
}

// uses tells of members that were used within a stretch of time, or of which
// that can't be known.
func uses(members []Member, now time.Time, within time.Duration) []string {
	var used []string
	for _, m := range members {
		unknown := slices.ContainsFunc(m.Problems, func(p Problem) bool { return p.What == "GetKeyLastUsage" })
		switch {
		case m.State == "PendingDeletion" || m.State == "PendingReplicaDeletion":
		case !m.LastUsed.IsZero() && now.Sub(m.LastUsed) < within:
			used = append(used, fmt.Sprintf("%s: last used %s for %s", m.Region, m.LastUsed.Format(time.RFC3339), m.LastUsedFor))
		case unknown:
			used = append(used, m.Region+": when it was last used could not be read")
		case m.LastUsed.IsZero() && now.Sub(m.UsedSince) < within && m.Created.Before(m.UsedSince):
			used = append(used, fmt.Sprintf("%s: no use is known, but KMS has looked only since %s, and the key is older", m.Region, m.UsedSince.Format("2006-01-02")))
		}
	}
	return used
}

// lastUse says in words when a member was last used, as far as KMS knows.
func (m Member) lastUse() string {
	switch {
	case !m.LastUsed.IsZero():
		return fmt.Sprintf("last used %s for %s", m.LastUsed.Format(time.RFC3339), m.LastUsedFor)
	case !m.UsedSince.IsZero():
		return "never used since " + m.UsedSince.Format(time.RFC3339)
	default:
		return "when it was last used is not known"
	}
}

func enabledIn(members []Member) []string {
	var regions []string
	for _, m := range members {
		if m.State == "Enabled" {
			regions = append(regions, m.Region)
		}
	}
	return regions
}

func onDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + t.Format("2006-01-02")
}

// PlanUndelete plans keeping members that wait for their deletion, and makes
// them usable again: KMS alone would leave them Disabled.
func PlanUndelete(ctx context.Context, c Cloud, ref string, in []string, leaveDisabled bool) (Plan, error) {
	set, err := Read(ctx, c, ref, AliasPart)
	if err != nil {
		return Plan{}, err
	}
	kept, err := set.chosen(in)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, "keep "+set.called())
	slices.SortStableFunc(kept, func(a, b Member) int { return primaryLast(b, set.Primary) - primaryLast(a, set.Primary) })
	for _, m := range kept {
		switch m.State {
		case "PendingDeletion", "PendingReplicaDeletion":
			p.Seen = append(p.Seen, Fact{Region: m.Region, What: factMember, Was: m.fact(factMember)})
			p.Steps = append(p.Steps, Step{Do: DoUndelete, In: m.Region, Say: "cancel the deletion in " + m.Region})
			if !leaveDisabled {
				p.Steps = append(p.Steps, Step{Do: DoEnable, In: m.Region, Say: "enable the key in " + m.Region})
			}
		case "Disabled": // as an interrupted run leaves it
			if !leaveDisabled {
				p.Seen = append(p.Seen, Fact{Region: m.Region, What: factMember, Was: m.fact(factMember)})
				p.Steps = append(p.Steps, Step{Do: DoEnable, In: m.Region, Say: "enable the key in " + m.Region})
			}
		default:
			if !m.Reached() {
				p.Notes = append(p.Notes, fmt.Sprintf("%s could not be read (%s)", m.Region, m.Words()))
			}
		}
	}
	return p, nil
}
