package cmd

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
	"github.com/mrkctl/mrkctl/pkg/terminal"
	"github.com/mrkctl/mrkctl/pkg/tui"
)

// watcher shows a drill while it runs, in the way that the settings and the
// terminal allow, and remembers its story.
type watcher struct {
	app    *App
	tui    bool
	pace   float64
	behind *progress.Behind
	writer *progress.Writer

	mu   sync.Mutex
	told progress.Story
	asks *approvals
}

// newWatcher decides how a drill is shown: by --progress, else by the setting.
// "auto" draws on a terminal and writes lines everywhere else.
func newWatcher(app *App, mode string, pace float64) (*watcher, error) {
	if mode == "" {
		mode = app.Config.Progress
	}
	if _, err := tui.NewKeyMap(app.Config.Keys); err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("keys: %w", err))
	}
	w := &watcher{app: app, pace: pace}
	style := progress.Plain
	switch mode {
	case "auto":
		w.tui = app.canDraw()
		if app.Config.Quiet {
			w.tui, style = false, progress.Quiet
		}
	case "tui":
		if !app.InTTY || !app.ErrTTY {
			return nil, usageErrorf("--progress tui: stdin and stderr have to be a terminal")
		}
		w.tui = true
	case "plain":
	case "json":
		style = progress.JSON
	case "quiet":
		style = progress.Quiet
	default:
		return nil, usageErrorf("--progress: %q is not auto, tui, plain, json or quiet", mode)
	}
	if style == progress.Plain && app.Config.Accessible {
		w.tui, style = false, progress.Sentences
	}
	w.behind = progress.NewBehind(app.Err)
	w.writer = progress.NewWriter(w.behind, style)
	if app.Env["GITHUB_ACTIONS"] == "true" && style == progress.Plain {
		w.writer.ForGitHub()
	}
	w.asks = newApprovals(app, w.tui)
	w.asks.settle = func() { _ = w.behind.Flush() } // who has gone is not asked either
	return w, nil
}

// canDraw says whether there is a terminal to draw on.
func (a *App) canDraw() bool {
	return a.InTTY && a.ErrTTY && a.OutTTY && a.Env["TERM"] != "dumb" && a.Env["TERM"] != "" && a.Env["CI"] == "" &&
		!a.Config.Accessible && !slices.Contains([]string{"json", "ndjson"}, a.Config.Output)
}

// watch runs a drill and shows it. The interface is only an audience: the drill
// ends in its own time, and its error is what counts.
func (w *watcher) watch(ctx context.Context, run func(context.Context, func(journal.Event)) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if w.app.SurvivePipes != nil {
		w.app.SurvivePipes() // nobody needs to watch; dying here would leave everything as it is
	}
	defer func() { _ = w.behind.Flush() }() // the drill is over: from here on a reader may take its time
	if !w.tui {
		return run(ctx, progress.InOrder(w.remember, w.writer.Observe))
	}
	w.writer.Hold()
	var err error
	failed := tui.Watch(ctx, w.tuiOptions(func() { stop(drill.Interrupted{By: "the operator"}) }), func(draw func(journal.Event)) {
		err = run(ctx, progress.InOrder(w.remember, w.writer.Observe, draw))
	}, w.writer.Release)
	if failed != nil {
		w.app.Note("%v; the drill was not affected", failed)
	}
	return err
}

func (w *watcher) tuiOptions(stop func()) tui.Options {
	o := w.app.tuiOptions()
	o.Pace, o.Stop, o.Leave = w.pace, stop, w.app.leaveNow
	o.Started = w.app.beforeLeaving
	o.Answer = w.asks.answer
	return o
}

// tuiOptions are those that the process and the settings decide.
func (a *App) tuiOptions() tui.Options {
	return tui.Options{
		In: a.In, Out: a.Err, Keys: a.Config.Keys, NoColor: a.Config.NoColor || a.Env["NO_COLOR"] != "", ASCII: a.ascii(),
	}
}

// remember folds an event into the story that the verdict is shown from. An
// event that can't be read is the journal's trouble and shows up there.
func (w *watcher) remember(e journal.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.told.Apply(e); err != nil && !w.app.Config.Quiet {
		writeLine(w.behind, terminal.Safe(err.Error()))
	}
}

// recall takes note of what was told before the run was gone on with.
func (w *watcher) recall(e journal.Event) {
	w.remember(e)
	_ = w.writer.Recall(e) // the error is the one that remember has just told
}

func (w *watcher) story() *progress.Story {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	return &told
}

// approver is who the drill asks for approvals: about a run in that folder.
func (w *watcher) approver(dir string) drill.Approver {
	w.asks.dir = dir
	return w.asks
}

// who is the name of the person at this terminal, as the system has it.
func (a *App) who() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if a.Env[name] != "" {
			return a.Env[name]
		}
	}
	return "operator"
}
