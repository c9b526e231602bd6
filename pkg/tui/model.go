// Package tui is the terminal interface: it draws a drill from its journal,
// live or replayed, and never touches a key itself.
//
// One model holds the state; Update only routes messages; each screen is a
// function from the model to lines of text in a file of its own (view_*.go).
// The drill runs outside and does not notice when the interface is left or
// fails. All drawing goes to the writer it is given, which is stderr, so that
// stdout stays the program's answer.
package tui

import (
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

// Options says how to show a drill.
type Options struct {
	// In and Out are the terminal. Required.
	In  io.Reader
	Out io.Writer
	// Keys rebinds keys by action; nil keeps the usual ones.
	Keys map[string]string
	// NoColor leaves only words and symbols, ASCII only ASCII ones.
	NoColor, ASCII bool
	// Pace holds a drill on virtual time back to so many times real time, so
	// that people can follow. Zero does not hold it back.
	Pace float64
	// Started is told, once the terminal is in use, how to give it back at once;
	// it is for a program that has to end without waiting for the interface.
	// May be nil.
	Started func(giveBack func())
	// Stop asks the drill to stop and to undo what it did. Leave ends the
	// program without that. Nil ones can't be chosen.
	Stop, Leave func()
	// Answer gives the answer of a person to the pending approval. Nil means
	// that approvals are given elsewhere.
	Answer func(yes bool, typed string)
}

// Model is the state of the interface.
type Model struct {
	o     Options
	keys  KeyMap
	theme theme
	feed  *feed // nil in a replay

	events []journal.Event // all that came, as far as they are kept
	pos    int             // how many of them the story has taken in
	story  progress.Story
	frozen bool      // the story does not follow the events
	over   bool      // no more events will come
	broken error     // an event that could not be read
	playAt time.Time // replay: the moment that is shown
	speed  float64   // replay: times real time, 0 while paused

	width, height int
	screen        screen
	helping       bool
	dialog        dialog
	typed         string // into a dialog
	filtering     bool
	filter        string
	scroll        int // rows from the latest, in lists
	region        int // the lane under the cursor
	utc           bool
	private       bool
	toast         string
	left          bool
	abandon       bool // leave the program, not only the picture
}

// screen is one of the pictures.
type screen int

const (
	screenLanes screen = iota
	screenPlan
	screenSteps
	screenTraffic
	screenEvents
	screenCalls
	screenMembers
	screenMap
	screenResult
	screenCount
)

// String is the name of the screen, for the header.
func (s screen) String() string {
	names := [...]string{"lanes", "plan", "steps", "traffic", "events", "calls", "members", "map", "result"}
	if s < 0 || int(s) >= len(names) {
		return "screen"
	}
	return names[s]
}

// dialog is a question that lies over the screen.
type dialog int

const (
	noDialog dialog = iota
	stopDialog
	approveDialog
)

// NewModel returns a model that shows events as they come through Update. The
// error is a key that can't be bound.
func NewModel(o Options) (Model, error) {
	keys, err := NewKeyMap(o.Keys)
	if err != nil {
		return Model{}, err
	}
	return Model{
		o: o, keys: keys, theme: newTheme(o.Out, o.NoColor, o.ASCII),
		width: 80, height: 24, region: -1,
	}, nil
}

// Story returns what the interface shows at present.
func (m Model) Story() progress.Story { return m.story }

// frame is how often the screen fetches events: often enough to look alive.
const frame = time.Second / 15

// Init starts the frames.
func (m Model) Init() tea.Cmd { return nextFrame() }

func nextFrame() tea.Cmd {
	return tea.Tick(frame, func(time.Time) tea.Msg { return frameMsg{} })
}

// maxEvents is how many events are kept for looking back. A longer drill loses
// nothing: "drill replay" reads the journal itself.
const maxEvents = 300_000

// take adds events and, unless the picture is frozen, shows them.
func (m Model) take(events []journal.Event) Model {
	if room := maxEvents - len(m.events); len(events) > room {
		m.frozen, m.toast = false, "too long to look back at; mrkctl drill replay can"
		m = m.seek(len(m.events))
		for _, e := range events {
			m = m.apply(e)
		}
		return m
	}
	m.events = append(m.events, events...)
	if !m.frozen {
		m = m.seek(len(m.events))
	}
	return m
}

// seek shows the drill as it was after n events.
func (m Model) seek(n int) Model {
	n = min(max(n, 0), len(m.events))
	if n < m.pos {
		m.story, m.pos = progress.Story{}, 0
	}
	for ; m.pos < n; m.pos++ {
		m = m.apply(m.events[m.pos])
	}
	return m
}

func (m Model) apply(e journal.Event) Model {
	if err := m.story.Apply(e); err != nil && m.broken == nil {
		m.broken = err
	}
	switch {
	case m.story.Pending != nil && m.o.Answer != nil && m.dialog == noDialog && e.Kind == journal.ApprovalAsked:
		m.dialog, m.typed = approveDialog, ""
	case m.story.Pending == nil && m.dialog == approveDialog:
		m.dialog = noDialog
	case e.Kind == journal.DrillEnded && m.live():
		m.screen, m.scroll = screenResult, 0
	}
	return m
}

// live says that the events come from a drill that runs, or just ran.
func (m Model) live() bool { return m.feed != nil }

// seekTime shows the drill as it was at a moment.
func (m Model) seekTime(at time.Time) Model {
	if len(m.events) == 0 {
		return m
	}
	first, last := m.events[0].At, m.events[len(m.events)-1].At
	if at.Before(first) {
		at = first
	}
	if at.After(last) {
		at = last
	}
	m.playAt = at
	n := m.pos
	for n > 0 && m.events[n-1].At.After(at) {
		n--
	}
	for n < len(m.events) && !m.events[n].At.After(at) {
		n++
	}
	return m.seek(n)
}
