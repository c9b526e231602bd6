package drill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/lock"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/drill/safety"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// RefusedError says which rule of safety does not let a drill run, or go on.
type RefusedError struct{ Why error }

func (e *RefusedError) Error() string { return "refused, nothing was changed: " + e.Why.Error() }

// Unwrap is what kept the drill from being let run, where it was an error.
func (e *RefusedError) Unwrap() error { return e.Why }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Errorf(format, args...)} }

// permit holds a drill against the safety of its runbook before anything is
// begun.
func permit(o Options) error {
	if o.Rehearsal {
		return nil
	}
	if is, err := halted(o.Halt); err != nil {
		return refuse("whether drills are halted can't be told: %w; let this user read that folder, or choose another with XDG_STATE_HOME", err)
	} else if is {
		return refuse("drills are halted (%s is there); lift it with: mrkctl halt --lift", o.Halt)
	}
	if !o.Cloud.Passing && o.Cloud.Origin.Kind != "aws" && o.Locks != "" {
		// Told now, not once key sets were made.
		if err := (lock.File{Dir: o.Locks}).Ready(); err != nil {
			return refuse("key sets can't be locked: %w; let this user write to that folder, or choose another with XDG_STATE_HOME", err)
		}
	}
	origin := o.Cloud.Origin
	if origin.Kind == "aws" {
		if err := approvable(o.Book); err != nil {
			return err
		}
	}
	return safety.Check(o.Book, safety.Situation{World: origin.Kind, Account: origin.Account, Now: o.Cloud.Clock.Now()})
}

// approvable says whether it is known who may approve what has to be approved:
// on AWS a role that nobody plays would be anybody's.
func approvable(book *runbook.Runbook) (err error) {
	book.EachStep(func(s *runbook.Step) {
		if s.Approve == nil || err != nil {
			return
		}
		if _, known := book.May(s.Approve.By); !known {
			err = refuse("step %s is to be approved by %s, and the runbook does not say who that is; name people: { %s: { are: [names] } }", s.ID, list(s.Approve.By), s.Approve.By[0])
		}
	})
	return err
}

