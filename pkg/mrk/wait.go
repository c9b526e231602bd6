package mrk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Patience says how to wait for something that KMS does in its own time.
type Patience struct {
	// Within is how long to wait at the longest; zero means 30 minutes. AWS
	// speaks of seconds, but replicas were seen to take ten minutes.
	Within time.Duration
	// Every is the pause between reads; zero means two seconds.
	Every time.Duration
	// Good is how many reads in a row must agree; zero means 3. KMS is
	// eventually consistent, and one good read proves little.
	Good int
	// Tell, if set, is given what each read saw.
	Tell func([]Member)
}

func (p Patience) withDefaults() Patience {
	if p.Within <= 0 {
		p.Within = 30 * time.Minute
	}
	if p.Every <= 0 {
		p.Every = 2 * time.Second
	}
	if p.Good <= 0 {
		p.Good = 3
	}
	return p
}

// NotYetError says that something did not happen within the time allowed. It
// may still happen.
type NotYetError struct {
	Want   string
	Within time.Duration
	Seen   []Member // at the last read
}

func (e *NotYetError) Error() string {
	var seen []string
	for _, m := range e.Seen {
		seen = append(seen, m.Region+" "+m.Words())
	}
	return fmt.Sprintf("%s did not happen within %s; last seen: %s", e.Want, e.Within, strings.Join(seen, ", "))
}

// Words says in short what a read of a member saw.
func (m Member) Words() string {
	switch {
	case m.Unreachable != nil && m.Unreachable.Look != "":
		return "unreachable (" + m.Unreachable.Look + ")"
	case m.Unreachable != nil:
		return m.Unreachable.Code
	case m.Missing:
		return "not there"
	}
	text := m.State
	if m.Role != "" {
		text = strings.ToLower(m.Role) + " " + text
	}
	return text
}

// Until reads the members in the given Regions again and again until good
// says yes often enough in a row. It returns the last read.
func Until(ctx context.Context, c Cloud, id string, in []string, p Patience, want string, good func([]Member) bool) ([]Member, error) {
	p = p.withDefaults()
	limited, cancel := c.Clock.WithTimeout(ctx, p.Within)
	defer cancel()
	var seen []Member
	for inRow := 0; ; {
		now := Metadata(limited, c, id, in)
		if err := c.Clock.Sleep(limited, 0); err != nil {
			return seen, waitError(ctx, err, want, p, seen, now)
		}
		seen = now
		if p.Tell != nil {
			p.Tell(seen)
		}
		if denied := refused(seen); denied != nil {
			return seen, denied
		}
		if good(seen) {
			inRow++
		} else {
			inRow = 0
		}
		if inRow >= p.Good {
			return seen, nil
		}
		if err := c.Clock.Sleep(limited, p.Every); err != nil {
			return seen, waitError(ctx, err, want, p, seen, now)
		}
	}
}

// waitError tells a wait that ran out of time from one that was broken off.
func waitError(ctx context.Context, err error, want string, p Patience, seen, now []Member) error {
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if seen == nil {
		seen = now
	}
	return &NotYetError{Want: want, Within: p.Within, Seen: seen}
}

// refused returns an error when a Region answered that we may not look: that
// will not change by waiting. A Region that does not answer may come back.
func refused(members []Member) error {
	for _, m := range members {
		if m.Unreachable == nil {
			continue
		}
		switch m.Unreachable.Code {
		case wire.Unreachable, wire.Canceled, "ThrottlingException", "KMSInternalException", "DependencyTimeoutException":
		default:
			return fmt.Errorf("can't watch the member in %s: %s: %s", m.Region, m.Unreachable.Code, m.Unreachable.Message)
		}
	}
	return nil
}

// WaitState waits until every member in the given Regions is in a state.
func WaitState(ctx context.Context, c Cloud, id string, in []string, state string, p Patience) ([]Member, error) {
	return Until(ctx, c, id, in, p, fmt.Sprintf("%s being %s in %s", id, state, strings.Join(in, ", ")), func(ms []Member) bool {
		return every(ms, func(m Member) bool { return m.Reached() && m.State == state })
	})
}

// WaitPrimary waits until every member in the given Regions calls the one in
// Region to the primary, has the role that goes with it, and is Enabled again.
// A member that is not going through the change may be in any settled state.
func WaitPrimary(ctx context.Context, c Cloud, id, to string, in []string, p Patience) ([]Member, error) {
	return Until(ctx, c, id, in, p, fmt.Sprintf("%s being the primary of %s in the eyes of %s", to, id, strings.Join(in, ", ")), func(ms []Member) bool {
		return every(ms, func(m Member) bool {
			role := RoleReplica
			if m.Region == to {
				role = RolePrimary
			}
			return m.Reached() && m.PrimaryRegion == to && m.Role == role && m.State != "Updating"
		})
	})
}

// WaitMaterial waits until every member in the given Regions uses one and the
// same key material, and not the one with id old.
func WaitMaterial(ctx context.Context, c Cloud, id, old string, in []string, p Patience) ([]Member, error) {
	return Until(ctx, c, id, in, p, fmt.Sprintf("new key material of %s being in use in %s", id, strings.Join(in, ", ")), func(ms []Member) bool {
		return every(ms, func(m Member) bool {
			return m.Reached() && m.Material != "" && m.Material != old && m.Material == ms[0].Material
		})
	})
}

func every(ms []Member, ok func(Member) bool) bool {
	return len(ms) > 0 && !slices.ContainsFunc(ms, func(m Member) bool { return !ok(m) })
}
