// Package safety decides whether a drill may begin and whether it may use up
// one more of what cannot be given back. It only reads values and answers; who
// asks, and when, is the business of the drill.
package safety

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Situation is where and when a drill would run, and on what.
type Situation struct {
	World   string    // sim or aws
	Account string    // that the caller's credentials belong to
	Now     time.Time // by the timeline of the world: on AWS, the wall clock
}

// Member is one member of a key set that a drill has found.
type Member struct {
	Key       string // the runbook's name of the set
	Region    string
	Tags      map[string]string
	Unread    string // why its tags could not be read; empty when they were
	Rotations int    // on demand, in the key's life so far
}

// Refusal is one rule that a drill would break.
type Refusal struct {
	Rule string // as safety calls it: run-on, accounts, tagged …
	Why  string
	Next string // what to do about it
}

// RefusedErrors are all the rules that a drill would break. As an error it ends the
// program with the exit code of a safety rule.
type RefusedErrors []Refusal

// Error names every rule.
func (r RefusedErrors) Error() string {
	var lines []string
	for _, one := range r {
		lines = append(lines, fmt.Sprintf("safety.%s: %s; %s", one.Rule, one.Why, one.Next))
	}
	return "refused, nothing was changed: " + strings.Join(lines, "\n  ")
}

// ExitCode is that of a drill that a safety rule refused.
func (r RefusedErrors) ExitCode() int { return 6 }

// Check holds a runbook against a situation. The answer is nil, or of type
// RefusedErrors and complete: every rule that is broken, not only the first.
//
// In a simulated world only run-on and the price count: accounts, windows and
// dates protect what is real. A drill that would last into a day on which it may
// not run is refused as well.
func Check(book *runbook.Runbook, at Situation) error {
	var out RefusedErrors
	refuse := func(rule, next, why string, args ...any) {
		out = append(out, Refusal{rule, fmt.Sprintf(why, args...), next})
	}
	s := book.Safety
	if !slices.Contains(s.RunOn, at.World) {
		refuse("run-on", "choose another --target, or allow it in the runbook", "the runbook may run on %s, not on %s", strings.Join(s.RunOn, " and "), at.World)
	}
	if at.World == "aws" {
		if len(s.Accounts) == 0 {
			refuse("accounts", "name the account in the runbook", "the runbook names no AWS account in which it may run")
		} else if !slices.Contains(s.Accounts, at.Account) {
			refuse("accounts", "use other credentials, or name the account in the runbook", "the runbook may run in account %s, and the credentials are of %s", strings.Join(s.Accounts, " or "), at.Account)
		}
		if when := Opens(s, at.Now); !when.IsZero() {
			next := "next at " + when.UTC().Format(minute)
			if !opened(s, when) || Blackout(s, when) {
				next = "nor on any day of the next four weeks"
			}
			refuse("windows", "wait, or change the runbook", "it may not begin now, %s; %s", at.Now.UTC().Format(minute), next)
		}
		if day, reached := reaches(book, at.Now); reached {
			why := "which is today, " + at.Now.UTC().Format(minute)
			if day != at.Now.UTC().Format(time.DateOnly) {
				why = fmt.Sprintf("and from now, %s, it may last %s", at.Now.UTC().Format(minute), runbook.FormatDuration(lasting(book)))
			}
			refuse("never-on", "wait until that day is over", "it may not run on %s, %s", day, why)
		}
	}
	if limit := s.Spend.Dollars; limit != nil {
		if cost := Dollars(book); cost > *limit {
			refuse("spend", "raise safety.spend.dollars, or shorten the drill", "it would cost about $%.2f, and $%.2f is allowed", cost, *limit)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// minute is how a moment is shown to the operator.
const minute = "Mon 2006-01-02 15:04 UTC"

// reaches names the first day of never-on that a drill which began now would
// run into: one that begins just before midnight runs on two days.
func reaches(book *runbook.Runbook, now time.Time) (day string, reached bool) {
	last := now.Add(lasting(book))
	for at := now; ; at = at.Add(24 * time.Hour) {
		if at.After(last) {
			at = last
		}
		if Blackout(book.Safety, at) {
			return at.UTC().Format(time.DateOnly), true
		}
		if at.Equal(last) {
			return "", false
		}
	}
}

// CheckMember holds a member that a drill has found against its runbook: is it
// marked as one that may be drilled, and has it rotations left for what the
// steps would use up? The answer is nil or of type RefusedErrors.
func CheckMember(book *runbook.Runbook, m Member) error {
	var out RefusedErrors
	if m.Unread != "" && len(book.Safety.Tagged) > 0 {
		out = append(out, Refusal{"tagged", fmt.Sprintf("the tags of %s in %s could not be read: %s", m.Key, m.Region, m.Unread), "run it once they can be"})
	} else if missing := Untagged(book.Safety, m.Tags); len(missing) > 0 {
		out = append(out, Refusal{"tagged", fmt.Sprintf("%s in %s has no tag %s", m.Key, m.Region, strings.Join(missing, " and no tag ")), "tag the key, or leave it alone"})
	}
	if planned := book.Spending().Rotations; planned > 0 && m.Rotations+planned > runbook.MostRotations {
		out = append(out, Refusal{"spend", fmt.Sprintf("%s has been rotated on demand %s and the runbook does it %s more; a key can be rotated so %d times in its life",
			m.Key, times(m.Rotations), times(planned), runbook.MostRotations), "use another key"})
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Untagged lists the tags that a key must have and does not, as name=value with
// the value that it has instead, in the order of their names.
func Untagged(s runbook.Safety, tags map[string]string) []string {
	var missing []string
	for name, value := range s.Tagged {
		switch got, ok := tags[name]; {
		case !ok:
			missing = append(missing, name+"="+value)
		case got != value:
			missing = append(missing, fmt.Sprintf("%s=%s (it is %q)", name, value, got))
		}
	}
	slices.Sort(missing)
	return missing
}

// Blackout says whether a moment is on a day, in UTC, on which the drill may
// not run.
func Blackout(s runbook.Safety, now time.Time) bool {
	day := now.UTC().Format(time.DateOnly)
	return slices.ContainsFunc(s.NeverOn, func(d runbook.Date) bool { return d.String() == day })
}

// Opens returns the next moment at which the drill may begin, to the minute,
// or the zero time when it may begin now. Without windows it always may. A
// window that does not open within four weeks is returned as four weeks ahead.
func Opens(s runbook.Safety, now time.Time) time.Time {
	if len(s.Windows) == 0 || opened(s, now) {
		return time.Time{}
	}
	at := now.Truncate(time.Minute)
	for range 4 * 7 * 24 * 60 {
		at = at.Add(time.Minute)
		if opened(s, at) && !Blackout(s, at) {
			return at
		}
	}
	return at
}

func opened(s runbook.Safety, at time.Time) bool {
	return slices.ContainsFunc(s.Windows, func(w runbook.Window) bool { return w.Contains(at) })
}
