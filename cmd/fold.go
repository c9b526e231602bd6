package cmd

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// narrow is a terminal too small to fold lines for.
const narrow = 40

// fold breaks a line for the operator between words where the terminal ends,
// and sets what follows in. A word is never broken, since it may be a flag, a
// Region or an ARN to be copied. Where there is no terminal a line stays one.
func (a *App) fold(line string) string {
	width := 0
	if a.ErrTTY && a.Size != nil {
		width, _ = a.Size()
	}
	if width < narrow || ansi.StringWidth(line) <= width {
		return line
	}
	margin := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	b.WriteString(margin)
	column, empty := len(margin), true
	for word := range strings.SplitSeq(line[len(margin):], " ") {
		w := ansi.StringWidth(word)
		switch {
		case empty:
		case column+1+w <= width:
			b.WriteByte(' ')
			column++
		default:
			b.WriteString("\n" + margin + "    ")
			column = len(margin) + 4
		}
		b.WriteString(word)
		column, empty = column+w, false
	}
	return b.String()
}
