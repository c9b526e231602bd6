package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// changeOptions are the options of every command that changes something.
type changeOptions struct {
	planOut string
	noWait  bool
	timeout time.Duration
}

func (o *changeOptions) bind(c *cobra.Command, waits bool) {
	c.Flags().StringVar(&o.planOut, "plan-out", "", "write the plan into this file and change nothing; \"mrkctl apply\" makes it")
	if waits {
		c.Flags().BoolVar(&o.noWait, "no-wait", false, "return as soon as KMS has accepted it")
		c.Flags().DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long to wait for it to be complete")
	}
}

// planner works out a change.
type planner func(context.Context, mrk.Cloud) (mrk.Plan, error)

// approval is what the operator has to type; yes is enough for most changes.
type approval func(mrk.Plan) string

func approveYes(mrk.Plan) string { return "yes" }

// approveKey makes the operator type the key's id, for what can't be undone.
func approveKey(p mrk.Plan) string { return p.Key }

// change is the life of every change: planned, shown, approved, made exactly
// as shown. The plan, the question and the progress go to stderr; what became
// of it is the answer.
func (a *App) change(ctx context.Context, o changeOptions, say approval, plan planner) error {
	return a.withTarget(ctx, func(t *target.Target) error {
		world, err := a.announce(ctx, t)
		if err != nil {
			return err
		}
		c := cloudOf(t)
		var p mrk.Plan
		t.Run(func() { p, err = plan(ctx, c) })
		if err != nil {
			return err
		}
		p.World, p.Again = world, a.again()
		return a.carryOut(ctx, t, p, o, say, nil)
	})
}

