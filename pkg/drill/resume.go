package drill

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// ErrEnded says that a run has come to its end: there is nothing to resume.
var ErrEnded = errors.New("the run has ended")

// Resume goes on with the run in o.Dir, whose process died. A step that was
// completed is not repeated; the one under way is looked at first. The runbook
// must be the one that the run began with.
//
// Where the world died with the process, the run is lived again from its seed.
func Resume(ctx context.Context, o Options) (Result, error) {
	old, err := died(o)
	if err != nil {
		return Result{}, err
	}
	switch {
	case o.Cloud.Passing && o.Speed != virtualTime:
		return Result{}, fmt.Errorf("%s ran at %s, and its simulated world is gone with its process: only a run on virtual time can be lived again", o.Dir, o.Speed)
	case o.Cloud.Passing:
		return relive(ctx, o, old)
	}
	return o.rejoin(ctx, func(r *run) (Result, error) { return r.goOnWith(ctx) })
}

// TakeBack undoes what the run in o.Dir did, whose process died, and compares
// the keys with the snapshot that it took first.
func TakeBack(ctx context.Context, o Options) (Result, error) {
	if _, err := died(o); err != nil {
		return Result{}, err
	}
	if o.Cloud.Passing {
		return Result{}, fmt.Errorf("nothing to take back: the simulated world of %s died with its process", o.Dir)
	}
	return o.rejoin(ctx, func(r *run) (Result, error) { return r.onlyTakeBack(ctx) })
}

// died reads the journal of a run that did not come to its end.
func died(o Options) ([]journal.Event, error) {
	old, err := journal.Tail(filepath.Join(o.Dir, JournalFile))
	if err != nil {
		return nil, err
	}
	if len(old) == 0 || old[0].Kind != journal.DrillPlanned {
		return nil, fmt.Errorf("%s holds no run that could be gone on with: its journal does not say what was planned", o.Dir)
	}
	if last := old[len(old)-1]; last.Kind == journal.DrillEnded {
		return nil, fmt.Errorf("%s: %w; its verdict is in the report", o.Dir, ErrEnded)
	}
	planned, err := journal.Payload[journal.Planned](old[0])
	if err != nil {
		return nil, err
	}
	if planned.SourceSHA != o.Book.SHA256 {
		return nil, fmt.Errorf("runbook %s is not the one that the run in %s began with (SHA-256 %s then, %s now); put that one back, or take the run back with: mrkctl drill undo %s",
			planned.Runbook, o.Dir, short(planned.SourceSHA), short(o.Book.SHA256), o.Dir)
	}
	return old, nil
}

// rejoin opens the files of a run again, brings back to mind what they say and
// goes on in its world.
func (o Options) rejoin(ctx context.Context, on func(*run) (Result, error)) (Result, error) {
	r := blankRun(o)
	var old []journal.Event
	var err error
	if r.journal, old, err = journal.Resume(filepath.Join(o.Dir, JournalFile)); err != nil {
		return Result{}, err
	}
	if r.history, err = history.Resume(filepath.Join(o.Dir, HistoryFile)); err != nil {
		return Result{}, errors.Join(err, r.close())
	}
	if r.ledger, err = ledger.Resume(filepath.Join(o.Dir, LedgerFile), filepath.Join(o.Dir, HistoryFile)); err != nil {
		return Result{}, errors.Join(err, r.close())
	}
	r.history.After(r.ledger.Flush)
	r.opts.Approve = answeredBefore{old: old, then: o.Approve}
	if err := r.remember(old); err != nil {
		return Result{}, errors.Join(err, r.close())
	}
	var res Result
	o.Cloud.Run(func() {
		if err = r.catchUp(ctx, old[len(old)-1].At); err == nil {
			res, err = on(r)
		}
	})
	return res, errors.Join(err, r.close())
}

// catchUp moves virtual time on to where it had come when the process died. A
// world that is kept in a file is as old as its last change.
func (r *run) catchUp(ctx context.Context, last time.Time) error {
	if r.opts.Speed != virtualTime {
		return nil
	}
	return r.clock.Sleep(ctx, last.Sub(r.clock.Now()))
}

// remember brings back to mind what a journal says was done.
func (r *run) remember(old []journal.Event) error {
	r.events, r.began = old, old[0].At
	if r.opts.Speed != virtualTime { // catchUp moves that on
		r.clock = clock.NotBefore(r.clock, old[len(old)-1].At)
	}
	for _, e := range old {
		if err := r.rememberEvent(e); err != nil {
			return fmt.Errorf("journal line %d: %w", e.N, err)
		}
	}
	return history.Read(filepath.Join(r.opts.Dir, HistoryFile), func(h history.Record) error {
		r.calls[h.Op]++
		r.book.EachStep(func(s *runbook.Step) {
			if s.Keep != "" && s.ID == h.Source && ledger.Makes(h.Op) && h.Ciphertext > 0 {
				r.kept[s.Keep] = append(r.kept[s.Keep], h.Ciphertext)
			}
		})
		return nil
	})
}

