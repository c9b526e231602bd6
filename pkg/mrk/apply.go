package mrk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Applying says how to apply a plan.
type Applying struct {
	// World is the world at hand, as in Plan.World. A plan for another is refused.
	World string
	// Wait says how to wait for what takes time.
	Wait Patience
	// Tell, if set, is told of every step before and after it is made.
	Tell func(Progress)
	// Material returns the key material that a plan with an import step needs.
	// A plan file never holds it.
	Material func() ([]byte, error)
}

// Progress is a step under way.
type Progress struct {
	N, Of int // N counts from 1
	Step  Step
	Done  bool
	Took  time.Duration
	Err   error
	Seen  []Member // what a wait saw last
}

// Applied is what became of a plan.
type Applied struct {
	Key string `json:"key"`
	// Material is the id of the key material that was imported, as KMS gave it.
	Material string        `json:"key_material_id,omitempty"`
	Done     []Step        `json:"done"`
	Left     []Step        `json:"left,omitempty"`
	Dates    []Scheduled   `json:"deletions,omitempty"`
	Took     time.Duration `json:"took_ns"`
}

// HalfDoneError says how far a plan came.
type HalfDoneError struct {
	Title      string
	Done, Left []Step // the failed step is the first of Left
	Again      string
	Err        error
}

func (e *HalfDoneError) Error() string {
	why := e.Err.Error()
	if errors.Is(e.Err, context.Canceled) {
		why = "it was interrupted"
	}
	done := "done so far: " + sayAll(e.Done)
	if len(e.Done) == 0 {
		done = "no step was completed"
	}
	left := "not done: " + sayAll(e.Left)
	if e.unclear() {
		left = "perhaps done: " + e.Left[0].Say
		if rest := e.Left[1:]; len(rest) > 0 {
			left += "; not done: " + sayAll(rest)
		}
	}
	return fmt.Sprintf("%s: %s; %s; %s", e.Title, why, done, left)
}

func sayAll(steps []Step) string {
	said := make([]string, len(steps))
	for i, s := range steps {
		said[i] = s.Say
	}
	return strings.Join(said, "; ")
}

func (e *HalfDoneError) Unwrap() error { return e.Err }

// unclear tells whether the failed step may have been made all the same.
func (e *HalfDoneError) unclear() bool {
	var c *CallError
	return errors.As(e.Err, &c) && c.Outcome == wire.Unclear
}

// Hint is what to do about the failure, and the command that then goes on.
func (e *HalfDoneError) Hint() string {
	var hints []string
	var h interface{ Hint() string }
	if errors.As(e.Err, &h) && h.Hint() != "" {
		hints = append(hints, h.Hint())
	}
	if e.Again != "" && (len(e.Done) > 0 || e.unclear()) {
		hints = append(hints, e.Again+" goes on from here")
	}
	return strings.Join(hints, "\n")
}

// Apply makes a plan's changes, exactly and in order. It first reads again
// what the plan rests on and refuses when any of it has changed. It stops at
// the first step that fails with a HalfDoneError.
func Apply(ctx context.Context, c Cloud, p Plan, a Applying) (Applied, error) {
	if p.World != "" && a.World != "" && p.World != a.World {
		return Applied{}, fmt.Errorf("%s: the plan was made for %s and this is %s; nothing was changed", p.Title, p.World, a.World)
	}
	began := c.Clock.Now()
	result := Applied{Key: p.Key, Left: p.Steps}
	if p.Empty() {
		return result, nil
	}
	if err := p.ready(a); err != nil {
		return result, err
	}
	if err := p.verify(ctx, c); err != nil {
		return result, err
	}
	for i, s := range p.Steps {
		progress := Progress{N: i + 1, Of: len(p.Steps), Step: s}
		tell := func(done bool, took time.Duration, err error, seen []Member) {
			if a.Tell != nil {
				progress.Done, progress.Took, progress.Err, progress.Seen = done, took, err, seen
				a.Tell(progress)
			}
		}
		tell(false, 0, nil, nil)
		start := c.Clock.Now()
		wait := a.Wait
		wait.Tell = func(seen []Member) { tell(false, c.Clock.Now().Sub(start), nil, seen) }
		err := s.make(ctx, c, &result, wait, a)
		tell(true, c.Clock.Now().Sub(start), err, nil)
		result.Took = c.Clock.Now().Sub(began)
		if err != nil {
			return result, &HalfDoneError{Title: p.Title, Done: result.Done, Left: result.Left, Again: p.Again, Err: err}
		}
		result.Done, result.Left = p.Steps[:i+1], p.Steps[i+1:]
	}
	return result, nil
}

