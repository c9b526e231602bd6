package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// undoEntry is how a step is taken back. It is pushed when the step starts,
// since a call that timed out may have worked.
type undoEntry struct {
	of   string // the step
	step runbook.Step
}

// undoPrefix begins the id of a step that takes another back.
const undoPrefix = "undo-"

// pushUndo remembers how a step is taken back: as it says, or, for a fault, by
// stopping it, and for what a snapshot holds whole, by putting that back.
func (r *run) pushUndo(s *runbook.Step) {
	e := undoEntry{of: s.ID}
	switch {
	case s.Undo != nil:
		e.step = runbook.Step{ID: undoPrefix + s.ID, Do: s.Undo.Do, In: s.Undo.In, With: s.Undo.With, Within: s.Undo.Within}
	case s.Do == "fault.start":
		e.step = runbook.Step{ID: undoPrefix + s.ID, Do: "fault.stop", With: runbook.With{Fault: s.With.Fault}}
	case s.PutBack() != nil:
		e.step = runbook.Step{ID: undoPrefix + s.ID, Do: "restore", With: runbook.With{Key: s.With.Key, What: s.PutBack()}}
	default:
		return
	}
	if e.step.Do == "nothing" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.undo, func(u undoEntry) bool { return u.of == e.of }) { // once, for a step that is tried again
		r.undo = append(r.undo, e)
	}
}

// takeBack undoes the steps, the last one first. One that can't be undone does
// not keep the others from it.
func (r *run) takeBack(ctx context.Context) error {
	r.mu.Lock()
	stack := slices.Clone(r.undo)
	r.undo = nil
	r.tookBack = true
	r.mu.Unlock()
	slices.Reverse(stack)
	var failed []error
	for _, e := range stack {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(failed, err)...)
		}
		u := journal.Undo{Of: e.of, Do: e.step.Do, In: one(e.step.In)}
		if err := r.tellOfUndo(journal.UndoStarted, e.of, u); err != nil {
			return err
		}
		note, err := r.undoOne(ctx, e)
		kind := journal.UndoDone
		u.Note = note
		if err != nil {
			kind, u.Note = journal.UndoFailed, err.Error()
			failed = append(failed, fmt.Errorf("undo %s: %w", e.of, err))
		}
		if err := r.tellOfUndo(kind, e.of, u); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// tellOfUndo tells of an undo. One goes on though nothing can be written down any
// more: a full disk is no reason to leave a key disabled.
func (r *run) tellOfUndo(kind journal.Kind, step string, payload any) error {
	if err := r.tell(kind, step, payload); r.brokenBy() == nil {
		return err
	}
	return nil
}

// brokenBy is why nothing can be written down any more; nil when it can.
func (r *run) brokenBy() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.writeErr
}

// undoOne looks first and acts only when there is something to take back. It
// tries again for a while: a Region that was dark comes back, a key that was
// Updating settles.
func (r *run) undoOne(ctx context.Context, e undoEntry) (note string, err error) {
	if name := e.step.With.Key; r.madeBySteps(name) {
		if _, missing := r.key(name); missing != nil {
			return "nothing was made of " + name, nil //nolint:nilerr // what was never made needs no undo
		}
	}
	for try := range undoTries {
		if try > 0 {
			if err := r.clock.Sleep(ctx, min(time.Duration(try)*undoFirst, undoLast)); err != nil {
				return "", err
			}
		}
		s := e.step
		if s.Do == "key.promote" {
			done, at, lookErr := r.handedBack(ctx, &s)
			if done {
				return join(note, s.With.To+" is primary"), nil
			}
			if err = lookErr; err != nil {
				continue
			}
			s.In = []string{at}
		}
		out := r.try(ctx, &s)
		if out.held && s.Do != "key.promote" {
			return out.observed, nil
		}
		note, err = out.observed, fmt.Errorf("%w: %s", errStep, out.observed)
	}
	return "", err
}

// handedBack says whether the member that a promotion is to be taken back to
// calls itself primary, and else which Region to ask.
func (r *run) handedBack(ctx context.Context, s *runbook.Step) (done bool, at string, err error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return false, "", err
	}
	ctx = withSource(ctx, source{name: lookSource, key: k.Name})
	settling := false
	for _, m := range mrk.Metadata(ctx, r.operator(""), k.id, k.regionsWith("")) {
		settling = settling || m.State == "Updating"
		switch {
		case m.Role == mrk.RolePrimary && m.Region == s.With.To:
			done = true
		case m.Role == mrk.RolePrimary:
			at = m.Region
		}
	}
	if settling {
		return false, "", errors.New("a promotion is still under way")
	}
	if done {
		return true, "", nil
	}
	if at == "" {
		err = errors.New("no member that answers calls itself primary")
	}
	return false, at, err
}