func (r *run) rememberEvent(e journal.Event) error {
	switch e.Kind { //nolint:exhaustive // the others change nothing that a run has to know again
	case journal.SnapshotTaken:
		s, err := journal.Payload[journal.Snapshot](e)
		if err == nil && s.When == snapshotBefore {
			r.keep(s)
			for _, k := range s.Keys {
				r.recognise(k)
			}
		}
		return err
	case journal.MemberSeen:
		m, err := journal.Payload[journal.Member](e)
		if err == nil {
			r.members[memberID{m.Key, m.Region}] = m
			if k := r.keys[m.Key]; k != nil && !slices.Contains(k.live, m.Region) {
				k.live = append(k.live, m.Region)
			}
		}
		return err
	case journal.StepStarted:
		s := r.stepNamed(e.Step)
		if s == nil {
			return nil
		}
		r.pushUndo(s)
		r.underWay[e.Step] = e.At
	case journal.CallStarted:
		// The members were looked at just before the call that rotates.
		c, err := journal.Payload[journal.Call](e)
		if c.Op == "CreateKey" {
			r.made[c.Key] = true // or begun to be
		}
		if k := r.keys[c.Key]; k != nil && slices.Contains([]string{"RotateKeyOnDemand", "EnableKeyRotation", "DisableKeyRotation"}, c.Op) {
			k.old = r.materialOf(k)
		}
		return err
	case journal.StepEnded:
		s, err := journal.Payload[journal.StepEnd](e)
		if err != nil {
			return err
		}
		delete(r.underWay, e.Step)
		r.done[e.Step] = s.Outcome == stepOK || s.Outcome == stepSkipped
	case journal.CallEnded:
		c, err := journal.Payload[journal.Call](e)
		if what := spentBy(c.Op); err == nil && c.Outcome == "ok" && e.Step != setupStep && what != "" {
			r.spent[what]++
			r.answered[e.Step] = true
		}
		r.callID = max(r.callID, c.ID)
		return err
	case journal.FaultOn, journal.FaultOff:
		f, err := journal.Payload[journal.FaultChange](e)
		if err != nil {
			return err
		}
		delete(r.faults, f.Name)
		if e.Kind == journal.FaultOn { // one whose time has passed may still have to be mended
			r.faults[f.Name] = activeFault{change: f, began: e.At}
		}
	case journal.UndoDone:
		r.undo = slices.DeleteFunc(r.undo, func(u undoEntry) bool { return u.of == e.Step })
	case journal.DrillStarted:
		r.started = true
	}
	return nil
}

// spentBy is what an operation uses up; empty for nothing.
func spentBy(op string) string {
	switch op {
	case "UpdatePrimaryRegion":
		return "promotions"
	case "RotateKeyOnDemand":
		return "rotations"
	case "CreateKey", "ReplicateKey":
		return "new-keys"
	}
	return ""
}

// recognise makes a key set of the first snapshot known again.
func (r *run) recognise(s journal.KeySnapshot) {
	book, ok := r.book.Key(s.Name)
	if !ok {
		return
	}
	k := &keySet{Key: book, id: s.KeyID}
	for _, m := range s.Members {
		k.live = append(k.live, m.Region)
	}
	r.keys[s.Name] = k
}

func (r *run) stepNamed(id string) *runbook.Step {
	var found *runbook.Step
	r.book.EachStep(func(s *runbook.Step) {
		if s.ID == id {
			found = s
		}
	})
	return found
}

// goOnWith goes on where the journal ends.
func (r *run) goOnWith(ctx context.Context) (Result, error) {
	if err := r.tell(journal.DrillResumed, "", journal.Resumed{From: int64(len(r.events))}); err != nil {
		return Result{}, err
	}
	r.lookSoon() // whatever changed last was before
	if err := r.recall(ctx); err != nil {
		return Result{}, err
	}
	return r.driveFrom(ctx)
}

// wasDone says whether the step that was under way when the process died had
// taken effect: what it expects is so already.
func (r *run) wasDone(ctx context.Context, s *runbook.Step) bool {
	began, was := r.underWay[s.ID]
	if !was {
		return false
	}
	k, err := r.key(s.With.Key)
	if err != nil {
		return false
	}
	if s.Do == "key.rotate" {
		return r.rotatedSince(ctx, s, k, began)
	}
	if s.Expect == nil || !aboutKey(s.Expect) || s.Expect.Error != "" {
		return false
	}
	var out outcome
	return r.awaitKey(ctx, s, seen{key: k}, &out, 0)
}

// rotatedSince says whether a rotation on demand began or ended after a moment.
func (r *run) rotatedSince(ctx context.Context, s *runbook.Step, k *keySet, began time.Time) bool {
	set, err := mrk.Read(withSource(ctx, source{name: lookSource, key: k.Name}), r.watching(s, k), k.id, mrk.RotationPart, mrk.MaterialPart)
	if err != nil {
		return false
	}
	for _, m := range set.Members {
		if !m.Rotation.RunningSince.IsZero() && !m.Rotation.RunningSince.Before(began.Truncate(time.Second)) {
			return true
		}
		for _, version := range m.Materials {
			if version.RotatedAt.After(began) && version.RotatedBy == "ON_DEMAND" {
				return true
			}
		}
	}
	return false
}

// onlyTakeBack takes a run back and ends it.
func (r *run) onlyTakeBack(ctx context.Context) (Result, error) {
	loadCtx, endLoad := context.WithCancel(ctx)
	defer endLoad()
	r.loadContext = loadCtx
	if err := r.tell(journal.DrillResumed, "", journal.Resumed{From: int64(len(r.events))}); err != nil {
		return Result{}, err
	}
	if err := r.recall(ctx); err != nil {
		return Result{}, err
	}
	if r.before.Keys == nil { // it was still making its key sets
		return r.end(ctx, errTakenBack, r.unmake(ctx))
	}
	var dirty []error
	for _, name := range r.activeFaults() {
		dirty = append(dirty, r.endFault(ctx, "", name, "undone"))
	}
	dirty = append(dirty, r.takeBack(ctx), r.steps(ctx, r.book.Finally))
	return r.end(ctx, errTakenBack, errors.Join(dirty...))
}

// errTakenBack is why a run that was only taken back did not pass.
var errTakenBack = errors.New("the run was not completed, and what it had done was undone")
