package cmd

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Process is everything the program takes from the operating system, as one
// value: nothing else in this module reads arguments, the environment or the
// standard streams. A test makes its own.
type Process struct {
	// Args are the arguments without the program's name.
	Args []string
	// Env is the environment.
	Env map[string]string
	// In, Out and Err are the standard streams. Out gets the answer of a
	// command and nothing else.
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY say which of them is a terminal.
	InTTY, OutTTY, ErrTTY bool
	// Size is the size of the terminal in columns and rows, 0, 0 when there is none.
	Size func() (width, height int)
	// Served is where a command looks for a served simulated world, as host and
	// port; empty means that it does not look.
	Served string
	// Signals delivers requests to stop, a terminal that is closed among them;
	// the function ends the delivery.
	Signals func() (<-chan os.Signal, func())
	// SurvivePipes makes a write to a pipe that nobody reads any more an error of
	// that write, and not the end of the process. Nil where that is so anyway.
	SurvivePipes func()
}

// OSProcess is the process as the operating system started it. It first gives
// the terminal back the name that was hidden while packages initialised.
func OSProcess() Process {
	terminal.Restore()
	env := make(map[string]string)
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return Process{
		Args: os.Args[1:], Env: env, Served: defaultListen,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		Size: func() (int, int) {
			for _, f := range []*os.File{os.Stdout, os.Stderr} {
				if w, h, err := term.GetSize(int(f.Fd())); err == nil {
					return w, h
				}
			}
			return 0, 0
		},
		Signals: func() (<-chan os.Signal, func()) {
			c := make(chan os.Signal, 2)
			stops := []os.Signal{os.Interrupt, syscall.SIGTERM}
			if !signal.Ignored(syscall.SIGHUP) { // nohup wants it to go on
				stops = append(stops, syscall.SIGHUP)
			}
			signal.Notify(c, stops...)
			return c, func() { signal.Stop(c) }
		},
		SurvivePipes: func() { signal.Ignore(syscall.SIGPIPE) },
	}
}
