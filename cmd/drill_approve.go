package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// DrillApproveOptions are the options of "drill approve".
type DrillApproveOptions struct {
	Dir, Step  string
	As, Remark string
	Refuse     bool
}

func newDrillApproveCmd(app *App) *cobra.Command {
	var o DrillApproveOptions
	c := &cobra.Command{
		Use:   "approve DIR STEP",
		Short: "Answer the question of a drill that runs elsewhere",
		Long: `Answer the approval that a running drill waits for, from another terminal or from
CI. DIR is the folder of the run.

The answer counts once for each name, and only of those people whom the runbook
names for the step. Anybody may refuse. On AWS whoever started the drill can't
be the only one to approve a step, and the alias of the key has to be typed,
unless --yes is given.

Whoever can write to that folder can answer: keep it where only those who may
approve can reach it. The journal keeps both names, the one given with --as and
that of the system's user who gave it.`,
		Example: `  mrkctl drill approve mrkctl-runs/20261124T090000Z-game-day move-the-primary --as alice
  mrkctl drill approve runs/today move-the-primary --refuse --remark "wait for the freeze to end"`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			o.Dir, o.Step = args[0], args[1]
			return runDrillApprove(c.Context(), app, o)
		},
	}
	c.Flags().StringVar(&o.As, "as", "", "who answers (default: the user of this system)")
	c.Flags().StringVar(&o.Remark, "remark", "", "what to write down with it")
	c.Flags().BoolVar(&o.Refuse, "refuse", false, "refuse instead")
	return c
}

func runDrillApprove(ctx context.Context, app *App, o DrillApproveOptions) error {
	user := app.who()
	if o.As == "" {
		o.As = user
	}
	if o.As != user {
		o.Remark = strings.TrimPrefix(o.Remark+", given by "+user, ", ")
	}
	run, asked, err := pendingApproval(o.Dir, o.Step)
	if err != nil {
		return err
	}
	if !o.Refuse {
		q := drill.Question{Step: o.Step, May: asked.May}
		if err := q.Counts(o.As); err != nil {
			return withExit(exitRefused, err)
		}
		if asked.Word != "" {
			if err := app.confirm(ctx, fmt.Sprintf("Step %s: %s", o.Step, asked.What), asked.Word); err != nil {
				return err
			}
		}
	}
	filed := filedApproval{Run: run, Step: o.Step, By: o.As, Yes: !o.Refuse, Remark: o.Remark, At: time.Now().UTC()}
	line, err := json.Marshal(filed)
	if err != nil {
		return err
	}
	if err := appendLine(filepath.Join(o.Dir, approvalsFile), line); err != nil {
		return fmt.Errorf("file the answer: %w", err)
	}
	answer := "approved"
	if o.Refuse {
		answer = "refused"
	}
	return app.Show(report.Document{
		Kind: "drill-approval", Columns: report.Columns("STEP", "ANSWER", "BY", "QUESTION"),
		Rows: [][]string{{o.Step, answer, o.As, asked.What}}, Data: filed,
	})
}

// pendingApproval finds the question that a run waits for.
func pendingApproval(dir, step string) (run string, asked journal.Approval, err error) {
	events, err := journal.Tail(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		return "", asked, withExit(exitUsage, err)
	}
	var story progress.Story
	waits := ""
	for _, e := range events {
		if err := story.Apply(e); err != nil {
			return "", asked, err
		}
		if e.Kind == journal.ApprovalAsked {
			waits = e.Step
		}
	}
	switch {
	case story.Ended != nil:
		return "", asked, fmt.Errorf("%s: the drill has ended", dir)
	case story.Pending == nil:
		return "", asked, fmt.Errorf("%s: no step waits for approval", dir)
	case waits != step:
		return "", asked, withExit(exitUsage, fmt.Errorf("%s: step %s waits for approval, not %s", dir, waits, step))
	}
	return story.Planned.Run, *story.Pending, nil
}

// appendLine adds a line to a file in one write, so that lines of several
// people never mix.
func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
