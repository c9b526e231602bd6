package tui

import (
	"fmt"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// jump is how far the arrow keys move a replay.
const jump = 10 * time.Second

// pressTime handles the keys that move through time: of a replay, of a drill
// that is over, and of a frozen picture.
func (m Model) pressTime(k tea.KeyMsg) Model {
	running := m.live() && !m.over
	switch {
	case key.Matches(k, m.keys.Freeze) && running:
		m.frozen = !m.frozen
		if !m.frozen {
			m.speed = 0
			m = m.seek(len(m.events))
		}
		return m
	case key.Matches(k, m.keys.Faster, m.keys.Slower):
		return m.changeSpeed(key.Matches(k, m.keys.Faster))
	}
	if running && !m.frozen {
		if key.Matches(k, m.keys.Forward, m.keys.Backward, m.keys.NextEvent, m.keys.Restart, m.keys.Play) {
			m.toast = "to look back, freeze the picture first (space)"
		}
		return m
	}
	if len(m.events) == 0 {
		return m
	}
	if m.playAt.IsZero() || m.speed == 0 {
		m.playAt = m.story.Now
	}
	switch {
	case key.Matches(k, m.keys.Play, m.keys.Freeze):
		m = m.togglePlay()
	case key.Matches(k, m.keys.Forward):
		m = m.seekTime(m.playAt.Add(jump))
	case key.Matches(k, m.keys.Backward):
		m = m.seekTime(m.playAt.Add(-jump))
	case key.Matches(k, m.keys.NextEvent):
		m = m.seek(m.pos + 1)
		m.playAt = m.story.Now
	case key.Matches(k, m.keys.Restart):
		m = m.seekTime(m.events[0].At)
	}
	return m
}

// togglePlay starts or pauses the replay; from the end it starts over.
func (m Model) togglePlay() Model {
	if m.speed > 0 {
		m.speed = 0
		return m
	}
	m.speed = max(m.o.Pace, 1)
	if m.pos >= len(m.events) {
		m = m.seekTime(m.events[0].At)
		if m.screen == screenResult {
			m.screen = screenLanes
		}
	}
	return m
}

// play moves a replay on by d. A gap in which nothing happens is cut short.
func (m Model) play(d time.Duration) Model {
	if m.pos >= len(m.events) {
		m.speed = 0
		return m
	}
	at := m.playAt.Add(d)
	next := m.events[m.pos].At
	if gap := time.Duration(float64(longestGap) * m.speed); next.Sub(at) > gap {
		at = next.Add(-gap)
	}
	m = m.seekTime(at)
	m.playAt = at
	return m
}

func (m Model) changeSpeed(faster bool) Model {
	factor := 0.5
	if faster {
		factor = 2
	}
	switch {
	case m.speed > 0:
		m.speed = min(max(m.speed*factor, 0.125), 1<<20)
		m.o.Pace = m.speed
		m.toast = fmt.Sprintf("replay at %gx", m.speed)
	case m.feed != nil && m.o.Pace > 0 && !m.over:
		m.o.Pace = m.feed.change(factor)
		m.toast = fmt.Sprintf("pace %gx", m.o.Pace)
	default:
		m.toast = "this drill sets its own pace"
	}
	return m
}
