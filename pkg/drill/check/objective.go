package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/load"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// ObjectiveKind is a kind of objective that runbooks may set.
type ObjectiveKind struct {
	// Name is what runbooks call it.
	Name string
	// Sabotage is what a run can be given that makes the objectives of this kind
	// be missed.
	Sabotage string
}

// ObjectiveKinds lists every kind of objective.
func ObjectiveKinds() []ObjectiveKind {
	return []ObjectiveKind{
		{"recovery-time", "callers-slow-to-follow"},
		{"availability", "stale-callers"},
		{"unreadable-ciphertexts", "context-forgotten"},
		{"propagation-time", "slow-replication"},
	}
}

// Measure holds the run against every objective of the runbook.
func Measure(r *Run) []journal.Objective {
	var list []journal.Objective
	o := r.Book.Objectives
	for _, want := range o.RecoveryTime {
		list = append(list, r.recovery(want))
	}
	for _, want := range o.Availability {
		list = append(list, r.availability(want))
	}
	if o.Unreadable != nil {
		list = append(list, r.unreadable(*o.Unreadable))
	}
	if o.Propagation != nil {
		list = append(list, r.propagation(*o.Propagation))
	}
	return list
}

// Targets writes the objectives of a runbook as the journal announces them.
func Targets(book *runbook.Runbook) []journal.PlannedTarget {
	var list []journal.PlannedTarget
	for _, o := range Measure(&Run{Book: book, ciphers: ledger.NewBook()}) {
		list = append(list, journal.PlannedTarget{Name: o.Name, Target: o.Target})
	}
	return list
}

// TargetsOf are the objectives of one kind.
func TargetsOf(book *runbook.Runbook, kind string) []journal.PlannedTarget {
	return slices.DeleteFunc(Targets(book), func(t journal.PlannedTarget) bool {
		name, _, _ := strings.Cut(t.Name, " ")
		return name != kind
	})
}

func measured(o journal.Objective, ok bool, format string, args ...any) journal.Objective {
	o.Measured, o.Verdict = fmt.Sprintf(format, args...), journal.Fail
	if ok {
		o.Verdict = journal.Pass
	}
	return o
}

func unmeasured(o journal.Objective, format string, args ...any) journal.Objective {
	o.Measured, o.Verdict, o.Why = "not measured", journal.Unknown, fmt.Sprintf(format, args...)
	return o
}

// of names a probe, in one of its Regions if it is narrowed.
func of(probe, region string) string {
	if region == "" {
		return probe
	}
	return probe + " in " + region
}

func (r *Run) points(probe, region string) (list []load.Point) {
	for _, p := range r.seen.points[probe] {
		if region == "" || p.region == region {
			list = append(list, p.Point)
		}
	}
	return list
}

func (r *Run) recovery(want runbook.RecoveryTime) journal.Objective {
	o := journal.Objective{
		Name:   "recovery-time of " + of(want.Of, want.In),
		Target: fmt.Sprintf("within %s after %s, and good for %s", runbook.FormatDuration(want.Within), want.After, runbook.FormatDuration(want.GoodFor)),
	}
	spans := r.step(want.After)
	if len(spans) == 0 {
		return unmeasured(o, "step %s did not run", want.After)
	}
	event := spans[len(spans)-1].to
	got := load.Recover(r.points(want.Of, want.In), event, want.GoodFor)
	switch {
	case got.Known && got.Bad == 0:
		return measured(o, true, "0s: no call failed")
	case got.Known:
		return measured(o, got.Took <= want.Within, "%s, after %s that failed", rounded(got.Took), count(got.Bad, "call"))
	case got.Bad > 0 && r.Ended.Sub(event) > want.Within+want.GoodFor:
		return measured(o, false, "never: %s failed and the load did not stay good for %s", count(got.Bad, "call"), runbook.FormatDuration(want.GoodFor))
	}
	return unmeasured(o, "too few calls of %s were due after %s", of(want.Of, want.In), want.After)
}

// rounded drops what no clock of a drill can vouch for.
func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Millisecond)
}

