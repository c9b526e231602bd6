package tui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/teatest"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// TestSession drives the interface as a person at a terminal would.
func TestSession(t *testing.T) {
	t.Parallel()
	m := newTestModel(t, Options{}, 100, 32)
	tm := teatest.NewTestModel(t, m, teatest.WithInitialTermSize(100, 32))
	see := func(words ...string) {
		t.Helper()
		teatest.WaitFor(t, tm.Output(), func(b []byte) bool {
			for _, w := range words {
				if !bytes.Contains(b, []byte(w)) {
					return false
				}
			}
			return true
		}, teatest.WithDuration(10*time.Second))
	}
	tm.Send(eventsMsg(outage(t)[:30]))
	see("cannot-promote", "no answer")
	tm.Type("t")
	see("median latency")
	tm.Send(eventsMsg(outage(t)[30:]))
	see("UNKNOWN", "one check saw too little to say")
	tm.Type("q")
	tm.WaitFinished(t, teatest.WithFinalTimeout(10*time.Second))
	final, ok := tm.FinalModel(t).(Model)
	if !ok || final.story.Ended == nil {
		t.Error("the story has no end")
	}
}

// pipe is a terminal's input that the test types into.
type pipe struct {
	io.Reader
	io.Writer
}

func newPipe() pipe {
	r, w := io.Pipe()
	return pipe{r, w}
}

// output is a terminal's output that may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// TestWatchOutlivesItsAudience leaves the interface in the middle of a drill:
// the drill goes on to its end, and Watch waits for it.
func TestWatchOutlivesItsAudience(t *testing.T) {
	t.Parallel()
	in, out := newPipe(), &output{}
	events := outage(t)
	midway, left := make(chan struct{}), make(chan struct{})
	told := 0
	go func() {
		<-midway
		_, _ = io.WriteString(in, "q")
	}()
	err := Watch(t.Context(), Options{In: in, Out: out}, func(observe func(journal.Event)) {
		for i, e := range events {
			if i == 30 {
				close(midway)
				<-left
			}
			observe(e)
			told++
		}
	}, func() { close(left) })
	if err != nil || told != len(events) {
		t.Errorf("Watch returned %v after %d of %d events", err, told, len(events))
	}
	if !strings.Contains(out.String(), "\x1b[?1049h") || !strings.HasSuffix(strings.TrimSpace(out.String()), "\x1b[?25h") && !strings.Contains(out.String(), "\x1b[?1049l") {
		t.Errorf("the screen was not given back: %q", tailOf(out.String()))
	}
}

// TestLeavingAtOnceGivesTheTerminalBackFirst chooses to leave in the middle of
// a drill that never ends.
func TestLeavingAtOnceGivesTheTerminalBackFirst(t *testing.T) {
	t.Parallel()
	in, out := newPipe(), &output{}
	forever, gone := make(chan struct{}), make(chan string, 1)
	go func() {
		for _, key := range []string{"x", "2"} { // two key presses, not a paste
			_, _ = io.WriteString(in, key)
		}
	}()
	err := Watch(t.Context(), Options{In: in, Out: out, Stop: func() {}, Leave: func() {
		gone <- out.String()
		close(forever)
	}}, func(observe func(journal.Event)) {
		observe(outage(t)[0])
		<-forever
	}, func() {})
	if shown := <-gone; err != nil || !strings.Contains(shown, "\x1b[?1049l") {
		t.Errorf("%v; when Leave was called the terminal had %q", err, tailOf(shown))
	}
}

// TestWatchEndsWithItsContext stops a drill from outside, as a termination
// signal does: the drill undoes what it did, then the interface goes by itself.
func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := newPipe(), &output{}
	undone := false
	err := Watch(ctx, Options{In: in, Out: out}, func(observe func(journal.Event)) {
		observe(outage(t)[0])
		cancel()
		<-ctx.Done()
		undone = true
	}, func() {})
	if err != nil || !undone {
		t.Errorf("Watch returned %v, undone: %v", err, undone)
	}
}

func TestWatchRefusesKeysBeforeItStarts(t *testing.T) {
	t.Parallel()
	err := Watch(t.Context(), Options{In: newPipe(), Out: io.Discard, Keys: map[string]string{"nope": "x"}},
		func(func(journal.Event)) { t.Error("the drill was started") }, func() {})
	if err == nil {
		t.Error("no error for an action that does not exist")
	}
}

func tailOf(s string) string { return s[max(len(s)-200, 0):] }
