package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

// askStop opens the stop dialog, or leaves when there is nothing to stop.
func (m Model) askStop() (tea.Model, tea.Cmd) {
	if m.over || !m.live() {
		m.left = true
		return m, tea.Quit
	}
	m.dialog = stopDialog
	return m, nil
}

// pressStop answers the stop dialog. A second request to stop means it.
func (m Model) pressStop(k tea.KeyMsg) (tea.Model, tea.Cmd) {
	switch {
	case k.String() == "1" || key.Matches(k, m.keys.Stop):
		m.dialog = noDialog
		if m.o.Stop != nil {
			m.toast = "stopping; what was changed is taken back"
			m.o.Stop()
		}
	case k.String() == "2":
		if m.o.Leave != nil {
			m.abandon = true // Leave is called once the terminal is as it was
			return m, tea.Quit
		}
	case key.Matches(k, m.keys.Back):
		m.dialog = noDialog
	}
	return m, nil
}

// pressApprove answers a pending approval. There is no default: Enter alone
// does nothing. In the simulator a single key approves; on AWS the alias of the
// key has to be typed.
func (m Model) pressApprove(k tea.KeyMsg) (tea.Model, tea.Cmd) {
	if m.o.Answer == nil {
		m.dialog = noDialog
		return m, nil
	}
	switch {
	case key.Matches(k, m.keys.Refuse):
		m.dialog = noDialog
		m.o.Answer(false, "")
	case key.Matches(k, m.keys.Back):
		m.dialog = noDialog
		m.toast = "still waiting for the approval"
	case !m.onAWS():
		if key.Matches(k, m.keys.Approve) {
			m.dialog = noDialog
			m.o.Answer(true, "")
		}
	default:
		switch k.Type {
		case tea.KeyEnter:
			if m.typed != m.wantTyped() {
				m.toast = "that is not the alias"
				break
			}
			m.dialog = noDialog
			m.o.Answer(true, m.typed)
		case tea.KeyBackspace:
			m.typed = dropLast(m.typed)
		case tea.KeyRunes:
			m.typed += printable(k.Runes)
		default:
		}
	}
	return m, nil
}

func (m Model) onAWS() bool { return m.story.Planned.Target.Kind == "aws" }

// wantTyped is what has to be typed on AWS: the alias of the step's key set, or
// of the first.
func (m Model) wantTyped() string {
	if p := m.story.Pending; p != nil && p.Word != "" {
		return p.Word
	}
	if len(m.story.Planned.Keys) == 0 {
		return m.story.Planned.Runbook
	}
	return m.story.Planned.Keys[0].Alias
}

// dialogLines draws the dialog that is open, nil for none.
func (m Model) dialogLines(width int) []string {
	t := m.theme
	width = min(width, 78)
	switch m.dialog {
	case stopDialog:
		lines := []string{
			"1  stop now and take back what was changed",
			"2  leave at once; what is left behind is printed",
			"   esc goes on",
		}
		if m.o.Leave == nil {
			lines = append(lines[:1], lines[2])
		}
		return t.box("Stop the drill?", lines, width, len(lines)+2)
	case approveDialog:
		if m.story.Pending == nil {
			return nil
		}
		_, step := m.story.Current()
		lines := []string{
			t.strong.Render(clean(m.story.Pending.What)),
			"Step:    " + clean(step.ID) + "  " + clean(step.Do),
			"Waiting: " + progress.Span(m.story.Now.Sub(step.Started)),
			"",
		}
		if m.onAWS() {
			lines = append(lines, "Type the alias to approve: "+clean(m.typed)+"_")
		} else {
			lines = append(lines, "y approves")
		}
		lines = append(lines, "ctrl+r refuses; esc keeps waiting")
		return t.box("APPROVAL NEEDED  "+m.where(), lines, width, len(lines)+2)
	case noDialog:
	}
	return nil
}