func (r *Run) availability(want runbook.Availability) journal.Objective {
	o := journal.Objective{Name: "availability of " + of(want.Of, want.In), Target: fmt.Sprintf("at least %s", want.AtLeast)}
	var sum answered
	for at, a := range r.seen.answered {
		if at.probe == want.Of && (want.In == "" || at.region == want.In) {
			sum.calls += a.calls
			sum.ok += a.ok
		}
	}
	if sum.calls == 0 {
		return unmeasured(o, "%s made no call", of(want.Of, want.In))
	}
	share := float64(sum.ok) / float64(sum.calls)
	return measured(o, share >= float64(want.AtLeast), "%s (%d of %d)", downTo(share), sum.ok, sum.calls)
}

// downTo writes a share with three decimals, never rounding up to a target
// that was missed.
func downTo(share float64) string {
	const parts = 100_000
	n := int(share * parts)
	return fmt.Sprintf("%d.%03d%%", n/(parts/100), n%(parts/100))
}

func (r *Run) unreadable(want int) journal.Objective {
	o := journal.Objective{Name: "unreadable-ciphertexts", Target: fmt.Sprintf("at most %d", want)}
	sum := r.classes(runbook.CheckWith{})
	switch {
	case sum.lost > int64(want):
		return measured(o, false, "%d", sum.lost)
	case sum.pairs == 0:
		return unmeasured(o, "no ciphertext was made")
	case sum.unproven > 0:
		return unmeasured(o, "%d of %d pairs of ciphertext and Region were never settled", sum.unproven, sum.pairs)
	}
	return measured(o, true, "%d", sum.lost)
}

// propagation is from the end of the step that rotates until the last member
// was seen to have turned to new key material: by what it encrypts, or by what
// it says of itself, whichever came first.
func (r *Run) propagation(want runbook.PropagationTime) journal.Objective {
	o := journal.Objective{Name: "propagation-time", Target: fmt.Sprintf("within %s after %s", runbook.FormatDuration(want.Within), want.After)}
	spans := r.step(want.After)
	if len(spans) == 0 {
		return unmeasured(o, "step %s did not run", want.After)
	}
	rotated := spans[len(spans)-1]
	var last time.Time
	where, members := "", 0
	for _, k := range r.Planned.Keys {
		if !r.rotates(k.Name, rotated) {
			continue
		}
		old := r.materialBefore(k.Name, rotated.from)
		for _, region := range r.regions(k.Name) {
			members++
			at := r.turned(k.Name, region, old, rotated.from)
			if at.IsZero() {
				if r.Ended.Sub(rotated.to) > want.Within {
					return measured(o, false, "%s had not turned after %s", region, runbook.FormatDuration(r.Ended.Sub(rotated.to).Round(time.Second)))
				}
				return unmeasured(o, "%s was not seen to turn to new key material before the run ended", region)
			}
			if at.After(last) {
				last, where = at, region
			}
		}
	}
	if members == 0 {
		return unmeasured(o, "no key set was rotated by %s", want.After)
	}
	took := max(last.Sub(rotated.to), 0)
	return measured(o, took <= want.Within, "%s, last in %s", rounded(took), where)
}

// rotates says whether a step asked for a rotation of a key set.
func (r *Run) rotates(key string, s span) bool {
	for _, c := range r.calls {
		if c.step == s.name && c.Key == key && r.happened(c) && (c.Op == "RotateKeyOnDemand" || c.Op == "EnableKeyRotation" || c.Op == "ImportKeyMaterial") {
			return true
		}
	}
	return false
}

// materialBefore are the key materials a key set was seen with by a moment.
func (r *Run) materialBefore(key string, at time.Time) map[string]bool {
	known := map[string]bool{}
	for _, m := range r.members {
		if m.Key == key && m.at.Before(at) && m.Material != "" {
			known[m.Material] = true
		}
	}
	for m, s := range r.seen.materials {
		if m.key == key && s.first.Before(at) {
			known[m.id] = true
		}
	}
	return known
}

// turned is when a member was first seen with key material that is not old;
// zero when it never was.
func (r *Run) turned(key, region string, old map[string]bool, from time.Time) (first time.Time) {
	earlier := func(at time.Time) {
		if !at.Before(from) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for _, m := range r.members {
		if m.Key == key && m.Region == region && m.Material != "" && !old[m.Material] {
			earlier(m.at)
		}
	}
	for where, at := range r.seen.firsts {
		if where.key == key && where.region == region && !old[where.id] {
			earlier(at)
		}
	}
	return first
}