// make makes one step. A change that turns out to be made already, by an
// attempt whose answer was lost, counts as made.
func (s Step) make(ctx context.Context, c Cloud, r *Applied, wait Patience, a Applying) error {
	m := OneMember{Key: r.Key, In: s.In}
	var err error
	switch s.Do {
	case DoCreate:
		var made Member
		made, err = Create(ctx, c, NewKey{
			Region: s.In, SingleRegion: s.Single, Spec: s.Spec, Usage: s.Usage, Origin: s.Origin,
			Description: s.Text, Policy: s.Policy, Tags: s.Tags, BypassLockout: s.Bypass,
		})
		if err == nil {
			r.Key = made.KeyID
		}
	case DoReplicate:
		_, err = Replicate(ctx, c, Replication{Key: r.Key, At: s.In, To: s.To, Policy: s.Policy, Description: s.Text, Tags: s.Tags, BypassLockout: s.Bypass})
	case DoPromote:
		_, err = Promote(ctx, c, Promotion{Key: r.Key, At: s.In, To: s.To})
	case DoRotate:
		_, err = Rotate(ctx, c, m)
	case DoRotationOn:
		_, err = SetRotation(ctx, c, RotationChange{OneMember: m, On: true, PeriodDays: s.Days})
	case DoRotationOff:
		_, err = SetRotation(ctx, c, RotationChange{OneMember: m})
	case DoEnable:
		_, err = Enable(ctx, c, m)
	case DoDisable:
		_, err = Disable(ctx, c, m)
	case DoDelete:
		var d Scheduled
		if d, err = ScheduleDeletion(ctx, c, Deletion{OneMember: m, Days: s.Days}); err == nil {
			r.Dates = append(r.Dates, d)
		}
	case DoUndelete:
		_, err = CancelDeletion(ctx, c, m)
	case DoDescribe:
		_, err = Describe(ctx, c, m, s.Text)
	case DoAlias:
		_, err = SetAlias(ctx, c, AliasChange{Alias: s.Alias, OneMember: m, Steal: s.Steal})
	case DoAliasDelete:
		err = RemoveAlias(ctx, c, s.Alias, s.In)
	case DoPolicy:
		_, err = PutPolicy(ctx, c, PolicyChange{OneMember: m, Policy: s.Policy, BypassLockout: s.Bypass})
	case DoTags:
		_, err = SetTags(ctx, c, TagChange{OneMember: m, Set: s.Tags})
	case DoUntag:
		_, err = SetTags(ctx, c, TagChange{OneMember: m, Remove: s.TagKeys})
	case DoGrant:
		_, err = CreateGrant(ctx, c, GrantChange{OneMember: m, Grant: *s.Grant})
	case DoGrantRevoke:
		_, err = RevokeGrant(ctx, c, m, s.Grant.ID)
	case DoImport:
		err = s.importMaterial(ctx, c, r, a)
	case DoWaitState:
		_, err = WaitState(ctx, c, r.Key, s.Regions, s.State, wait)
	case DoWaitPrimary:
		_, err = WaitPrimary(ctx, c, r.Key, s.To, s.Regions, wait)
	case DoWaitImported:
		_, err = WaitImported(ctx, c, r.Key, s.Regions, wait)
	case DoWaitMaterial:
		_, err = WaitMaterial(ctx, c, r.Key, s.Material, s.Regions, wait)
	default:
		err = errors.New("unknown verb " + string(s.Do))
	}
	return err
}
