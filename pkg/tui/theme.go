package tui

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/progress"
)

// theme is how things look. Only the terminal's own sixteen colours are used:
// the user's palette already suits a light or a dark background, so nobody has
// to ask the terminal which it is. No colour means anything alone; every state
// has a symbol and a word.
type theme struct {
	glyphs

	good, bad, doubt, faint, strong, accent, alarm lipgloss.Style
}

// glyphs are the symbols, as Unicode or as ASCII.
type glyphs struct {
	ok, failed, doubtful, running, waiting, skipped string
	enabled, updating, dark, absent                 string
	warn, differs, cursor, ellipsis, hatch          string
	spark                                           []string // from low to high
	full, empty                                     string
	horizontal, vertical                            string
	topLeft, topRight, bottomLeft, bottomRight      string
}

func unicodeGlyphs() glyphs {
	return glyphs{
		ok: "✔", failed: "✖", doubtful: "?", running: "▸", waiting: "·", skipped: "-",
		enabled: "●", updating: "◐", dark: "✖", absent: "·",
		warn: "▲", differs: "≠", cursor: "▸", ellipsis: "…", hatch: "▒",
		spark: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		full:  "█", empty: "░",
		horizontal: "─", vertical: "│",
		topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘",
	}
}

func asciiGlyphs() glyphs {
	return glyphs{
		ok: "+", failed: "x", doubtful: "?", running: ">", waiting: ".", skipped: "-",
		enabled: "o", updating: "~", dark: "x", absent: ".",
		warn: "!", differs: "!=", cursor: ">", ellipsis: "~", hatch: "%",
		spark: []string{".", ":", "-", "=", "+", "*", "#", "@"},
		full:  "#", empty: ".",
		horizontal: "-", vertical: "|",
		topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+",
	}
}

func newTheme(out io.Writer, noColor, ascii bool) theme {
	r := lipgloss.NewRenderer(out)
	if noColor {
		r.SetColorProfile(termenv.Ascii)
	} else {
		r.SetColorProfile(termenv.ANSI)
	}
	color := func(n string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(n)) }
	t := theme{
		glyphs: unicodeGlyphs(),
		good:   color("2"), bad: color("1").Bold(true), doubt: color("3"), faint: color("8"),
		strong: r.NewStyle().Bold(true), accent: color("6"),
		alarm: r.NewStyle().Bold(true).Reverse(true),
	}
	if ascii {
		t.glyphs = asciiGlyphs()
	}
	return t
}

// step returns the symbol and the look of a step's state.
func (t theme) step(s progress.StepState) (string, lipgloss.Style) {
	switch s {
	case progress.Running:
		return t.running, t.accent
	case progress.Done:
		return t.ok, t.good
	case progress.Failed:
		return t.failed, t.bad
	case progress.Refused:
		return t.warn, t.doubt
	case progress.Skipped:
		return t.skipped, t.faint
	case progress.Waiting:
		return t.waiting, t.faint
	default:
		return t.doubtful, t.doubt
	}
}

// verdict returns the symbol and the look of a verdict; an empty one is still open.
func (t theme) verdict(v journal.Verdict) (string, lipgloss.Style) {
	switch v {
	case journal.Pass:
		return t.ok, t.good
	case journal.Fail:
		return t.failed, t.bad
	case journal.Unknown:
		return t.doubtful, t.doubt
	default:
		return t.waiting, t.faint
	}
}

// mark returns the symbol and the look of a line of the log.
func (t theme) mark(m progress.Mark) (string, lipgloss.Style) {
	switch m {
	case progress.Good:
		return t.ok, t.good
	case progress.Bad:
		return t.failed, t.bad
	case progress.Doubt:
		return t.doubtful, t.doubt
	case progress.Info:
		return t.waiting, t.faint
	default:
		return t.waiting, t.faint
	}
}

// lane returns the symbol, the word and the look of a Region's state.
func (t theme) lane(l progress.Lane) (symbol, word string, look lipgloss.Style) {
	switch {
	case !l.Down.IsZero():
		return t.dark, "no answer", t.bad
	case l.State == "Enabled":
		return t.enabled, l.State, t.good
	case l.State == "" && l.Role == "":
		return t.absent, "no member", t.faint
	case l.State == "":
		return t.absent, "not read", t.faint
	case l.State == "Updating" || l.State == "Creating":
		return t.updating, l.State, t.doubt
	default:
		return t.warn, l.State, t.doubt
	}
}
