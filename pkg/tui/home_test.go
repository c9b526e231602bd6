package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

func testHome(t *testing.T, width, height int) home {
	t.Helper()
	h, err := newHome(t.Context(), Options{In: strings.NewReader(""), Out: io.Discard, NoColor: true}, HomeData{
		Where: "SIMULATOR sim", Version: "v1.2.3",
		Drills: []HomeDrill{{"region-outage", "us-east-1 goes dark and eu-west-1 goes on alone.", 27}, {"ci-smoke", "A short one.", 9}},
		Runs: []HomeRun{
			{Dir: "runs/b", Runbook: "region-outage", Verdict: journal.Pass, When: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)},
			{Dir: "runs/a", Runbook: "ci-smoke", When: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)},
		},
		Keys: func(context.Context) ([]HomeKey, error) {
			return []HomeKey{{Name: "alias/payments", ID: "mrk-1", Primary: "us-east-1", State: "Enabled", Regions: []string{"us-east-1", "eu-west-1"}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sendHome(t, h, tea.WindowSizeMsg{Width: width, Height: height}, h.Init()())
}

func sendHome(t *testing.T, h home, messages ...tea.Msg) home {
	t.Helper()
	for _, msg := range messages {
		if name, ok := msg.(string); ok {
			msg = press(name)
		}
		next, _ := h.Update(msg)
		var ok bool
		if h, ok = next.(home); !ok {
			t.Fatalf("Update returned a %T", next)
		}
	}
	return h
}

func TestHomePictures(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{100, 24}, {50, 16}} {
		golden(t, fmt.Sprintf("home_%dx%d", size[0], size[1]), testHome(t, size[0], size[1]).View())
	}
}

func TestHomeChoices(t *testing.T) {
	t.Parallel()
	h := testHome(t, 100, 24)
	for keys, want := range map[string]Choice{
		"enter":                  {ChooseRun, "region-outage"},
		"down enter":             {ChooseRun, "ci-smoke"},
		"down down down enter":   {ChooseRun, "ci-smoke"},
		"p":                      {ChoosePlan, "region-outage"},
		"1 enter":                {ChooseKey, "mrk-1"},
		"3 down enter":           {ChooseReplay, "runs/a"},
		"tab enter":              {ChooseReplay, "runs/b"},
		"shift+tab enter":        {ChooseKey, "mrk-1"},
		"q":                      {ChooseLeave, ""},
		"ctrl+c":                 {ChooseLeave, ""},
		"? q q":                  {ChooseLeave, ""},
		"tab tab tab enter":      {ChooseRun, "region-outage"},
		"down up up up tab p up": {},
	} {
		var messages []tea.Msg
		for name := range strings.FieldsSeq(keys) {
			messages = append(messages, name)
		}
		if got := sendHome(t, h, messages...).choice; got != want {
			t.Errorf("%q chose %+v, want %+v", keys, got, want)
		}
	}
}

func TestHomeSaysWhyThereAreNoKeys(t *testing.T) {
	t.Parallel()
	h := testHome(t, 100, 24)
	for _, c := range []struct {
		msg  keysMsg
		want string
	}{{keysMsg{}, "none yet"}, {keysMsg{err: errors.New("no credentials\x1b[2J")}, "no credentials"}} {
		view := sendHome(t, h, c.msg).View()
		if !strings.Contains(view, c.want) || strings.ContainsRune(view, '\x1b') {
			t.Errorf("want %q in\n%s", c.want, view)
		}
		if empty := sendHome(t, h, c.msg, "1", "enter"); empty.choice != (Choice{}) {
			t.Errorf("nothing was chosen as %+v", empty.choice)
		}
	}
}

func TestHomeFitsEverySize(t *testing.T) {
	t.Parallel()
	for _, width := range []int{1, 24, 59, 60, 100, 200} {
		for _, height := range []int{1, 6, 8, 24, 60} {
			for _, keys := range []string{"1", "2", "3", "?"} {
				h := sendHome(t, testHome(t, width, height), keys)
				lines := strings.Split(h.View(), "\n")
				if len(lines) > height {
					t.Fatalf("%dx%d: %d lines", width, height, len(lines))
				}
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > width {
						t.Fatalf("%dx%d: a line of %d columns: %q", width, height, w, line)
					}
				}
			}
		}
	}
}
