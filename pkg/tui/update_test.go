package tui

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

func TestKeysChangeTheScreen(t *testing.T) {
	t.Parallel()
	m := send(t, newTestModel(t, Options{}, 100, 32), eventsMsg(outage(t)[:30]))
	for keys, want := range map[string]screen{
		"t": screenTraffic, "e": screenEvents, "s": screenSteps, "m": screenMap, "2": screenPlan, "6": screenCalls,
		"enter": screenMembers, "r": screenResult, "tab": screenPlan, "shift+tab": screenResult, "esc": screenLanes,
	} {
		if got := send(t, m, keys).screen; got != want {
			t.Errorf("%q leads to %s, want %s", keys, got, want)
		}
	}
	helped := send(t, m, "?")
	if !helped.helping || send(t, helped, "x").helping {
		t.Error("? opens the help and the next key closes it")
	}
	if send(t, m, "down", "down", "down").region != 1 {
		t.Error("the cursor should stop at the last Region")
	}
}

func TestEveryKeyInEveryStateIsHarmless(t *testing.T) {
	t.Parallel()
	keys, err := NewKeyMap(nil)
	if err != nil {
		t.Fatal(err)
	}
	events := outage(t)
	for _, n := range []int{0, 30, len(events)} {
		for _, over := range []bool{false, true} {
			base := send(t, newTestModel(t, Options{Pace: 60}, 80, 24), eventsMsg(events[:n]))
			base.over = over
			for s := range screenCount {
				base.screen = s
				for _, a := range keys.actions() {
					name := strings.ReplaceAll(a.key.Keys()[0], " ", "space")
					checkSize(t, send(t, base, name, frameMsg{}, name, frameMsg{}), 80, 24)
				}
			}
		}
	}
}

func TestFreezeAndLookBack(t *testing.T) {
	t.Parallel()
	events := outage(t)
	m := send(t, newTestModel(t, Options{}, 100, 32), eventsMsg(events[:30]), "space", eventsMsg(events[30:]))
	if m.pos != 30 || m.story.Ended != nil {
		t.Fatalf("the frozen picture went on to event %d", m.pos)
	}
	if !strings.Contains(m.View(), "FROZEN at event 30") {
		t.Error("nothing says that the picture is frozen")
	}
	back := send(t, m, "left")
	if back.pos >= 30 || back.story.Elapsed() >= m.story.Elapsed() {
		t.Errorf("left went from event 30 to %d", back.pos)
	}
	if on := send(t, back, "space"); on.pos != len(events) || on.story.Ended == nil {
		t.Errorf("after the freeze the picture is at %d of %d", on.pos, len(events))
	}
}

