package terminal_test

import (
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		"alias/payments":                   "alias/payments",
		"two\nlines\tand a tab":            "two\nlines\tand a tab",
		"\x1b[31mred\x1b[0m":               "red",
		"\x1b]0;new title\x07text":         "text",
		"\x1b]52;c;aGk=\x1b\\text":         "text",
		"\x1bPq\x1b\\text":                 "text",
		"\x1b(0line":                       "line",
		"cut off\x1b[":                     "cut off",
		"cut off\x1b":                      "cut off",
		"cut off\x1b]0;no end":             "cut off",
		"bell\x07 back\x08 return\r":       "bell back return",
		"\u009b31mC1":                      "31mC1",
		"gnp.\u202eexe":                    "gnp.<U+202E>exe",
		"zero\u200bwidth":                  "zero<U+200B>width",
		"支払い é":                            "支払い é",
		"not utf-8: \xff.":                 "not utf-8: \ufffd.",
		"\x1b[38;2;1;2;3mtrue colour\x1bM": "true colour",
	} {
		if got := terminal.Safe(in); got != want {
			t.Errorf("Safe(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m", "\x1b]0;t\x07", "\u202e", "\xff\x1b", "a\tb\nc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := terminal.Safe(s)
		if again := terminal.Safe(got); again != got {
			t.Errorf("Safe(Safe(%q)) = %q, Safe = %q", s, again, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool {
			return unicode.IsControl(r) && r != '\t' && r != '\n' || unicode.Is(unicode.Cf, r)
		}); i >= 0 {
			t.Errorf("Safe(%q) = %q lets a control through", s, got)
		}
	})
}

func TestRestoreGivesTermBack(t *testing.T) {
	terminal.Restore()
	before, set := os.LookupEnv("TERM")
	terminal.Restore()
	if after, still := os.LookupEnv("TERM"); after != before || still != set {
		t.Errorf("a second Restore changed TERM from %q to %q", before, after)
	}
}
