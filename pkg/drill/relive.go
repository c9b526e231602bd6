package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// relived is the journal of a run whose world died with its process. On
// virtual time the same seed gives the same bytes, so the run is lived again
// from its beginning and held against that journal line by line; where the
// journal ends, the run goes on. No step of it is done twice in any world that
// is left.
type relived struct {
	old    []journal.Event
	at     int  // lines that were lived again
	joined bool // the line that says so is written
}

// ErrDiverged says that a run that was lived again did not do what its journal
// says: another version of the program, or a journal of another run.
var ErrDiverged = errors.New("the run does not repeat itself")

// relivedDir is where a run is lived again until it has ended.
const relivedDir = ".resuming"

// relive lives a run again in a folder beside its own and puts it in place
// once it has ended.
func relive(ctx context.Context, o Options, old []journal.Event) (Result, error) {
	if slices.ContainsFunc(old, func(e journal.Event) bool { return e.Kind == journal.Interrupted }) {
		return Result{}, fmt.Errorf("%s was stopped on order and its simulated world is gone with its process: nothing is left to go on with, or to take back", o.Dir)
	}
	home := o.Dir
	o.Dir = filepath.Join(home, relivedDir)
	if err := os.RemoveAll(o.Dir); err != nil {
		return Result{}, fmt.Errorf("clear an earlier attempt to resume: %w; let this user write to %s, or resume a copy of it", err, home)
	}
	o.Approve = answeredBefore{old: old, then: o.Approve}
	o.relived = &relived{old: old}
	res, err := Run(ctx, o)
	if err != nil {
		return res, err
	}
	// The journal comes last: until it is in place, resume can begin again.
	for _, name := range []string{LedgerFile, HistoryFile, JournalFile} {
		if err := os.Rename(filepath.Join(o.Dir, name), filepath.Join(home, name)); err != nil {
			return res, fmt.Errorf("put the resumed run in place: %w", err)
		}
	}
	return res, os.RemoveAll(o.Dir)
}

// hold compares an event with the line that the journal of the run has there.
func (l *relived) hold(e journal.Event) error {
	if l == nil || l.at >= len(l.old) {
		return nil
	}
	was := l.old[l.at]
	l.at++
	if was.Kind != e.Kind || was.Step != e.Step || !was.At.Equal(e.At) || !bytes.Equal(was.Data, e.Data) {
		return fmt.Errorf("%w: line %d of the journal is %s and would be %s now; was it made by another version of mrkctl?", ErrDiverged, was.N, was.Kind, e.Kind)
	}
	return nil
}

// joins says whether the next line is one that tells of an earlier resumption,
// or the place where this one begins.
func (l *relived) joins() (journal.Resumed, bool) {
	switch {
	case l == nil || len(l.old) == 0:
	case l.at == len(l.old) && !l.joined:
		l.joined = true
		return journal.Resumed{From: int64(l.at)}, true
	case l.at < len(l.old) && l.old[l.at].Kind == journal.DrillResumed:
		from, err := journal.Payload[journal.Resumed](l.old[l.at])
		return from, err == nil
	}
	return journal.Resumed{}, false
}

// past says whether the next line is one that was told before.
func (l *relived) past() bool { return l != nil && l.at < len(l.old) }

// answeredBefore gives the answers that people gave before the process died,
// and asks for the rest.
type answeredBefore struct {
	old  []journal.Event
	then Approver
}

func (a answeredBefore) Ask(ctx context.Context, q Question) ([]Approval, error) {
	var given []Approval
	for _, e := range a.old {
		if e.Step != q.Step || e.Kind != journal.ApprovalGiven && e.Kind != journal.ApprovalNo {
			continue
		}
		p, err := journal.Payload[journal.Approval](e)
		if err != nil {
			return nil, err
		}
		given = append(given, Approval{By: p.By, Yes: e.Kind == journal.ApprovalGiven, Remark: p.Remark})
	}
	q.Given = append(q.Given, given...)
	if q.Enough(q.Given) || a.then == nil {
		return q.Given, nil
	}
	return a.then.Ask(ctx, q)
}
