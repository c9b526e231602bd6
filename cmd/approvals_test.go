package cmd

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

func question(count int) drill.Question {
	return drill.Question{Run: "r1", Step: "promote", What: "Promote?", Need: runbook.Approve{Count: count}, Word: "yes"}
}

func TestApprovalsBeforehand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given []string
		yes   bool
		count int
		want  int // people who agreed; -1 for an error
	}{
		{[]string{"promote=alice"}, false, 1, 1},
		{[]string{"promote=alice", "promote=alice"}, false, 2, -1},
		{[]string{"promote=alice", "*=bob"}, false, 2, 2},
		{[]string{"other=alice"}, false, 1, -1},
		{nil, true, 1, 1},
		{nil, true, 2, -1},
		{nil, false, 1, -1},
	} {
		p, _, _ := testProcess()
		app := newApp(p)
		app.Config.Yes = c.yes
		a := newApprovals(app, false)
		a.dir = t.TempDir()
		if err := a.expect(c.given, "virtual"); err != nil {
			t.Fatal(err)
		}
		got, err := a.Ask(t.Context(), question(c.count))
		if c.want < 0 && err == nil || c.want >= 0 && (err != nil || len(got) != c.want) {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	if err := newApprovals(newApp(Process{}), false).expect([]string{"promote"}, "real"); exitCodeOf(err) != exitUsage {
		t.Errorf("an approval without a name: %v", err)
	}
}

func TestApprovalsFromElsewhere(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	a := newApprovals(newApp(p), false)
	a.dir = t.TempDir()
	path := filepath.Join(a.dir, approvalsFile)
	for _, line := range []string{
		`{"run":"r0","step":"promote","by":"mallory","yes":true}`,
		`{"run":"r1","step":"other","by":"mallory","yes":true}`,
		`{"run":"r1","step":"promote","by":"alice","yes":true}`,
		`{"run":"r1","step":"promote","by":"alice","yes":true}`,
		`{"run":"r1","step":"promote","by":"bob","yes":true,"remark":"go"}`,
	} {
		if err := appendLine(path, []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.expect(nil, "real"); err != nil {
		t.Fatal(err)
	}
	got, err := a.Ask(t.Context(), question(2))
	if err != nil || len(got) != 2 || got[0].By != "alice" || got[1].By != "bob" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := appendLine(path, []byte("torn")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), question(3)); err == nil || !strings.Contains(err.Error(), approvalsFile) {
		t.Errorf("a broken file of approvals: %v", err)
	}
}

func TestARefusalEndsTheQuestion(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	p.In, p.InTTY, p.ErrTTY = strings.NewReader("no\n"), true, true
	a := newApprovals(newApp(p), false)
	a.dir = t.TempDir()
	got, err := a.Ask(t.Context(), question(2))
	if err != nil || len(got) != 1 || got[0].Yes {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestApprovalsInTheInterface(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	a := newApprovals(newApp(p), true)
	a.dir = t.TempDir()
	a.answer(true, "")
	a.answer(false, "") // the first one counts
	got, err := a.Ask(t.Context(), question(1))
	if err != nil || len(got) != 1 || !got[0].Yes {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(drill.Interrupted{By: "interrupt"})
	if _, err := a.Ask(ctx, question(1)); !errors.As(err, new(drill.Interrupted)) {
		t.Errorf("a stopped drill: %v", err)
	}
}
