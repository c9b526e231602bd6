package tui

import (
	"slices"
	"time"
	"unicode"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

type (
	// frameMsg says that it is time to fetch events and draw.
	frameMsg struct{}
	// eventsMsg brings events.
	eventsMsg []journal.Event
	// overMsg says that the drill has returned.
	overMsg struct{}
)

// Update routes a message to what it concerns.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case frameMsg:
		return m.nextFrame(), nextFrame()
	case eventsMsg:
		return m.take(msg), nil
	case overMsg:
		if m.feed != nil {
			m = m.take(m.feed.take())
		}
		m.over = true
		if m.dialog == stopDialog {
			m.dialog = noDialog
		}
	case tea.KeyMsg:
		return m.press(msg)
	}
	return m, nil
}

// nextFrame fetches what came since the last one, or moves a replay on.
func (m Model) nextFrame() Model {
	if m.feed != nil {
		m = m.take(m.feed.take())
	}
	if m.speed > 0 {
		m = m.play(time.Duration(float64(frame) * m.speed))
	}
	return m
}

// press handles a key: of the dialog, the filter, or the screen.
func (m Model) press(k tea.KeyMsg) (tea.Model, tea.Cmd) {
	m.toast = ""
	switch {
	case m.dialog == stopDialog:
		return m.pressStop(k)
	case m.dialog == approveDialog:
		return m.pressApprove(k)
	case m.filtering:
		return m.typeFilter(k), nil
	case m.helping:
		m.helping = false
		return m, nil
	case key.Matches(k, m.keys.Leave):
		m.left = true
		return m, tea.Quit
	case key.Matches(k, m.keys.Stop):
		return m.askStop()
	}
	return m.pressScreen(k), nil
}

// pressScreen handles the keys that change what is shown.
func (m Model) pressScreen(k tea.KeyMsg) Model {
	for i, b := range m.screenKeys() {
		if key.Matches(k, b) {
			m.screen, m.scroll = screen(i), 0
			return m
		}
	}
	page := max(m.height-8, 1)
	switch {
	case key.Matches(k, m.keys.Help):
		m.helping = true
	case key.Matches(k, m.keys.Next):
		m.screen, m.scroll = (m.screen+1)%screenCount, 0
	case key.Matches(k, m.keys.Previous):
		m.screen, m.scroll = (m.screen+screenCount-1)%screenCount, 0
	case key.Matches(k, m.keys.Up):
		m = m.move(-1)
	case key.Matches(k, m.keys.Down):
		m = m.move(1)
	case key.Matches(k, m.keys.PageUp):
		m = m.move(-page)
	case key.Matches(k, m.keys.PageDown):
		m = m.move(page)
	case key.Matches(k, m.keys.Top):
		m = m.move(-1 << 30)
	case key.Matches(k, m.keys.Bottom):
		m = m.move(1 << 30)
	case key.Matches(k, m.keys.Inspect):
		m.screen, m.scroll = screenMembers, 0
	case key.Matches(k, m.keys.Back):
		if m.filter != "" {
			m.filter = ""
		} else {
			m.screen, m.scroll = screenLanes, 0
		}
	case key.Matches(k, m.keys.Filter):
		m.filtering, m.filter = true, ""
		if m.screen != screenCalls {
			m.screen = screenEvents
		}
	case key.Matches(k, m.keys.Clock):
		m.utc = !m.utc
	case key.Matches(k, m.keys.Privacy):
		m.private = !m.private
	default:
		return m.pressTime(k)
	}
	return m
}

// screenKeys are the keys of the screens, in their order.
func (m Model) screenKeys() []key.Binding {
	return []key.Binding{
		m.keys.Lanes, m.keys.Plan, m.keys.Steps, m.keys.Traffic, m.keys.Events,
		m.keys.Calls, m.keys.Members, m.keys.Map, m.keys.Result,
	}
}

// move moves the cursor or the list of the screen by n rows.
func (m Model) move(n int) Model {
	switch m.screen {
	case screenLanes, screenMembers, screenTraffic, screenMap:
		m.region = min(max(m.region+n, 0), max(len(m.story.Lanes)-1, 0))
	case screenEvents, screenCalls:
		m.scroll = min(max(m.scroll-n, 0), max(m.listLength()-1, 0)) // from the latest
	case screenPlan, screenSteps, screenResult, screenCount:
		m.scroll = min(max(m.scroll+n, 0), max(m.listLength()-1, 0))
	}
	return m
}

// typeFilter takes one key of a filter that is being typed.
func (m Model) typeFilter(k tea.KeyMsg) Model {
	switch k.Type {
	case tea.KeyEnter:
		m.filtering = false
	case tea.KeyEsc:
		m.filtering, m.filter = false, ""
	case tea.KeyBackspace:
		m.filter = dropLast(m.filter)
	case tea.KeyRunes, tea.KeySpace:
		m.filter += printable(k.Runes)
	default:
	}
	m.scroll = 0
	return m
}

func dropLast(s string) string {
	r := []rune(s)
	return string(r[:max(len(r)-1, 0)])
}

func printable(r []rune) string {
	return string(slices.DeleteFunc(slices.Clone(r), func(c rune) bool { return !unicode.IsPrint(c) }))
}
