package drill

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Reseal reads the audit trails of a run that has ended once more and judges it
// anew: CloudTrail is minutes late, and a check that needs it is unknown until
// it is whole. What the run said first stays in its journal.
func Reseal(ctx context.Context, o Options) (Result, error) {
	old, err := journal.Read(filepath.Join(o.Dir, JournalFile))
	if err != nil {
		return Result{}, err
	}
	if len(old) == 0 || old[len(old)-1].Kind != journal.DrillEnded {
		return Result{}, fmt.Errorf("%s: the run has not ended; go on with it: mrkctl drill resume %s", o.Dir, o.Dir)
	}
	if o.Cloud.Passing {
		return Result{}, fmt.Errorf("%s: its trails were whole when it ended, and their world is gone", o.Dir)
	}
	said, err := journal.Payload[journal.Ended](old[len(old)-1])
	if err != nil {
		return Result{}, err
	}
	r := blankRun(o)
	if r.journal, _, err = journal.Resume(filepath.Join(o.Dir, JournalFile)); err != nil {
		return Result{}, err
	}
	r.sealed = true
	if err := r.remember(old); err != nil {
		return Result{}, errors.Join(err, r.close())
	}
	res, err := r.resealed(ctx, said)
	return res, errors.Join(err, r.close())
}

func (r *run) resealed(ctx context.Context, said journal.Ended) (Result, error) {
	if err := r.readTrails(ctx); err != nil {
		return Result{}, err
	}
	v := verdicts{steps: len(r.book.Steps) + len(r.book.Finally)}
	for id, ok := range r.done {
		if !ok {
			v.failed = append(v.failed, id)
		}
	}
	if said.Exit != exitPassed && said.Exit != exitFailed && said.Exit != exitUnknown {
		return Result{said.Verdict, said.Exit, said.Headline}, errors.New("the run was stopped; its trails do not change that")
	}
	if _, err := r.hear(&v); err != nil {
		return Result{}, err
	}
	res := v.result()
	said.Verdict, said.Exit, said.Headline = res.Verdict, res.Exit, res.Headline
	return res, r.tell(journal.DrillEnded, "", said)
}
