package tui

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/x/ansi"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

// The sizes at which the picture changes.
const (
	narrowBelow = 60 // columns: one list instead of panes
	tinyColumns = 24
	tinyRows    = 6
)

// View draws the screen: a header, the body, a line of status and the keys that
// work now.
func (m Model) View() string {
	if m.left {
		return ""
	}
	if m.width < tinyColumns || m.height < tinyRows {
		return m.theme.fit("terminal too small", m.width)
	}
	body := m.bodyLines(m.width, m.height-3)
	rows := make([]string, 0, m.height)
	rows = append(rows, m.header())
	for i := range m.height - 3 {
		line := ""
		if i < len(body) {
			line = body[i]
		}
		rows = append(rows, m.theme.fit(line, m.width))
	}
	rows = append(rows, m.theme.fit(m.status(), m.width), m.footer())
	text := strings.Join(rows, "\n")
	if m.private {
		text = accountNumber().ReplaceAllString(text, "************")
	}
	return text
}

// accountNumber is what privacy hides, at its own length so that nothing moves.
var accountNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b\d{12}\b`) })

// bodyLines draws what lies between header and status.
func (m Model) bodyLines(width, height int) []string {
	if m.helping {
		return m.viewHelp(width, height)
	}
	var body []string
	switch {
	case m.width < narrowBelow:
		body = m.viewNarrow(width, height)
	default:
		body = m.viewScreen(width, height)
	}
	over := m.dialogLines(width)
	if len(over) == 0 {
		return body
	}
	// The dialog takes the place of the last rows: what happens above goes on.
	for len(body) < height {
		body = append(body, "")
	}
	return append(body[:max(height-len(over), 0):max(height-len(over), 0)], over...)
}

func (m Model) viewScreen(width, height int) []string {
	switch m.screen {
	case screenPlan:
		return m.viewPlan(width, height)
	case screenSteps:
		return m.viewSteps(width, height)
	case screenTraffic:
		return m.viewTraffic(width, height)
	case screenEvents:
		return m.viewEvents(width, height)
	case screenCalls:
		return m.viewCalls(width, height)
	case screenMembers:
		return m.viewMembers(width, height)
	case screenMap:
		return m.viewMap(width, height)
	case screenResult:
		return m.viewResult(width, height)
	case screenLanes, screenCount:
	}
	return m.viewLanes(width, height)
}

// where says, in words, whose keys these are.
func (m Model) where() string {
	origin := m.story.Planned.Target
	switch origin.Kind {
	case "":
		return ""
	case "aws":
		return "LIVE AWS " + clean(origin.Account)
	default:
		return fmt.Sprintf("SIMULATOR seed %d", m.story.Planned.Seed)
	}
}

// header is the first line: where we are and what time it is.
func (m Model) header() string {
	t := m.theme
	name := clean(m.story.Planned.Runbook)
	if name == "" {
		name = "starting"
	}
	left := " mrkctl " + t.cursor + " " + t.strong.Render(name)
	if m.width >= narrowBelow {
		left += " " + t.cursor + " " + m.screen.String()
	}
	where := m.where()
	if m.onAWS() {
		where = t.alarm.Render(" " + where + " ")
	}
	parts := []string{where}
	if i, step := m.story.Current(); i >= 0 && m.width >= 100 {
		parts = append(parts, fmt.Sprintf("step %d/%d %s %s", m.story.Place(i), m.story.Count(), t.cursor, clean(step.ID)))
	}
	parts = append(parts, m.moment(m.story.Now))
	right := strings.Join(parts, "   ") + " "
	if ansi.StringWidth(right) > m.width-12 {
		right = m.moment(m.story.Now) + " "
	}
	return t.spread(left, right, m.width)
}

// moment is a time as the user wants to see it.
func (m Model) moment(at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case m.utc:
		return at.UTC().Format("15:04:05Z")
	case m.story.Start.IsZero():
		return "t+00:00.0"
	default:
		return "t+" + progress.Elapsed(at.Sub(m.story.Start))
	}
}

// status is the line above the keys: what goes on at this moment.
func (m Model) status() string {
	t := m.theme
	switch {
	case m.filtering:
		return " /" + m.filter + "_"
	case m.toast != "":
		return " " + m.toast
	case m.broken != nil:
		return t.bad.Render(" " + clean(m.broken.Error()))
	case m.frozen && m.speed == 0:
		return t.doubt.Render(fmt.Sprintf(" FROZEN at event %d; %d came since", m.pos, len(m.events)-m.pos))
	case m.speed > 0:
		return fmt.Sprintf(" REPLAY %gx  event %d of %d", m.speed, m.pos, len(m.events))
	case m.pos < len(m.events):
		return fmt.Sprintf(" PAUSED  event %d of %d", m.pos, len(m.events))
	case m.story.Ended != nil:
		return " " + m.outcome()
	case m.over:
		return " the drill has ended without a verdict"
	case m.story.Undoing:
		return t.doubt.Render(" " + t.warn + " taking back what was changed")
	case m.story.Pending != nil:
		return t.doubt.Render(" waiting for approval: " + clean(m.story.Pending.What))
	}
	if _, step := m.story.Current(); step.ID != "" {
		return " " + t.running + " " + clean(orElse(step.Say, step.ID))
	}
	return " " + m.filterNote()
}

func (m Model) filterNote() string {
	if m.filter == "" {
		return ""
	}
	return "filter /" + m.filter
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// footer names the keys that work now.
func (m Model) footer() string {
	keys := []key.Binding{m.keys.Help}
	running := m.live() && !m.over
	switch {
	case m.filtering || m.dialog != noDialog:
		return m.theme.fit("", m.width)
	case m.helping:
		return m.theme.fit(" any key closes the help", m.width)
	case running && !m.frozen:
		keys = append(keys, m.keys.Freeze, m.keys.Stop)
	default:
		keys = append(keys, m.keys.Play, m.keys.Forward, m.keys.Backward)
	}
	keys = append(keys, m.keys.Steps, m.keys.Traffic, m.keys.Events, m.keys.Members, m.keys.Map, m.keys.Leave)
	short := map[string]string{
		m.keys.Freeze.Help().Desc: "freeze", m.keys.Stop.Help().Desc: "stop",
		m.keys.Play.Help().Desc: "play", m.keys.Forward.Help().Desc: "+10s", m.keys.Backward.Help().Desc: "-10s",
		m.keys.Steps.Help().Desc: "steps", m.keys.Traffic.Help().Desc: "traffic", m.keys.Members.Help().Desc: "members",
		m.keys.Leave.Help().Desc: "leave",
	}
	line := ""
	for _, b := range keys {
		desc := b.Help().Desc
		if s, ok := short[desc]; ok {
			desc = s
		}
		item := " " + m.theme.strong.Render(b.Help().Key) + " " + desc + " "
		if ansi.StringWidth(line)+ansi.StringWidth(item) > m.width {
			break
		}
		line += item
	}
	return m.theme.fit(line, m.width)
}
