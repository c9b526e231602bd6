package progress_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

func TestWriterStyles(t *testing.T) {
	t.Parallel()
	for _, style := range []progress.Style{progress.Plain, progress.Sentences, progress.JSON, progress.Quiet} {
		t.Run(string(style), func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			w := progress.NewWriter(&b, style)
			for _, e := range outage() {
				w.Observe(e)
			}
			if strings.ContainsRune(b.String(), '\x1b') {
				t.Error("an escape byte in lines for a pipe")
			}
			golden(t, filepath.Join("testdata", string(style)+".txt"), b.Bytes())
		})
	}
}

func TestHeldWriterStillFollows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := progress.NewWriter(&b, progress.Plain)
	w.Hold()
	events := outage()
	last := len(events) - 1
	for _, e := range events[:last] {
		w.Observe(e)
	}
	if b.Len() > 0 {
		t.Errorf("wrote while held: %q", b.String())
	}
	w.Release()
	w.Observe(events[last])
	if got := b.String(); !strings.HasPrefix(got, "t+02:00.0  drill      end") {
		t.Errorf("after the release: %q", got)
	}
}

func TestGitHubAnnotatesWhatFailed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := progress.NewWriter(&b, progress.Plain).ForGitHub()
	s := &script{}
	s.tell(journal.CheckVerdict, "", journal.Check{Name: "a", Verdict: journal.Fail, Detail: "100% of\n::error::2"})
	w.Observe(s.events[0])
	if got := b.String(); !strings.Contains(got, "\n::error title=mrkctl check::a: 100%25 of ::error::2\n") {
		t.Errorf("got %q", got)
	}
}

type brokenPipe struct{ writes int }

func (p *brokenPipe) Write([]byte) (int, error) {
	p.writes++
	return 0, errors.New("broken pipe")
}

func TestWriterGivesUpOnABrokenPipe(t *testing.T) {
	t.Parallel()
	var p brokenPipe
	w := progress.NewWriter(&p, progress.Plain)
	for _, e := range outage() {
		w.Observe(e)
	}
	if p.writes == 0 || p.writes > 2 {
		t.Errorf("wrote %d times to a pipe that nobody reads", p.writes)
	}
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	var got []int64
	observe := progress.InOrder(func(e journal.Event) { got = append(got, e.N) })
	for _, n := range []int64{1, 3, 4, 2, 5} {
		observe(journal.Event{N: n})
	}
	for i, n := range got {
		if n != int64(i+1) {
			t.Fatalf("order %v", got)
		}
	}
	if len(got) != 5 {
		t.Fatalf("got %v", got)
	}
}

func TestBadPayloadIsAnErrorNotAPanic(t *testing.T) {
	t.Parallel()
	kinds := []journal.Kind{
		journal.DrillPlanned, journal.StepStarted, journal.StepEnded, journal.CallEnded, journal.FaultOn,
		journal.MemberSeen, journal.ProbeWindow, journal.ApprovalAsked, journal.GuardBroken, journal.DrillEnded,
	}
	for _, kind := range kinds {
		var s progress.Story
		if err := s.Apply(journal.Event{N: 1, Kind: kind, Data: []byte(`["no object"]`)}); err == nil {
			t.Errorf("%s: a list was taken for its payload", kind)
		}
	}
	var s progress.Story
	if err := s.Apply(journal.Event{N: 1, Kind: "of-a-later-version"}); err != nil {
		t.Errorf("an unknown kind: %v", err)
	}
	if err := s.Apply(journal.Event{N: 2, Kind: journal.StepEnded, Step: "nobody-started-it", Data: []byte(`{}`)}); err != nil {
		t.Errorf("the end of an unknown step: %v", err)
	}
}
