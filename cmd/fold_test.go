package cmd

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestFoldBreaksBetweenWordsAndLosesNone(t *testing.T) {
	t.Parallel()
	const line = "  note: key ids, ARNs, policies, aliases and grants stay as they are; from then on replicas are asked of eu-west-1"
	a := newApp(Process{ErrTTY: true, Size: func() (int, int) { return 50, 20 }})
	folded := strings.Split(a.fold(line), "\n")
	if len(folded) != 3 || strings.Join(strings.Fields(strings.Join(folded, " ")), " ") != strings.Join(strings.Fields(line), " ") {
		t.Errorf("folded to %q", folded)
	}
	for i, part := range folded {
		if ansi.StringWidth(part) > 50 || i > 0 && !strings.HasPrefix(part, "      ") {
			t.Errorf("line %d is %q", i, part)
		}
	}
	word := strings.Repeat("x-", 100)
	if got := a.fold("a " + word); got != "a\n    "+word {
		t.Errorf("a word that is too long became %q", got)
	}
	for _, p := range []Process{{}, {ErrTTY: true}, {ErrTTY: true, Size: func() (int, int) { return 0, 0 }}} {
		if got := newApp(p).fold(line); got != line {
			t.Errorf("without a terminal: %q", got)
		}
	}
}