// halted says whether the file is there that stops all drills of a user. The
// error says that nobody can know.
func halted(path string) (bool, error) {
	if path == "" {
		return false, nil
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// haltEvery is how often a drill looks for an order to halt.
const haltEvery = time.Second

// heedHalt stops the drill when all drills are halted. Virtual time is past
// before anybody could.
func (r *run) heedHalt(ctx context.Context) {
	if r.opts.Halt == "" || r.opts.Speed == virtualTime {
		return
	}
	r.processes.Go(func() {
		for ctx.Err() == nil && !r.over() {
			if is, err := halted(r.opts.Halt); is && err == nil {
				r.stop(Interrupted{By: "mrkctl halt"})
				return
			}
			if r.clock.Sleep(r.loadContext, haltEvery) != nil {
				return
			}
		}
	})
}

// permitKey holds the members of a key set against the safety of the runbook.
func (r *run) permitKey(ctx context.Context, k *keySet) error {
	if r.opts.Rehearsal {
		return nil
	}
	rotates := k.Spec == "symmetric" && r.book.Spending().Rotations > 0 // no other key can be rotated
	if len(r.book.Safety.Tagged) == 0 && !rotates {
		return nil
	}
	ctx = withSource(ctx, source{name: lookSource, key: k.Name})
	c := r.operator("")
	c.Regions = k.regionsWith("")
	set, err := mrk.Read(ctx, c, k.id, mrk.TagPart)
	if err != nil {
		return err
	}
	var all safety.RefusedErrors
	for _, m := range set.Members {
		if m.Missing {
			continue
		}
		found := safety.Member{Key: k.Alias, Region: m.Region, Tags: m.Tags, Unread: tagsUnread(m)}
		if rotates && m.Reached() && m.Region == set.Primary {
			if found.Rotations, err = onDemand(ctx, c, k.id, m.Region); err != nil {
				return err
			}
			if found.Rotations+r.book.Spending().Rotations == runbook.MostRotations && rotating(ctx, c, k.id, m.Region) {
				found.Rotations++ // the last that would be left is under way
			}
		}
		var one safety.RefusedErrors
		if errors.As(safety.CheckMember(r.book, found), &one) {
			all = append(all, one...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// tagsUnread says why a member's tags are not known, if they are not: what nobody
// could read is no leave to go on.
func tagsUnread(m mrk.Member) string {
	problems := m.Problems
	if m.Unreachable != nil {
		problems = []mrk.Problem{*m.Unreachable}
	}
	if len(problems) == 0 {
		return ""
	}
	return strings.TrimSuffix(problems[0].Code+": "+problems[0].Message, ": ")
}

// affordSetup holds the key sets that are not there yet and would be made on AWS
// against the budget, before the first of them is made. What a simulated world is
// furnished with costs nothing.
func (r *run) affordSetup(ctx context.Context) error {
	limit := r.book.Safety.Spend.NewKeys
	if r.cloud.Origin.Kind != "aws" || r.opts.Rehearsal || limit == nil {
		return nil
	}
	steps := r.book.Spending().NewKeys
	need, missing := steps, ""
	for _, book := range r.book.Keys {
		if _, err := r.key(book.Name); err == nil || book.Make != "if-missing" || r.made[book.Name] || r.madeBySteps(book.Name) {
			continue
		}
		c := r.operator("")
		c.Regions = book.Members()
		_, err := mrk.Find(withSource(ctx, source{name: lookSource, key: book.Name}), c, book.Alias)
		if mrk.IsNotFound(err) {
			need += len(book.Members())
			missing = strings.TrimPrefix(missing+", "+book.Alias, ", ")
		}
	}
	if missing == "" || need <= *limit {
		return nil
	}
	return safety.RefusedErrors{{
		Rule: "spend", Why: fmt.Sprintf("%s would have to be made, which with the steps uses up %d new keys, and the runbook allows %d", missing, need, *limit),
		Next: "make it beforehand with: mrkctl key create, or raise safety.spend.new-keys",
	}}
}

// onDemand counts how often a key has been rotated on demand.
func onDemand(ctx context.Context, c mrk.Cloud, id, region string) (n int, err error) {
	all, err := mrk.Materials(ctx, c, id, region)
	for _, m := range all {
		if m.RotatedBy == string(types.RotationTypeOnDemand) {
			n++
		}
	}
	return n, err
}

// rotating says whether a rotation on demand is under way, which no list of
// rotations has yet.
func rotating(ctx context.Context, c mrk.Cloud, id, region string) bool {
	c.Regions = []string{region}
	set, err := mrk.Read(ctx, c, id, mrk.RotationPart)
	return err == nil && slices.ContainsFunc(set.Members, func(m mrk.Member) bool { return m.Region == region && !m.Rotation.RunningSince.IsZero() })
}

// lockKeys takes the lock of every key set, so that no second drill touches it.
func (r *run) lockKeys(ctx context.Context) error {
	if r.cloud.Passing {
		return nil // a world of its own
	}
	now := r.clock.Now()
	holder := lock.Holder{Run: r.opts.ID, Dir: r.opts.Dir, PID: os.Getpid(), Since: now, Until: now.Add(r.book.Safety.Longest)}
	holder.Host, _ = os.Hostname() // a name for people; none is no harm
	for _, k := range r.keySets() {
		var locker lock.Locker = lock.File{Dir: r.opts.Locks, Now: r.clock.Now}
		if r.cloud.Origin.Kind == "aws" {
			clients := map[string]*kms.Client{}
			for _, region := range k.regionsWith("") {
				clients[region] = r.cloud.Client(region, region, "")
			}
			locker = lock.Aliases{Clients: clients, Longest: r.book.Safety.Longest, Now: r.clock.Now}
		} else if r.opts.Locks == "" {
			continue
		}
		release, err := locker.Take(ctx, k.id, holder)
		if err != nil {
			return err
		}
		r.unlock = append(r.unlock, release)
	}
	return nil
}

// unlockKeys gives the locks back.
func (r *run) unlockKeys(ctx context.Context) error {
	var errs []error
	for _, release := range r.unlock {
		errs = append(errs, release(ctx))
	}
	r.unlock = nil
	return errors.Join(errs...)
}

// mayStillSpend refuses a step what the runbook's budget does not allow any
// more. Taking back is always allowed, and so is what is meant to be refused.
func (r *run) mayStillSpend(s *runbook.Step, what string) error {
	if strings.HasPrefix(s.ID, undoPrefix) || s.ID == sabotageStep || s.Expect != nil && s.Expect.Error != "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return safety.Afford(r.book.Safety.Spend, r.spent, what)
}

// DirtyError says that a drill which could not begin did not get rid of what it
// had made.
type DirtyError struct{ error }

// Unwrap is what could not be taken back, and why the drill did not begin.
func (e *DirtyError) Unwrap() error { return e.error }

// ExitCode is that of an incomplete undo.
func (*DirtyError) ExitCode() int { return exitDirty }

// exitOf is the exit code of a drill that could not begin.
func exitOf(err error) int {
	switch {
	case errors.As(err, new(*RefusedError)), errors.As(err, new(safety.RefusedErrors)):
		return exitRefused
	case errors.As(err, new(*lock.HeldError)):
		return exitLocked
	case errors.As(err, new(Interrupted)):
		return exitInterrupted
	}
	return exitFailed
}

// refused ends a run before its journal is begun: nothing was done, so there is
// nothing to write down.
func refused(err error) (Result, error) {
	return Result{Verdict: journal.Fail, Exit: exitOf(err), Headline: err.Error()}, err
}
