package cmd

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// TestAReaderWhoStopsReadingHoldsUpNoDrill shows a drill on a pipe that nobody
// empties until the drill is over. What was written by then is all there.
func TestAReaderWhoStopsReadingHoldsUpNoDrill(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	reader, full := io.Pipe()
	p.Err = full
	app := newApp(p)
	app.Config.Progress = "json"
	w, err := newWatcher(app, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	const events = 1000
	over, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- w.watch(t.Context(), func(_ context.Context, observe func(journal.Event)) error {
			for n := range int64(events) {
				observe(journal.Event{N: n + 1, Kind: journal.StepStarted, Data: []byte(`{}`)})
			}
			close(over)
			return nil
		})
		_ = full.Close() // a pipe in memory
	}()
	<-over
	text, err := io.ReadAll(reader)
	if lines := strings.Count(string(text), "\n"); err != nil || lines != events {
		t.Errorf("%d lines of %d were shown: %v", lines, events, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestAStuckTerminalDoesNotHoldUpTheWayOut asks a second time to stop, where
// stderr takes nothing any more.
func TestAStuckTerminalDoesNotHoldUpTheWayOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := testProcess()
		reader, stuck := io.Pipe()
		p.Err = stuck
		app := newApp(p)
		app.onLeave(exitDirty, func() { writeLine(app.Err, "the way back") })
		if code := app.left(); code != exitDirty {
			t.Errorf("exit %d", code)
		}
		_ = reader.Close() // lets the writer go
	})
}
