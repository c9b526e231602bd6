package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// How hard an undo tries: a Region that was dark comes back, a key that was
// Updating settles.
const (
	undoTries = 30
	undoFirst = 2 * time.Second // the first pause between two tries
	undoLast  = 10 * time.Second
)

// Interrupted is the cause of a context that a signal or an order ended. It
// names who wanted it.
type Interrupted struct{ By string } //nolint:errname // it is the cause of a context before it is an error

func (i Interrupted) Error() string { return "stopped by " + i.By }

// drive runs the whole drill in its order.
func (r *run) drive(ctx context.Context) (Result, error) {
	r.began = r.clock.Now()
	if err := r.tell(journal.DrillPlanned, "", r.planned()); err != nil {
		return Result{}, err
	}
	if r.opts.Foretold != nil {
		if err := r.tell(journal.DrillForetold, "", r.opts.Foretold); err != nil {
			return Result{}, err
		}
	}
	return r.driveFrom(ctx)
}

// driveFrom runs a drill from wherever its journal has come to.
func (r *run) driveFrom(ctx context.Context) (Result, error) {
	stepCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// Loads and looks go on while steps are being undone, until the end.
	loadCtx, endLoad := context.WithCancel(context.WithoutCancel(ctx))
	defer endLoad()
	r.stop, r.loadContext = stop, loadCtx
	r.ownContext = map[string]string{"mrkctl-drill": r.book.Name, "mrkctl-run": r.opts.ID}

	if err := r.begin(ctx); err != nil {
		return r.finish(ctx, err)
	}
	for _, k := range r.keySets() {
		for _, region := range k.live {
			r.watchMember(k, region)
		}
	}
	r.heedHalt(stepCtx)
	r.longest(stepCtx) // the steady load counts: the locks are held from here on
	why := r.steady(stepCtx)
	if why == nil {
		why = r.steps(stepCtx, r.book.Steps)
	}
	if why == nil {
		why = r.misbehave(stepCtx)
	}
	if ctx.Err() != nil {
		why = Interrupted{By: interrupter(ctx)}
	}
	if err := r.brokenBy(); err != nil {
		return r.endBroken(context.WithoutCancel(ctx), err)
	}
	if stopped := (Interrupted{}); errors.As(why, &stopped) {
		if err := r.tell(journal.Interrupted, "", journal.Interrupt{By: stopped.By}); err != nil {
			return Result{}, err
		}
	}
	// Taking back is not for the first signal to end; a second one ends the process.
	calm := context.WithoutCancel(ctx)
	dirty := r.goBack(calm, why)
	dirty = errors.Join(dirty, r.steps(calm, r.book.Finally))
	return r.end(calm, why, dirty)
}

// interrupter names who ended a context.
func interrupter(ctx context.Context) string {
	if by := (Interrupted{}); errors.As(context.Cause(ctx), &by) {
		return by.By
	}
	return "a signal"
}

// begin makes the keys and takes the first snapshot, unless the run has come
// further than that.
func (r *run) begin(ctx context.Context) error {
	if !r.started {
		if err := r.prepare(ctx); err != nil {
			return err
		}
		if err := r.lockKeys(ctx); err != nil {
			return err
		}
		if err := r.preflight(ctx); err != nil {
			return err
		}
		before, err := r.snapshot(ctx, snapshotBefore)
		if err != nil {
			return err
		}
		r.keep(before)
		return r.tell(journal.DrillStarted, "", nil)
	}
	if err := r.lockKeys(ctx); err != nil {
		return err
	}
	return r.resumeFaults(ctx)
}

// goBack takes back what has to be taken back: faults always, steps as the
// runbook's safety says.
func (r *run) goBack(ctx context.Context, why error) error {
	policy := r.book.Safety.Undo
	if policy == "always" || policy != "never" && why != nil && !asItIs(why) {
		return r.takeBack(ctx)
	}
	var failed []error
	for _, name := range r.activeFaults() {
		failed = append(failed, r.endFault(ctx, "", name, "undone"))
	}
	return errors.Join(failed...)
}

// asItIs says whether the drill ended at a step that wants everything left as
// it is.
func asItIs(why error) bool {
	failed := stepError{}
	return errors.As(why, &failed) && failed.step.Otherwise == "stop" && errors.Is(why, errStep)
}

func (r *run) activeFaults() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for name := range r.faults {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// keySets are those known, in the order of the runbook.
func (r *run) keySets() []*keySet {
	var out []*keySet
	for _, book := range r.book.Keys {
		if k, err := r.key(book.Name); err == nil {
			out = append(out, k)
		}
	}
	return out
}

// longest stops the drill when it has taken longer than its safety allows.
func (r *run) longest(ctx context.Context) {
	limit := r.book.Safety.Longest
	if limit <= 0 {
		return
	}
	r.processes.Go(func() {
		if r.clock.Sleep(r.loadContext, limit) == nil && ctx.Err() == nil && !r.over() {
			r.stop(Interrupted{By: "safety.longest, " + runbook.FormatDuration(limit)})
		}
	})
}

// quiet ends loads and looks and hands out their last windows.
func (r *run) quiet() error {
	var names []string
	for _, p := range r.book.Probes {
		names = append(names, p.Name)
	}
	r.stopProbes(names)
	r.mu.Lock()
	r.ending = true
	var lanes []*lane
	for _, name := range names {
		if p := r.probes[name]; p != nil {
			lanes = append(lanes, p.lanes...)
		}
	}
	r.mu.Unlock()
	for _, l := range lanes {
		for _, w := range l.load.Rest() {
			if err := r.tell(journal.ProbeWindow, "", w); err != nil {
				return err
			}
		}
	}
	return nil
}

// endBroken ends a drill that can't write down any more what it does: it is taken
// back and says so, and has no verdict.
func (r *run) endBroken(ctx context.Context, why error) (Result, error) {
	dirty := errors.Join(r.goBack(ctx, why), r.unlockKeys(ctx))
	_ = r.quiet() // which would tell
	res := Result{Verdict: journal.Fail, Exit: exitFailed, Headline: "STOPPED, and undone: " + why.Error()}
	if dirty != nil {
		why = &DirtyError{errors.Join(dirty, why)}
		res.Exit, res.Headline = exitDirty, "LEFT DIRTY: "+why.Error()
	}
	return res, why
}

// finish ends a drill that could not begin.
func (r *run) finish(ctx context.Context, why error) (Result, error) {
	_ = r.quiet()
	if stopped := (Interrupted{}); ctx.Err() != nil && !errors.As(why, &stopped) {
		why = fmt.Errorf("%w: %w", Interrupted{By: interrupter(ctx)}, why)
	}
	res := Result{Verdict: journal.Fail, Exit: exitOf(why), Headline: why.Error()}
	calm := context.WithoutCancel(ctx)
	if dirty := errors.Join(r.unmake(calm), r.unlockKeys(calm)); dirty != nil {
		why = &DirtyError{errors.Join(dirty, why)}
		res.Exit, res.Headline = exitDirty, "LEFT DIRTY: "+why.Error()
	}
	if err := r.sealHistory(); err != nil {
		return res, errors.Join(why, err)
	}
	return res, errors.Join(why, r.tell(journal.DrillEnded, "", journal.Ended{Verdict: res.Verdict, Exit: res.Exit, Headline: res.Headline, Calls: r.calls}))
}

// sealHistory fixes the history as it stands, in the journal.
func (r *run) sealHistory() error {
	s, err := r.history.Seal()
	if err != nil {
		return fmt.Errorf("seal the history: %w", err)
	}
	r.sealed = true
	return r.tell(journal.HistorySealed, "", s)
}