// carryOut shows a plan, has it approved and makes it.
func (a *App) carryOut(ctx context.Context, t *target.Target, p mrk.Plan, o changeOptions, say approval, material func() ([]byte, error)) error {
	if p.Empty() {
		for _, note := range p.Notes {
			a.Note("note: %s", note)
		}
		a.Note("%s: nothing to do", p.Title)
		return a.showChange(p, mrk.Applied{Key: p.Key})
	}
	a.showPlan(p)
	if o.planOut != "" {
		if err := writePlan(o.planOut, p); err != nil {
			return err
		}
		a.Note("nothing was changed; `mrkctl apply %s` makes exactly this", o.planOut)
		return a.Show(planDocument(p, o.planOut))
	}
	if err := a.confirm(ctx, fmt.Sprintf("Make these changes in %s?", p.World), say(p)); err != nil {
		return err
	}
	var applied mrk.Applied
	var err error
	t.Run(func() {
		applied, err = mrk.Apply(ctx, cloudOf(t), p, mrk.Applying{
			World: p.World, Wait: mrk.Patience{Within: o.timeout}, Tell: a.tellProgress(), Material: material,
		})
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	a.forgetKeys()
	if o.noWait && slices.ContainsFunc(p.Steps, func(s mrk.Step) bool { return s.Do == mrk.DoReplicate || s.Do == mrk.DoPromote || s.Do == mrk.DoRotate }) {
		a.Note("KMS completes this in its own time; `mrkctl key show %s` shows how far it is, and the same command without --no-wait waits for it", applied.Key)
	}
	return a.showChange(p, applied)
}

// interrupted gives a change that was broken off after some of its steps the
// code of something left half done.
func interrupted(ctx context.Context, err error) error {
	var half *mrk.HalfDoneError
	if errors.As(err, &half) && len(half.Done) > 0 && ctx.Err() != nil {
		return withHint(withExit(exitDirty, err), "%s", half.Hint())
	}
	return err
}

// withTarget runs f with the world of the settings and closes it.
func (a *App) withTarget(ctx context.Context, f func(*target.Target) error) error {
	t, err := a.openTarget(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(t), t.Close())
}

// withCloud runs f on the timeline of the world of the settings. It is for
// commands that only read.
func (a *App) withCloud(ctx context.Context, f func(mrk.Cloud) error) error {
	return a.withTarget(ctx, func(t *target.Target) error {
		var err error
		t.Run(func() { err = f(cloudOf(t)) })
		return err
	})
}

// announce says on stderr which world is about to be changed, and by whom.
func (a *App) announce(ctx context.Context, t *target.Target) (world string, err error) {
	o, err := t.Origin(ctx)
	if err != nil {
		return "", err
	}
	world = fmt.Sprintf("%s %s", o.Kind, o.Account)
	if o.Kind == target.AWS {
		account := o.Account
		if o.Alias != "" {
			account += " " + o.Alias
		}
		a.Note("AWS account %s%s, as %s", account, inProfile(o.Detail), o.Caller)
		return world, nil
	}
	where := o.Detail
	if o.Endpoint != "" {
		where += " at " + o.Endpoint
	}
	a.Note("simulated account %s (%s)", o.Account, where)
	return world, nil
}

func inProfile(profile string) string {
	if profile == "" {
		return ""
	}
	return " (profile " + profile + ")"
}

// again is the command line that was given, to be repeated after an interruption.
func (a *App) again() string {
	words := []string{"mrkctl"}
	for _, arg := range a.Args {
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'`$&|;<>()*?[]{}~#!\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// showPlan writes a plan to stderr. Who wants quiet and has approved it
// beforehand is spared it.
func (a *App) showPlan(p mrk.Plan) {
	if a.Config.Quiet && a.Config.Yes {
		return
	}
	line := func(format string, args ...any) {
		writeLine(a.Err, a.fold(terminal.Safe(fmt.Sprintf(format, args...))))
	}
	line("plan: %s", p.Title)
	line("  in: %s, Regions %s", p.World, strings.Join(p.Regions(), ", "))
	for i, s := range p.Steps {
		line("  %d. %s", i+1, s.Say)
	}
	for _, part := range []struct {
		word  string
		texts []string
	}{{"cost", p.Cost}, {"final", p.Final}, {"note", p.Notes}} {
		for _, text := range part.texts {
			line("  %s: %s", part.word, text)
		}
	}
}

// firstSign is the age of a wait at its first sign of life; each further one
// comes at twice the age.
const firstSign = 15 * time.Second

// tellProgress writes a line for every step. Of a wait it tells what is seen
// whenever that changes, and now and then that it still goes on.
func (a *App) tellProgress() func(mrk.Progress) {
	last, next := "", firstSign
	return func(p mrk.Progress) {
		switch {
		case p.Done && p.Err == nil:
			a.Note("[%d/%d] done: %s (%s)", p.N, p.Of, p.Step.Say, p.Took.Round(time.Millisecond))
		case p.Done:
			a.Note("[%d/%d] failed: %s", p.N, p.Of, p.Step.Say)
		case p.Seen == nil:
			last, next = "", firstSign
		default:
			var states []string
			for _, m := range p.Seen {
				state := m.Region + " " + m.Words()
				if p.Step.Do == mrk.DoWaitMaterial && m.Reached() {
					state = m.Region + " uses " + brief(m.Material)
				}
				states = append(states, state)
			}
			now := strings.Join(states, ", ")
			if now == last && p.Took < next {
				return
			}
			for next <= p.Took {
				next *= 2
			}
			last = now
			a.Note("[%d/%d] waiting after %s: %s", p.N, p.Of, p.Took.Round(time.Second), now)
		}
	}
}

// planDocument is the answer of a command that only wrote a plan.
func planDocument(p mrk.Plan, file string) report.Document {
	doc := report.Document{
		Kind: "plan", Title: p.Title, Columns: report.Columns("STEP", "DO", "IN", "WHAT"),
		Data:  p,
		Notes: []string{"written to " + file},
	}
	for i, s := range p.Steps {
		doc.Rows = append(doc.Rows, []string{fmt.Sprint(i + 1), string(s.Do), s.Where(), s.Say})
	}
	return doc
}

// changed is the JSON of a change that was made.
type changed struct {
	Title     string          `json:"title"`
	Key       string          `json:"key"`
	Changed   bool            `json:"changed"`
	Material  string          `json:"key_material_id,omitempty"` // what was imported
	Steps     []mrk.Step      `json:"steps"`
	Deletions []mrk.Scheduled `json:"deletions,omitempty"`
	Notes     []string        `json:"notes,omitempty"`
	Took      time.Duration   `json:"took_ns"`
}

// changeDocument is the answer of a command that changed something, or found
// nothing to change.
func changeDocument(p mrk.Plan, r mrk.Applied) report.Document {
	doc := report.Document{
		Kind: "change",
		Data: changed{Title: p.Title, Key: r.Key, Changed: len(r.Done) > 0, Material: r.Material, Steps: append([]mrk.Step{}, r.Done...), Deletions: r.Dates, Notes: p.Notes, Took: r.Took},
	}
	if len(r.Done) == 0 {
		doc.Columns = report.Columns("KEY", "CHANGED")
		doc.Rows = [][]string{{orDash(r.Key), "nothing"}}
		return doc
	}
	doc.Title = r.Key
	doc.Columns = report.Columns("IN", "DONE")
	for _, s := range r.Done {
		doc.Rows = append(doc.Rows, []string{s.Where(), s.Say})
	}
	for _, d := range r.Dates {
		when := "after its replicas, then " + fmt.Sprint(d.Days) + " days"
		if !d.At.IsZero() {
			when = "on " + d.At.Format(time.RFC3339)
		}
		doc.Notes = append(doc.Notes, fmt.Sprintf("%s: %s, gone %s", d.In, d.State, when))
	}
	return doc
}

// showChange shows what became of a change; with --quiet the key's id alone.
func (a *App) showChange(p mrk.Plan, r mrk.Applied) error {
	doc := changeDocument(p, r)
	if a.Config.Quiet {
		doc.Rows, doc.Notes = [][]string{{r.Key}}, nil
	}
	return a.Show(doc)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// writePlan writes a plan file whole or not at all.
func writePlan(path string, p mrk.Plan) error {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		return fmt.Errorf("write plan %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".plan-*")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	_, err = tmp.Write(b.Bytes())
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write plan %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}
