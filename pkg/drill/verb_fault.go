package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// activeFault is a fault that is on, by the drill's own account.
type activeFault struct {
	change journal.FaultChange
	began  time.Time
}

func (r *run) faultStart(ctx context.Context, s *runbook.Step) (seen, error) {
	book, ok := r.book.Fault(s.With.Fault)
	if !ok {
		return seen{}, fmt.Errorf("no fault named %q", s.With.Fault)
	}
	how := r.onAWS(book)
	if how == onAWSRefuse {
		return seen{}, fmt.Errorf("fault %s may not be started on AWS: the runbook says on-aws: refuse", book.Name)
	}
	f, err := r.wireFault(book)
	if err != nil {
		return seen{}, err
	}
	change := journal.FaultChange{
		Name: book.Name, Kind: f.Kind, In: f.In, Planes: book.Planes, Looks: f.Looks, Where: r.cloud.Lab.Where(),
		Until: r.clock.Now().Add(f.AtMost), Share: f.Share,
	}
	if how == onAWSDisable || how == onAWSPolicy {
		change.Where = how
	}
	if err := r.tell(journal.FaultOn, s.ID, change); err != nil {
		return seen{}, err
	}
	start := func() error { return r.cloud.Lab.StartFault(ctx, f) }
	if how == onAWSDisable || how == onAWSPolicy {
		start = func() error { return r.breakMembers(ctx, book) }
	}
	// Known before it begins: a start that fails halfway is to be taken back too.
	on := activeFault{change: change, began: r.clock.Now()}
	r.mu.Lock()
	r.faults[book.Name] = on
	r.mu.Unlock()
	if err := start(); err != nil {
		return seen{}, fmt.Errorf("start fault %s: %w", book.Name, err)
	}
	r.processes.Go(func() { r.expire(on) })
	r.lookSoon()
	words := fmt.Sprintf("%s on", f.Kind)
	if len(f.In) > 0 {
		words += " in " + list(f.In)
	}
	return seen{words: fmt.Sprintf("%s, for %s at most", words, runbook.FormatDuration(f.AtMost))}, nil
}

// faultName is what a world calls a fault of the drill. In a world that lasts
// another drill may have one of the same name, which is not this one's to end.
func (r *run) faultName(name string) string {
	if r.cloud.Passing {
		return name
	}
	return r.opts.ID + "-" + name
}

// wireFault is a fault of the runbook as a world understands it.
func (r *run) wireFault(f runbook.Fault) (wire.Fault, error) {
	out := wire.Fault{Name: r.faultName(f.Name), Kind: f.Kind, In: f.In, Calls: f.Calls, Looks: f.Looks, Share: float64(f.Share), By: f.By, AtMost: f.AtMost}
	for _, p := range f.Planes {
		out.Planes = append(out.Planes, wire.Plane(p))
	}
	if f.Key != "" {
		k, err := r.key(f.Key)
		if err != nil {
			return wire.Fault{}, fmt.Errorf("fault %s: %w", f.Name, err)
		}
		out.Key = k.id
	}
	return out, nil
}

func (r *run) faultStop(ctx context.Context, s *runbook.Step) (seen, error) {
	name := s.With.Fault
	r.mu.Lock()
	on, ok := r.faults[name]
	r.mu.Unlock()
	if !ok {
		return seen{words: name + " had ended"}, nil
	}
	if err := r.endFault(ctx, s.ID, name, "stopped"); err != nil {
		return seen{}, err
	}
	return seen{words: fmt.Sprintf("%s off after %s", name, runbook.FormatDuration(r.clock.Now().Sub(on.began).Round(time.Second)))}, nil
}

// endFault ends a fault and says why. One that has ended is no error.
func (r *run) endFault(ctx context.Context, step, name, why string) error {
	r.mu.Lock()
	on, ok := r.faults[name]
	delete(r.faults, name)
	r.mu.Unlock()
	if !ok {
		return nil
	}
	stop := func() error { return r.cloud.Lab.StopFault(ctx, r.faultName(name)) }
	if book, known := r.book.Fault(name); known && (on.change.Where == onAWSDisable || on.change.Where == onAWSPolicy) {
		stop = func() error { return r.mendMembers(ctx, book) }
	}
	if err := stop(); err != nil {
		return fmt.Errorf("stop fault %s: %w", name, err)
	}
	on.change.Why = why
	r.lookSoon()
	return r.tellOfUndo(journal.FaultOff, step, on.change)
}

// expire notes that a fault has ended by itself. The world ends it; here it is
// written down.
func (r *run) expire(f activeFault) {
	if r.clock.Sleep(r.loadContext, f.change.Until.Sub(r.clock.Now())) != nil {
		return
	}
	r.mu.Lock()
	now, ok := r.faults[f.change.Name]
	mine := ok && now.began.Equal(f.began) && !r.ending
	r.mu.Unlock()
	if mine {
		_ = r.endFault(context.WithoutCancel(r.loadContext), "", f.change.Name, "expired") // an error has stopped the drill
	}
}

// resumeFaults goes on with the faults that were on when the process died: those
// of our own calls died with it and are begun again for the time that is left;
// those whose time has passed meanwhile are ended.
func (r *run) resumeFaults(ctx context.Context) error {
	for _, name := range r.activeFaults() {
		on := r.faults[name]
		left := on.change.Until.Sub(r.clock.Now())
		if left <= 0 {
			if err := r.endFault(ctx, "", name, "expired"); err != nil {
				return err
			}
			continue
		}
		book, known := r.book.Fault(name)
		if known && on.change.Where == "client" {
			f, err := r.wireFault(book)
			if err != nil {
				return err
			}
			f.AtMost = left
			if err := r.cloud.Lab.StartFault(ctx, f); err != nil {
				return fmt.Errorf("go on with fault %s: %w", name, err)
			}
		}
		r.processes.Go(func() { r.expire(on) })
	}
	return nil
}
