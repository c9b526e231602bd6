package drill

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// end brings a drill to its verdict: the load stops, the keys are read once
// more, the audit trails are read, the history is sealed, and what was
// promised is held against what is written down.
func (r *run) end(ctx context.Context, why, dirty error) (Result, error) {
	if err := r.quiet(); err != nil {
		return Result{}, err
	}
	if err := r.prove(ctx); err != nil {
		return Result{}, err
	}
	if err := r.unlockKeys(ctx); err != nil {
		dirty = errors.Join(dirty, err)
	}
	r.comeToRest(ctx)
	if _, err := r.snapshot(ctx, "after"); err != nil {
		dirty = errors.Join(dirty, fmt.Errorf("read the keys once more: %w", err))
	}
	if err := r.readTrails(ctx); err != nil {
		return Result{}, err
	}
	if err := r.sealHistory(); err != nil {
		return Result{}, err
	}
	v := verdicts{steps: len(r.book.Steps) + len(r.book.Finally), why: why, dirty: dirty, failed: r.failed}
	left, err := r.hear(&v)
	if err != nil {
		return Result{}, err
	}
	// What sabotage leaves behind is for the checks to find.
	if remains := check.Remains(left); r.tookBack && r.opts.Sabotage == "" && len(remains) > 0 {
		v.dirty = errors.Join(v.dirty, fmt.Errorf("after the undo the keys are not as they were found: %s", strings.Join(remains, "; ")))
	}
	res := v.result()
	ended := journal.Ended{Verdict: res.Verdict, Exit: res.Exit, Headline: res.Headline, Calls: r.calls, Spent: r.spent}
	if found := check.Judge(left, "left-as-found", runbook.CheckWith{}); found.Verdict == journal.Fail {
		ended.Left = found.Evidence
	}
	return res, r.tell(journal.DrillEnded, "", ended)
}

// hear holds the run against its objectives and checks and writes the answers
// down.
func (r *run) hear(v *verdicts) (*check.Run, error) {
	left, err := check.Gather(r.events, func(do func(history.Record) error) error {
		return history.Read(filepath.Join(r.opts.Dir, HistoryFile), do)
	})
	if err != nil {
		return nil, fmt.Errorf("judge the run: %w", err)
	}
	v.objectives, v.checks, v.kept = check.Measure(left), check.Evaluate(left), left.Steps().Kept
	for _, o := range v.objectives {
		if err := r.tell(journal.ObjectiveMet, "", o); err != nil {
			return nil, err
		}
	}
	for _, c := range v.checks {
		if err := r.tell(journal.CheckVerdict, "", c); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// readTrails reads the audit trail of every Region that was called, cut where
// Regions went dark and came back, and writes down what it counted.
func (r *run) readTrails(ctx context.Context) error {
	now := r.clock.Now()
	stretches, err := check.Stretches(r.events, r.ended(now))
	if err != nil {
		return fmt.Errorf("read the trails: %w", err)
	}
	regions := slices.Clone(r.book.Regions)
	for _, k := range r.keySets() {
		for _, region := range k.live {
			if !slices.Contains(regions, region) {
				regions = append(regions, region)
			}
		}
	}
	// The trail of a simulated world is whole at once; CloudTrail may still grow.
	settled := r.cloud.Origin.Kind == "sim" || now.Sub(r.ended(now)) > trailLate
	for _, region := range regions {
		for _, s := range stretches {
			if err := r.tell(journal.TrailRead, "", check.Trail(ctx, r.cloud.Lab.Trail, region, s, settled)); err != nil {
				return err
			}
		}
	}
	return nil
}

// trailLate is how late CloudTrail usually delivers at most.
const trailLate = 15 * time.Minute

// ended is when the run first read its trails, or now.
func (r *run) ended(now time.Time) time.Time {
	for _, e := range r.events {
		if e.Kind == journal.TrailRead {
			return e.At
		}
	}
	return now
}

// verdicts are all the answers that a drill's own answer is made of.
type verdicts struct {
	steps      int
	kept       int   // steps that say what they expect and went so
	why        error // why the steps ended early
	dirty      error // what could not be taken back
	failed     []string
	objectives []journal.Objective
	checks     []journal.Check
}

// result adds the answers up. It passes only when everything did, and fails
// as soon as anything did: unknown is what is left. What steps say they expect
// is promised too; a run of which nothing was promised has proved nothing.
func (v verdicts) result() Result {
	var failed, unknown []string
	for _, id := range v.failed {
		failed = append(failed, "step "+id)
	}
	sort := func(verdict journal.Verdict, name string) {
		switch verdict {
		case journal.Fail:
			failed = append(failed, name)
		case journal.Unknown:
			unknown = append(unknown, name)
		case journal.Pass:
		}
	}
	for _, o := range v.objectives {
		sort(o.Verdict, "objective "+o.Name)
	}
	for _, c := range v.checks {
		sort(c.Verdict, "check "+c.Name)
	}
	interrupted := errors.As(v.why, new(Interrupted))
	switch {
	case v.dirty == nil && errors.Is(v.why, errTakenBack):
		return Result{journal.Fail, exitInterrupted, "TAKEN BACK: " + v.why.Error()}
	case v.dirty != nil:
		return Result{journal.Fail, exitDirty, "LEFT DIRTY: " + v.dirty.Error()}
	case errors.Is(v.why, errGuard):
		return Result{journal.Fail, exitGuard, "STOPPED BY A GUARD, and undone: " + v.why.Error()}
	case interrupted:
		return Result{journal.Fail, exitInterrupted, "INTERRUPTED, and undone: " + v.why.Error()}
	case len(failed) > 0:
		return Result{journal.Fail, exitFailed, "FAILED: " + strings.Join(failed, ", ")}
	case v.why != nil:
		return Result{journal.Fail, exitFailed, "FAILED: " + v.why.Error()}
	case len(unknown) > 0:
		return Result{journal.Unknown, exitUnknown, "UNKNOWN, too little was seen for: " + strings.Join(unknown, ", ")}
	case !check.Judged(v.objectives, v.checks) && v.kept == 0:
		return Result{journal.Unknown, exitUnknown, "UNKNOWN: nothing was promised, so nothing is proved: no step that was done says what it expects, and the runbook has no objectives and no checks"}
	case !check.Judged(v.objectives, v.checks):
		return Result{journal.Pass, exitPassed, fmt.Sprintf("PASSED: %d steps as expected, %d of them with words about what they expect; nothing else was promised: the runbook has no objectives and no checks", v.steps, v.kept)}
	}
	return Result{journal.Pass, exitPassed, fmt.Sprintf("PASSED: %d steps as expected, %d of %d objectives met, %d of %d checks hold",
		v.steps, len(v.objectives), len(v.objectives), len(v.checks), len(v.checks))}
}