func TestLookingBackShowsTheSamePicture(t *testing.T) {
	t.Parallel()
	events := outage(t)
	m := send(t, newTestModel(t, Options{}, 120, 40), eventsMsg(events), overMsg{})
	m.screen = screenLanes
	for n := 0; n < len(events); n += 5 {
		fresh := send(t, newTestModel(t, Options{}, 120, 40), eventsMsg(events[:n]), overMsg{})
		fresh.screen = screenLanes
		body := func(m Model) string {
			lines := strings.Split(m.View(), "\n")
			return strings.Join(lines[:len(lines)-2], "\n") // without the status, which tells them apart
		}
		if got, want := body(m.seek(n)), body(fresh); got != want {
			t.Fatalf("after %d events, looking back shows\n%s\nand live it was\n%s", n, got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	m := send(t, newTestModel(t, Options{}, 120, 40), eventsMsg(outage(t)), "/")
	for _, r := range "region:us-east-1 !probe" {
		if r == ' ' {
			m = send(t, m, "space")
			continue
		}
		m = send(t, m, string(r))
	}
	m = send(t, m, "enter")
	rows := m.eventRows(100)
	if len(rows) != 1 || !strings.Contains(rows[0], "us-east-1 REPLICA") {
		t.Errorf("filter %q leaves %q", m.filter, rows)
	}
	if all := send(t, m, "esc").eventRows(100); len(all) <= len(rows) {
		t.Errorf("esc leaves the filter on: %d rows", len(all))
	}
}

func TestStopDialog(t *testing.T) {
	t.Parallel()
	stopped, left := 0, 0
	o := Options{Stop: func() { stopped++ }, Leave: func() { left++ }}
	m := send(t, newTestModel(t, o, 100, 32), eventsMsg(outage(t)[:30]), "ctrl+c")
	if m.dialog != stopDialog || stopped != 0 {
		t.Fatal("the first ctrl+c asks, and does nothing else")
	}
	if send(t, m, "esc").dialog != noDialog || stopped != 0 {
		t.Error("esc goes on")
	}
	if send(t, m, "ctrl+c"); stopped != 1 {
		t.Error("the second ctrl+c stops the drill")
	}
	if !send(t, m, "2").abandon || left != 0 {
		t.Error("2 leaves at once, and only after the terminal was given back")
	}
	over := send(t, newTestModel(t, o, 100, 32), eventsMsg(outage(t)), overMsg{})
	if _, quit := over.Update(press("ctrl+c")); quit == nil {
		t.Error("with no drill to stop, ctrl+c leaves")
	}
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	type answer struct {
		yes   bool
		typed string
	}
	var answers []answer
	o := Options{Answer: func(yes bool, typed string) { answers = append(answers, answer{yes, typed}) }}
	events := outage(t)[:30]
	asked := journal.Event{N: 31, At: events[29].At, Kind: journal.ApprovalAsked, Step: "go-east", Data: json.RawMessage(`{"what":"promote eu-west-1"}`)}
	m := send(t, newTestModel(t, o, 100, 32), eventsMsg(append(events, asked)))
	if m.dialog != approveDialog || !strings.Contains(m.View(), "promote eu-west-1") {
		t.Fatalf("no question on the screen:\n%s", m.View())
	}
	if send(t, m, "enter"); len(answers) != 0 {
		t.Fatal("Enter alone approved")
	}
	if send(t, m, "ctrl+r"); len(answers) != 1 || answers[0].yes {
		t.Errorf("ctrl+r answered %+v", answers)
	}
	if send(t, m, "y"); len(answers) != 2 || !answers[1].yes {
		t.Errorf("y answered %+v", answers)
	}

	m.story.Planned.Target.Kind = "aws"
	if m = send(t, m, "y", "enter"); len(answers) != 2 {
		t.Error("on AWS a single key approved")
	}
	m = send(t, m, "backspace")
	for _, r := range "alias/payments" {
		m = send(t, m, string(r))
	}
	if m = send(t, m, "enter"); len(answers) != 3 || !answers[2].yes || answers[2].typed != "alias/payments" {
		t.Errorf("the typed alias answered %+v", answers)
	}
	if !strings.Contains(send(t, m).View(), "LIVE AWS") {
		t.Error("nothing says that this is AWS")
	}
}

func TestKeyMap(t *testing.T) {
	t.Parallel()
	k, err := NewKeyMap(map[string]string{"leave": "Q", "freeze": "f"})
	if err != nil || k.Leave.Keys()[0] != "Q" || k.Freeze.Keys()[0] != "f" {
		t.Errorf("rebinding: %v, %v", k.Leave.Keys(), err)
	}
	for _, bad := range []map[string]string{{"leave": "?"}, {"no-such-action": "z"}, {"leave": "space"}} {
		if _, err := NewKeyMap(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if _, err := NewModel(Options{In: strings.NewReader(""), Out: io.Discard, Keys: map[string]string{"leave": "?"}}); err == nil {
		t.Error("a model with a key that does two things")
	}
}

func TestReplayPlaysToItsEnd(t *testing.T) {
	t.Parallel()
	events := outage(t)
	m, err := NewReplay(Options{In: strings.NewReader(""), Out: io.Discard, NoColor: true, Pace: 60}, events)
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	for m.speed > 0 {
		if m = send(t, m, frameMsg{}); frames > 1000 {
			t.Fatal("the replay does not end")
		}
		frames++
	}
	// Two minutes at sixty times real time are two seconds.
	if took := time.Duration(frames) * frame; took < 1500*time.Millisecond || took > 2500*time.Millisecond {
		t.Errorf("two minutes took %v at 60x", took)
	}
	if m.story.Ended == nil {
		t.Error("the end is missing")
	}
	if again := send(t, m, "p", frameMsg{}); again.speed == 0 || again.story.Ended != nil {
		t.Error("p starts over from the end")
	}
}

func TestReplayCutsWaitsShort(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	events := []journal.Event{
		{N: 1, At: start, Kind: journal.DrillStarted},
		{N: 2, At: start.Add(7 * 24 * time.Hour), Kind: journal.StepStarted, Step: "a", Data: json.RawMessage(`{}`)},
	}
	m, err := NewReplay(Options{In: strings.NewReader(""), Out: io.Discard, Pace: 60}, events)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		m = send(t, m, frameMsg{})
	}
	if m.pos != 2 {
		t.Errorf("after two seconds the replay still waits for the end of seven days, at %d", m.pos)
	}
}

func TestPrivacyHidesAccounts(t *testing.T) {
	t.Parallel()
	m := send(t, newTestModel(t, Options{}, 100, 32), eventsMsg(outage(t)[:30]), "2")
	if !strings.Contains(m.View(), "111122223333") {
		t.Fatal("the plan should name the account")
	}
	if strings.Contains(send(t, m, "P").View(), "111122223333") {
		t.Error("P leaves the account on the screen")
	}
}

func TestFeedLetsGoWhenNobodyWatches(t *testing.T) {
	t.Parallel()
	f := newFeed(0.001) // a thousand times slower than real time
	f.Observe(journal.Event{At: time.Unix(0, 0)})
	done := make(chan struct{})
	go func() {
		f.Observe(journal.Event{At: time.Unix(3600, 0)})
		f.Observe(journal.Event{At: time.Unix(7200, 0)})
		close(done)
	}()
	f.close()
	f.close() // twice is once
	<-done
	if n := len(f.take()); n > 2 {
		t.Errorf("%d events were kept for nobody", n)
	}
}

var _ tea.Model = Model{}
