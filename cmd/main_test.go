package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
)

func testProcess(args ...string) (p Process, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return Process{
		Args: args, Env: map[string]string{"HOME": "/no-home"}, In: strings.NewReader(""), Out: out, Err: errs,
		Size:    func() (int, int) { return 0, 0 },
		Signals: func() (<-chan os.Signal, func()) { return nil, func() {} },
	}, out, errs
}

func TestErrorsMapToExitCodes(t *testing.T) {
	t.Parallel()
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	for _, c := range []struct {
		err  error
		code int
		said string
	}{
		{nil, exitOK, ""},
		{errors.New("broken"), exitError, "mrkctl: broken\n"},
		{usageErrorf("typo"), exitUsage, "mrkctl: typo\n"},
		{withHint(errors.New("broken"), "mend it\nor leave it"), exitError, "mrkctl: broken\n  hint: mend it\n  hint: or leave it\n"},
		{fmt.Errorf("a: %w", withExit(exitLocked, errors.New("held"))), exitLocked, "mrkctl: a: held\n"},
		{fmt.Errorf("list keys: %w", denied), exitDenied, "mrkctl: list keys: api error AccessDeniedException: no\n"},
		{fmt.Errorf("wait: %w", context.Canceled), exitInterrupt, "mrkctl: wait: context canceled\n"},
		{drill.Interrupted{By: "interrupt"}, exitInterrupt, "mrkctl: stopped by interrupt\n"},
		{verdict(exitDrift), exitDrift, ""},
		{errors.Join(errors.New("close it"), verdict(exitUnknown)), exitUnknown, "mrkctl: close it\n"},
		{errors.New("evil \x1b[2Jtext\u202e"), exitError, "mrkctl: evil text<U+202E>\n"},
	} {
		p, out, errs := testProcess()
		app := &App{Process: p}
		if code := app.fail(c.err); code != c.code || errs.String() != c.said || out.Len() > 0 {
			t.Errorf("%v: exit %d (want %d), said %q (want %q)", c.err, code, c.code, errs.String(), c.said)
		}
	}
}

func TestFailuresAreJSONWhereAnswersAre(t *testing.T) {
	t.Parallel()
	p, _, errs := testProcess()
	app := &App{Process: p}
	app.Config.Output = "json"
	app.fail(withHint(withExit(exitLocked, errors.New("held")), "wait"))
	want := `{"schema":"mrkctl/v1","kind":"error","error":"held","hint":"wait","exit_code":8}` + "\n"
	if errs.String() != want {
		t.Errorf("got %s", errs.String())
	}
}

// TestSecondSignalLeaves holds a command that does not stop when it is asked to.
func TestSecondSignalLeaves(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal)
	p, _, errs := testProcess("demo")
	p.Signals = func() (<-chan os.Signal, func()) { return signals, func() {} }
	app := newApp(p)
	app.onLeave(exitDirty, func() { writeLine(app.Err, "the way back") })
	app.beforeLeaving(func() { writeLine(app.Err, "first the terminal") })
	deaf := make(chan struct{})
	defer close(deaf)
	code := make(chan int)
	go func() {
		code <- app.run(func(ctx context.Context) error {
			<-deaf
			return nil
		})
	}()
	signals <- os.Interrupt
	signals <- os.Interrupt
	if got := <-code; got != exitDirty || errs.String() != "first the terminal\nthe way back\n" {
		t.Errorf("exit %d, said %q", got, errs.String())
	}
}

func TestFirstSignalCancels(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	p, _, _ := testProcess()
	p.Signals = func() (<-chan os.Signal, func()) { return signals, func() {} }
	signals <- os.Interrupt
	code := newApp(p).run(func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if code != exitInterrupt {
		t.Errorf("exit %d, want %d", code, exitInterrupt)
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed string
		tty, yes    bool
		ok          bool
	}{
		{"asked for", "yes\n", true, false, true},
		{"anything else", "y\n", true, false, false},
		{"nothing", "", true, false, false},
		{"Enter", "\n", true, false, false},
		{"in a pipe", "yes\n", false, false, false},
		{"beforehand", "", false, true, true},
	} {
		p, _, _ := testProcess()
		p.In, p.InTTY, p.ErrTTY = strings.NewReader(c.typed), c.tty, c.tty
		app := newApp(p)
		app.Config.Yes = c.yes
		err := app.confirm(t.Context(), "Delete it?", "yes")
		if (err == nil) != c.ok || err != nil && exitCodeOf(err) != exitRefused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAskLeavesTheRestOfTheInput(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	in := strings.NewReader("first\nsecond\n")
	p.In = in
	app := newApp(p)
	if got, err := app.ask(t.Context(), "? "); got != "first" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if rest, err := io.ReadAll(in); string(rest) != "second\n" || err != nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
}

func TestParseSpeed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec, text string
		pace       float64
		speed      string
		ok         bool
	}{
		{"sim", "", 0, "virtual", true},
		{"sim", "real", 1, "real", true},
		{"sim:world.db", "20x", 20, "20x", true},
		{"sim:http://127.0.0.1:4599", "", 1, "real", true},
		{"sim:http://127.0.0.1:4599", "virtual", 0, "", false},
		{"aws", "", 1, "real", true},
		{"aws", "20x", 0, "", false},
		{"sim", "fast", 0, "", false},
		{"sim", "0x", 0, "", false},
		{"sim", "-3x", 0, "", false},
		{"sim", "NaNx", 0, "", false},
		{"sim", "20", 0, "", false},
	} {
		pace, speed, err := parseSpeed(c.spec, c.text)
		if (err == nil) != c.ok || err == nil && (pace != c.pace || speed != c.speed) {
			t.Errorf("parseSpeed(%q, %q) = %v, %q, %v", c.spec, c.text, pace, speed, err)
		}
	}
}

func TestPreparedCommandsReadTheSettingsFirst(t *testing.T) {
	t.Parallel()
	p, _, errs := testProcess("probe", "--region", "nowhere")
	app := newApp(p)
	ran := false
	root := newRootCmd(app)
	root.AddCommand(&cobra.Command{Use: "probe", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		ran = true
		return nil
	}})
	prepare(app, root)
	root.SetArgs(p.Args)
	root.SetErr(errs)
	if err := root.ExecuteContext(t.Context()); exitCodeOf(err) != exitUsage || ran {
		t.Errorf("a bad setting let the command run (%v): %v", ran, err)
	}
}
