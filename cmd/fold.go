package cmd

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// narrow is a terminal too small to fold lines for.
const narrow = 40

// fold breaks a line for the operator between words where the terminal ends,
// and sets what follows in. Where there is no terminal a line stays one line.
func (a *App) fold(line string) string {
	width := 0
	if a.ErrTTY && a.Size != nil {
		width, _ = a.Size()
	}
	if width < narrow || ansi.StringWidth(line) <= width {
		return line
	}
	indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+4)
	head, rest, _ := strings.Cut(ansi.Wrap(line, width, ""), "\n")
	rest = strings.TrimSpace(strings.TrimPrefix(line, head))
	return head + "\n" + indent + strings.ReplaceAll(ansi.Wrap(rest, width-len(indent), ""), "\n", "\n"+indent)
}
