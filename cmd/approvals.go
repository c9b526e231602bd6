package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill"
)

// approvalsFile is where "drill approve" leaves answers, in a run's folder.
const approvalsFile = "approvals.jsonl"

// filedApproval is one line of that file.
type filedApproval struct {
	Run    string    `json:"run"`
	Step   string    `json:"step"`
	By     string    `json:"by"`
	Yes    bool      `json:"yes"`
	Remark string    `json:"remark,omitempty"`
	At     time.Time `json:"at"`
}

// approvals collects the answers to a drill's questions: those given beforehand
// on the command line, that of the person at this terminal, and those that
// others leave in the folder of the run with "drill approve".
type approvals struct {
	app     *App
	drawn   bool                // the terminal interface asks
	virtual bool                // no time passes while a question stands
	given   map[string][]string // names by step, * for every step
	dir     string              // of the run
	answers chan bool           // from the terminal interface
	settle  func()              // waits until what was said before has been shown
}

var _ drill.Approver = (*approvals)(nil)

func newApprovals(app *App, drawn bool) *approvals {
	return &approvals{app: app, drawn: drawn, answers: make(chan bool, 1), settle: func() {}}
}

// answer takes what was decided in the terminal interface.
func (a *approvals) answer(yes bool, _ string) {
	select {
	case a.answers <- yes:
	default: // decided already
	}
}

// expect takes the approvals of --approve, and whether time stands still while a
// question stands.
func (a *approvals) expect(beforehand []string, speed string) error {
	a.virtual, a.given = speed == "virtual", map[string][]string{}
	for _, one := range beforehand {
		step, name, ok := strings.Cut(one, "=")
		if !ok || step == "" || name == "" {
			return usageErrorf("--approve: %q is not STEP=NAME", one)
		}
		a.given[step] = append(a.given[step], name)
	}
	return nil
}

// howOften is how often the folder is looked at for answers.
const howOften = 300 * time.Millisecond

// Ask collects answers until enough different people agreed, or one refused.
func (a *approvals) Ask(ctx context.Context, q drill.Question) ([]drill.Approval, error) {
	got := merged(q.Given, a.beforehand(q)...)
	if q.Enough(got) {
		return got, nil
	}
	if a.virtual && !a.drawn && !a.app.canAsk() {
		for _, g := range got {
			if err := q.Counts(g.By); err != nil {
				return got, err
			}
		}
		return got, fmt.Errorf("%d of %d people agreed and nobody can be asked: give --approve %s=NAME, or run it on a terminal", len(got), q.Need.Count, q.Step)
	}
	here, stop := a.here(ctx, q)
	defer stop()
	ticker := time.NewTicker(howOften)
	defer ticker.Stop()
	for !q.Enough(got) {
		select {
		case one := <-here:
			if one.err != nil {
				return got, one.err
			}
			got = merged(got, one.approval)
		case <-ticker.C:
			filed, err := a.filed(q)
			if err != nil {
				return got, err
			}
			got = merged(got, filed...)
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return got, nil // too few in time: the engine counts
			}
			return got, context.Cause(ctx)
		}
	}
	return got, nil
}

// beforehand are the answers given with --approve and --yes.
func (a *approvals) beforehand(q drill.Question) []drill.Approval {
	var got []drill.Approval
	for _, step := range []string{q.Step, "*"} {
		for _, name := range a.given[step] {
			got = merged(got, drill.Approval{By: name, Yes: true, Remark: "given beforehand with --approve"})
		}
	}
	if a.app.Config.Yes {
		got = merged(got, drill.Approval{By: a.app.who(), Yes: true, Remark: "given beforehand with --yes"})
	}
	return got
}

// merged adds the answers of people who have not answered yet.
func merged(got []drill.Approval, more ...drill.Approval) []drill.Approval {
	for _, m := range more {
		known := false
		for _, g := range got {
			known = known || g.By == m.By
		}
		if !known {
			got = append(got, m)
		}
	}
	return got
}

type answered struct {
	approval drill.Approval
	err      error
}

// here asks the person at this terminal; where there is none, nothing comes.
func (a *approvals) here(ctx context.Context, q drill.Question) (<-chan answered, func()) {
	ctx, stop := context.WithCancel(ctx)
	out := make(chan answered, 1)
	who := a.app.who()
	if err := q.Counts(who); err != nil && (a.drawn || a.app.canAsk()) {
		go func() {
			a.settle()
			a.app.Note("%v; the answers of others are waited for: mrkctl drill approve %s %s --as NAME", err, a.dir, q.Step)
		}()
		return out, stop
	}
	switch {
	case a.drawn:
		go func() {
			select {
			case yes := <-a.answers:
				out <- answered{approval: drill.Approval{By: who, Yes: yes, Remark: "at the terminal"}}
			case <-ctx.Done():
			}
		}()
	case a.app.canAsk():
		go func() {
			a.settle()
			text, err := a.app.ask(ctx, fmt.Sprintf("Step %s: %s\nType %q to approve: ", q.Step, q.What, q.Word))
			if err == nil || ctx.Err() == nil {
				out <- answered{approval: drill.Approval{By: who, Yes: text == q.Word, Remark: "at the terminal"}, err: err}
			}
		}()
	}
	return out, stop
}

// filed are the answers that others left in the run's folder.
func (a *approvals) filed(q drill.Question) ([]drill.Approval, error) {
	lines, err := os.ReadFile(filepath.Join(a.dir, approvalsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	var got []drill.Approval
	scan := bufio.NewScanner(bytes.NewReader(lines))
	for scan.Scan() {
		var f filedApproval
		if err := json.Unmarshal(scan.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("read approvals: %s: %w", filepath.Join(a.dir, approvalsFile), err)
		}
		if f.Run == q.Run && f.Step == q.Step && f.By != "" {
			got = merged(got, drill.Approval{By: f.By, Yes: f.Yes, Remark: f.Remark})
		}
	}
	return got, nil
}
