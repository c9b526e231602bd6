package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Watch shows a drill while it runs, and until the user leaves. The drill is
// the function; it hands its events to the observer it is given. Watch returns
// once the user has left and the drill has ended, whichever comes last, and
// calls left in between: from then on nothing is drawn.
//
// The drill does not depend on the interface: when that fails, the drill goes
// on, and the error is returned at the end. When ctx ends, so does the
// interface, but not before the drill has returned.
func Watch(ctx context.Context, o Options, drill func(observe func(journal.Event)), left func()) error {
	m, err := NewModel(o)
	if err != nil {
		return err
	}
	m.feed = newFeed(o.Pace)
	p := m.program()
	done := make(chan struct{})
	go func() {
		defer close(done)
		drill(m.feed.Observe)
		p.Send(overMsg{})
		if ctx.Err() != nil {
			p.Quit()
		}
	}()
	if o.Started != nil {
		// An error here leaves nothing to do: the program is ending.
		o.Started(func() { _ = p.ReleaseTerminal() })
	}
	final, err := p.Run()
	m.feed.close()
	left()
	if last, ok := final.(Model); ok && last.abandon {
		o.Leave()
	}
	<-done
	return leaveError(err)
}

// Replay shows events that are over, from the first one.
func Replay(ctx context.Context, o Options, events []journal.Event) error {
	m, err := NewReplay(o, events)
	if err != nil {
		return err
	}
	p := m.program()
	stop := context.AfterFunc(ctx, p.Quit)
	defer stop()
	_, err = p.Run()
	return leaveError(err)
}

// NewReplay returns a model that plays events that are over. With a Pace of
// zero it shows the end at once.
func NewReplay(o Options, events []journal.Event) (Model, error) {
	m, err := NewModel(o)
	if err != nil {
		return Model{}, err
	}
	m.over = true
	m.events = events
	if len(events) == 0 || o.Pace <= 0 {
		return m.seek(len(events)), nil
	}
	m = m.seekTime(events[0].At)
	m.speed = o.Pace
	return m, nil
}

// program is the model on its terminal. Signals stay with the caller: bubbletea
// would turn a termination into a success.
func (m Model) program() *tea.Program {
	return tea.NewProgram(m, tea.WithInput(m.o.In), tea.WithOutput(m.o.Out),
		tea.WithAltScreen(), tea.WithFPS(15), tea.WithoutSignalHandler())
}

func leaveError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the terminal interface failed: %w", err)
}
