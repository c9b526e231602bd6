package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/lock"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// RefusedError says which rule of safety does not let a drill run, or go on.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return "refused: " + e.Why }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// permit holds a drill against the safety of its runbook before anything is
// begun. A simulated cloud has no office hours and no accounts that matter, so
// windows, dates and accounts are for AWS.
func permit(o Options) error {
	s, origin, now := o.Book.Safety, o.Cloud.Origin, o.Cloud.Clock.Now()
	if !slices.Contains(s.RunOn, origin.Kind) {
		return refuse("runbook %s may run on %s, and this is %s; safety.run-on permits it", o.Book.Name, list(s.RunOn), origin.Kind)
	}
	if halted(o.Halt) {
		return refuse("drills are halted (%s is there); lift it with: mrkctl halt --lift", o.Halt)
	}
	if origin.Kind != "aws" {
		return nil
	}
	if len(s.Accounts) > 0 && !slices.Contains(s.Accounts, origin.Account) {
		return refuse("account %s is not among the accounts of the runbook (%s)", origin.Account, list(s.Accounts))
	}
	if len(s.Windows) > 0 && !slices.ContainsFunc(s.Windows, func(w runbook.Window) bool { return w.Contains(now) }) {
		return refuse("it is %s, outside every window of the runbook (%s)", now.Format("Mon 15:04 MST"), windows(s.Windows))
	}
	for _, d := range s.NeverOn {
		if today := now.Format(time.DateOnly); today == d.Format(time.DateOnly) {
			return refuse("today, %s, is a date on which the runbook may not run", today)
		}
	}
	return nil
}

func windows(ws []runbook.Window) string {
	var words []string
	for _, w := range ws {
		words = append(words, w.Text)
	}
	return list(words)
}

// halted says whether the file is there that stops all drills of a user.
func halted(path string) bool {
	if path == "" {
		return false
	}
	_, err := os.Stat(path)
	return err == nil
}

// haltEvery is how often a drill looks for an order to halt.
const haltEvery = time.Second

// heedHalt stops the drill when all drills are halted. A world of its own on
// virtual time is past before anybody could.
func (r *run) heedHalt(ctx context.Context) {
	if r.opts.Halt == "" || r.cloud.Passing {
		return
	}
	r.processes.Go(func() {
		for ctx.Err() == nil && !r.over() {
			if halted(r.opts.Halt) {
				r.stop(Interrupted{By: "mrkctl halt"})
				return
			}
			if r.clock.Sleep(r.loadContext, haltEvery) != nil {
				return
			}
		}
	})
}

// tagged refuses a key without the tags that the runbook wants.
func (r *run) tagged(ctx context.Context, k *keySet) error {
	if len(r.book.Safety.Tagged) == 0 {
		return nil
	}
	c := r.operator("")
	c.Regions = k.regionsWith("")
	set, err := mrk.Read(withSource(ctx, source{name: lookSource, key: k.Name}), c, k.id, mrk.TagPart)
	if err != nil {
		return err
	}
	for _, m := range set.Members {
		for tag, want := range r.book.Safety.Tagged {
			if got, ok := m.Tags[tag]; !ok || got != want {
				return refuse("the member of %s in %s does not have the tag %s=%s, without which the runbook may not touch it", k.Alias, m.Region, tag, want)
			}
		}
	}
	return nil
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
			locker = lock.Alias{Client: r.cloud.Client(k.Primary, k.Primary, ""), Longest: r.book.Safety.Longest, Now: r.clock.Now}
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
	budget := map[string]*int{
		"rotations": r.book.Safety.Spend.Rotations, "promotions": r.book.Safety.Spend.Promotions, "new-keys": r.book.Safety.Spend.NewKeys,
	}[what]
	r.mu.Lock()
	defer r.mu.Unlock()
	if budget != nil && r.spent[what] >= *budget {
		return refuse("safety.spend allows %d %s, and they are spent", *budget, what)
	}
	return nil
}

// exitOf is the exit code of a drill that could not begin.
func exitOf(err error) int {
	switch {
	case errors.As(err, new(*RefusedError)):
		return exitRefused
	case errors.As(err, new(*lock.HeldError)):
		return exitLocked
	}
	return exitFailed
}

// refused ends a run before its journal is begun: nothing was done, so there is
// nothing to write down.
func refused(err error) (Result, error) {
	return Result{Verdict: journal.Fail, Exit: exitOf(err), Headline: err.Error()}, err
}
