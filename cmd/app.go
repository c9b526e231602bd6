package cmd

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/config"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// App is what a command works with: the process and the settings. Whatever
// costs something (a target, a client) is opened by the command that needs it,
// so that "mrkctl version" stays as cheap as it looks.
type App struct {
	Process

	// Config holds the settings. It is read after the flags were parsed and
	// before a command runs.
	Config config.Config

	configFile string   // of --config
	globalArgs []string // the global flags that were given
	running    bool     // a command's own code has begun
	leaving    chan struct{}

	mu        sync.Mutex // guards what follows
	leave     func()     // what a second request to stop still does
	leaveCode int        // and the exit code it ends with
}

// onLeave sets what a second request to stop does before the program ends with
// that code; nil for nothing.
func (a *App) onLeave(code int, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leave, a.leaveCode = do, code
}

// beforeLeaving adds something that has to happen first, such as giving the
// terminal back.
func (a *App) beforeLeaving(first func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	then := a.leave
	a.leave = func() {
		first()
		if then != nil {
			then()
		}
	}
}

// lastWords is how long the way out waits for a terminal that takes nothing.
const lastWords = time.Second

// left does what is left to do and returns the exit code for it.
func (a *App) left() int {
	a.mu.Lock()
	do, code := a.leave, a.leaveCode
	a.mu.Unlock()
	if do == nil {
		return code
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(lastWords):
	}
	return code
}

// leaveNow ends the program without waiting for the command, as a second
// request to stop does.
func (a *App) leaveNow() {
	select {
	case a.leaving <- struct{}{}:
	default: // leaving already
	}
}

// withFindings marks a command whose answer can be written as SARIF. Any other
// refuses that before it does anything.
const withFindings = "findings"

// load reads the settings, the flags of the command included.
func (a *App) load(cmd *cobra.Command) error {
	flags := map[string]string{}
	a.globalArgs = nil
	if a.configFile != "" {
		a.globalArgs = append(a.globalArgs, "--config="+a.configFile)
	}
	for _, key := range config.Keys() {
		if f := cmd.Flags().Lookup(key.Name); f != nil && f.Changed {
			flags[key.Name] = f.Value.String()
			if key.Flag {
				a.globalArgs = append(a.globalArgs, "--"+key.Name+"="+f.Value.String())
			}
		}
	}
	c, err := config.Load(config.Sources{Env: a.Env, File: a.configFile, Flags: flags})
	if err != nil {
		return err
	}
	a.Config = c
	if c.Output == string(report.FormatSARIF) && cmd.Annotations[withFindings] == "" {
		return usageErrorf("%s has no findings to write as SARIF: use -o table, json, ndjson or markdown", cmd.CommandPath())
	}
	return nil
}

// Note tells the operator something beside the answer, on stderr. --quiet
// silences it.
func (a *App) Note(format string, args ...any) {
	if !a.Config.Quiet {
		writeLine(a.Err, a.fold(terminal.Safe(fmt.Sprintf(format, args...))))
	}
}

// ascii says that the output should have no characters outside ASCII: it was
// asked for, or the locale has no UTF-8.
func (a *App) ascii() bool {
	if a.Config.ASCII {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(a.Env[name]); value != "" {
			return !strings.Contains(value, "UTF-8") && !strings.Contains(value, "UTF8")
		}
	}
	return false
}

// writeLine writes a line to one of the standard streams. An error is not
// reported, since there is nowhere left to report it to.
func writeLine(w io.Writer, line string) { _, _ = io.WriteString(w, line+"\n") }
