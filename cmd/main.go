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

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Main runs one command line and returns the exit code.
//
// The first interrupt or termination signal cancels the command's context, so
// that it can undo what it did; the second leaves at once.
func Main(p Process) int {
	app := &App{Process: p, leaveCode: exitInterrupt, leaving: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals, stop := p.Signals()
	defer stop()

	done := make(chan error, 1)
	go func() { done <- execute(ctx, app) }()
	for stopping := false; ; {
		select {
		case err := <-done:
			return app.fail(err)
		case <-app.leaving:
			return app.left()
		case sig := <-signals:
			if stopping {
				return app.left()
			}
			stopping = true
			cancel(drill.Interrupted{By: sig.String()})
		}
	}
}

// left says what is left behind and returns the exit code for it.
func (a *App) left() int {
	if a.leave != nil {
		a.leave()
	}
	return a.leaveCode
}

// execute parses the arguments and runs the command they name.
func execute(ctx context.Context, app *App) error {
	root := tree(app)
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

// fail reports an error, once, and returns the exit code it stands for.
func (a *App) fail(err error) int {
	code := exitCodeOf(err)
	var shown verdictError
	if err == nil || errors.As(err, &shown) {
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
	writeLine(a.Err, "mrkctl: "+message)
	for line := range strings.Lines(hint) {
		writeLine(a.Err, "  hint: "+terminal.Safe(strings.TrimSuffix(line, "\n")))
	}
	return code
}
