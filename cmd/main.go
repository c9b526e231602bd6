// Package cmd is the command line: it parses, calls one function of the domain,
// shows what came back and ends with an exit code. It decides nothing about
// keys, drills or Regions.
//
// Each verb has a file of its own, named noun_verb.go, with a constructor
// newNounVerbCmd, which binds flags to an options struct, and a function
// runNounVerb, which knows no cobra. A verb becomes part of the program by one
// line in [tree]. version.go and config_show.go are short examples.
package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Main runs one command line and returns the exit code.
//
// The first interrupt or termination signal cancels the command's context, so
// that it can undo what it did; the second leaves at once.
func Main(p Process) int {
	app := newApp(p)
	return app.run(func(ctx context.Context) error { return execute(ctx, app) })
}

func newApp(p Process) *App {
	return &App{Process: p, leaveCode: exitInterrupt, leaving: make(chan struct{}, 1)}
}

// CommandLine is the tree of commands, for programs that describe it. Main runs
// it.
func CommandLine(p Process) *cobra.Command { return tree(newApp(p)) }

// run runs a command under the program's signals and returns the exit code.
func (a *App) run(command func(context.Context) error) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals, stop := a.Signals()
	defer stop()

	done := make(chan error, 1)
	go func() { done <- command(ctx) }()
	for stopping := false; ; {
		select {
		case err := <-done:
			return a.fail(err)
		case <-a.leaving:
			return a.left()
		case sig := <-signals:
			if stopping {
				return a.left()
			}
			stopping = true
			cancel(drill.Interrupted{By: sig.String()})
		}
	}
}

// execute parses the arguments and runs the command they name.
func execute(ctx context.Context, app *App) error {
	root := tree(app) //nolint:contextcheck // commands get the context when they are executed
	root.SetArgs(app.Args)
	root.SetIn(app.In)
	root.SetOut(app.Out)
	root.SetErr(app.Err)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil || app.running {
		return err
	}
	// The command never began: whatever went wrong is in what was typed.
	var coder exitCoder
	if errors.As(err, &coder) {
		return err
	}
	return withHint(withExit(exitUsage, err), "%s --help", ran.CommandPath())
}

// toSay is what is left of an error once the verdicts in it, which have been
// shown, are taken out.
func toSay(err error) error {
	switch e := err.(type) { //nolint:errorlint // the outermost error alone decides; a wrapped verdict was given words
	case verdictError:
		return nil
	case interface{ Unwrap() []error }:
		var rest []error
		for _, one := range e.Unwrap() {
			rest = append(rest, toSay(one))
		}
		return errors.Join(rest...)
	}
	return err
}

// fail reports an error, once, and returns the exit code it stands for.
func (a *App) fail(err error) int {
	code := exitCodeOf(err)
	if err = toSay(err); err == nil {
		return code
	}
	var h hinter
	hint := ""
	if errors.As(err, &h) {
		hint = h.Hint()
	}
	message := terminal.Safe(err.Error())
	if a.Config.Output == "json" || a.Config.Output == "ndjson" {
		line, marshalErr := json.Marshal(struct {
			Schema string `json:"schema"`
			Kind   string `json:"kind"`
			Error  string `json:"error"`
			Hint   string `json:"hint,omitempty"`
			Code   int    `json:"exit_code"`
		}{report.Schema, "error", message, hint, code})
		if marshalErr == nil {
			writeLine(a.Err, string(line))
			return code
		}
	}
	writeLine(a.Err, a.fold("mrkctl: "+message))
	for line := range strings.Lines(hint) {
		writeLine(a.Err, a.fold("  hint: "+terminal.Safe(strings.TrimSuffix(line, "\n"))))
	}
	return code
}
