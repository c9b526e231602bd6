package tui

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// updating says that the expected pictures are to be written again. The flag
// -update is defined by the package teatest keeps its own expectations with.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// outage reads the drill that the tests of pkg/progress keep.
func outage(t testing.TB) []journal.Event {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "progress", "testdata", "outage.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var events []journal.Event
	for line := range bytes.Lines(text) {
		var e journal.Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func newTestModel(t testing.TB, o Options, width, height int) Model {
	t.Helper()
	o.In, o.Out, o.NoColor = strings.NewReader(""), io.Discard, true
	m, err := NewModel(o)
	if err != nil {
		t.Fatal(err)
	}
	m.feed = newFeed(0)
	return send(t, m, tea.WindowSizeMsg{Width: width, Height: height})
}

// send hands messages to a model; a string is a key.
func send(t testing.TB, m Model, messages ...tea.Msg) Model {
	t.Helper()
	for _, msg := range messages {
		if name, ok := msg.(string); ok {
			msg = press(name)
		}
		next, _ := m.Update(msg)
		var ok bool
		if m, ok = next.(Model); !ok {
			t.Fatalf("Update returned a %T", next)
		}
	}
	return m
}

func press(name string) tea.KeyMsg {
	special := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "backspace": tea.KeyBackspace, "ctrl+c": tea.KeyCtrlC, "ctrl+r": tea.KeyCtrlR,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "space": tea.KeySpace,
	}
	if k, ok := special[name]; ok {
		if k == tea.KeySpace {
			return tea.KeyMsg{Type: k, Runes: []rune(" ")}
		}
		return tea.KeyMsg{Type: k}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// TestPictures keeps every screen at several sizes, in the middle of the outage.
func TestPictures(t *testing.T) {
	t.Parallel()
	middle := 30 // us-east-1 is dark, step 2 runs
	for _, size := range []struct{ width, height int }{{160, 48}, {100, 32}, {80, 24}, {50, 16}, {20, 5}} {
		for s := range screenCount {
			if size.width != 100 && s != screenLanes {
				continue // the other screens once; TestEveryScreenFitsEverySize has them at every size
			}
			name := fmt.Sprintf("%s_%dx%d", s, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m := newTestModel(t, Options{}, size.width, size.height)
				m = send(t, m, eventsMsg(outage(t)[:middle]))
				m.screen = s
				golden(t, name, m.View())
			})
		}
	}
	t.Run("ascii", func(t *testing.T) {
		t.Parallel()
		m := send(t, newTestModel(t, Options{ASCII: true}, 100, 32), eventsMsg(outage(t)[:middle]))
		picture := m.View()
		for _, r := range picture {
			if r > 0x7e {
				t.Fatalf("%q in a picture of ASCII characters", r)
			}
		}
		golden(t, "ascii_100x32", picture)
	})
	t.Run("end", func(t *testing.T) {
		t.Parallel()
		m := send(t, newTestModel(t, Options{}, 100, 32), eventsMsg(outage(t)), overMsg{})
		golden(t, "end_100x32", m.View())
	})
	t.Run("help", func(t *testing.T) {
		t.Parallel()
		golden(t, "help_100x32", send(t, newTestModel(t, Options{}, 100, 32), "?").View())
	})
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		golden(t, "nothing_80x24", newTestModel(t, Options{}, 80, 24).View())
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	var b strings.Builder
	for line := range strings.SplitSeq(got, "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if updating() {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", path, b.String())
	}
}

// TestEveryScreenFitsEverySize draws every screen at every moment of a drill in
// many sizes: never a panic, never a line too many or too wide.
func TestEveryScreenFitsEverySize(t *testing.T) {
	t.Parallel()
	events := outage(t)
	for _, width := range []int{1, 24, 59, 60, 80, 120} {
		for _, height := range []int{1, 6, 7, 16, 24, 50} {
			m := newTestModel(t, Options{}, width, height)
			for _, n := range []int{0, 30, len(events)} {
				m = m.take(events[m.pos:n])
				for s := range screenCount {
					m.screen = s
					for _, help := range []bool{false, true} {
						m.helping = help
						checkSize(t, m, width, height)
					}
					m.helping, m.dialog = false, stopDialog
					checkSize(t, m, width, height)
					m.dialog = noDialog
				}
			}
		}
	}
}

func checkSize(t *testing.T, m Model, width, height int) {
	t.Helper()
	lines := strings.Split(m.View(), "\n")
	if len(lines) > height {
		t.Fatalf("%s at %dx%d: %d lines", m.screen, width, height, len(lines))
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Fatalf("%s at %dx%d: a line of %d columns: %q", m.screen, width, height, w, line)
		}
	}
}

// TestForeignTextCannotEscape plays a drill whose every text is hostile.
func TestForeignTextCannotEscape(t *testing.T) {
	t.Parallel()
	hostile := strings.NewReplacer(
		"payments", `pay\u001b]0;owned\u0007ments`, "us-east-1", `us\u202e-east\u001b[2J-1`, "region-unreachable", `un\u001b[31mreachable\n\n`,
	)
	m := newTestModel(t, Options{}, 120, 40)
	for i, e := range outage(t) {
		e.Data = json.RawMessage(hostile.Replace(string(e.Data)))
		m = send(t, m, eventsMsg{e})
		for s := range screenCount {
			if e.Kind == journal.ProbeWindow && i%9 != 0 {
				continue // forty windows look alike
			}
			m.screen = s
			if picture := m.View(); strings.ContainsAny(picture, "\x1b\x07\u202e\r") {
				t.Fatalf("%s lets foreign text through: %q", s, picture)
			}
			checkSize(t, m, 120, 40)
		}
	}
}

func BenchmarkView(b *testing.B) {
	m := newTestModel(b, Options{}, 160, 48)
	m = m.take(outage(b))
	m.screen = screenLanes
	for b.Loop() {
		_ = m.View()
	}
}
