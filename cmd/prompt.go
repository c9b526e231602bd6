package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Questions are asked on stderr and answered on stdin, and only when both are
// terminals: nobody is asked in a pipe, and nothing is approved by silence.

// canAsk says whether there is somebody to ask.
func (a *App) canAsk() bool {
	return a.InTTY && a.ErrTTY && a.Config.Output != "json" && a.Config.Output != "ndjson"
}

// confirm asks for approval of what has just been shown. --yes gives it
// beforehand. Without anybody to ask it is refused, and so are an end of input
// and every answer but the one that was asked for.
func (a *App) confirm(ctx context.Context, question, want string) error {
	if a.Config.Yes {
		return nil
	}
	if !a.canAsk() {
		return withHint(withExit(exitRefused, errors.New("this changes something and nobody can be asked")),
			"run it in a terminal, or give --yes to approve it beforehand")
	}
	answer, err := a.ask(ctx, fmt.Sprintf("%s Type %q to go on: ", question, want))
	if err != nil {
		return withExit(exitRefused, fmt.Errorf("not approved: %w", err))
	}
	if answer != want {
		return withExit(exitRefused, fmt.Errorf("not approved, since the answer was %q and not %q; nothing was changed", answer, want))
	}
	return nil
}

// ask prints a question and reads one line. An end of input is an error.
func (a *App) ask(ctx context.Context, question string) (string, error) {
	if _, err := io.WriteString(a.Err, terminal.Safe(question)); err != nil {
		return "", err
	}
	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		// One byte at a time, so that nothing is taken from whoever reads next.
		line, err := bufio.NewReaderSize(oneByte{a.In}, 16).ReadString('\n')
		replies <- reply{line, err}
	}()
	select {
	case r := <-replies:
		if r.err != nil {
			return "", fmt.Errorf("no answer: %w", r.err)
		}
		return strings.TrimSpace(r.line), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// oneByte reads no further than it is asked to.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return o.r.Read(p)
}

// askMFA asks the operator for the code of a device; nil when nobody can be asked.
func (a *App) askMFA() func(context.Context, string) (string, error) {
	if !a.canAsk() {
		return nil
	}
	return func(ctx context.Context, serial string) (string, error) {
		return a.ask(ctx, "MFA code of "+serial+": ")
	}
}
