package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe returns s fit to be shown on a terminal. Descriptions, tags, alias
// names, policies and error messages come from an account that others may
// write to: escape sequences and control characters (tab and newline excepted)
// are dropped, and characters that reorder or hide text are spelled out, as in
// <U+202E>, so that nobody can draw a lie.
func Safe(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == esc {
			i += sequence(s[i:])
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\t' || r == '\n':
			b.WriteRune(r)
		case unicode.IsControl(r): // C0, DEL and C1
		case hidden(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

const esc = 0x1b

// plain says that s is printable ASCII throughout, as nearly everything is.
func plain(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' && s[i] != '\t' && s[i] != '\n') || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hidden says that a character changes the order of its neighbours or takes up
// no room: directional controls, joiners, tags.
func hidden(r rune) bool { return unicode.Is(unicode.Cf, r) }

// sequence returns the length of the escape sequence that s starts with. One
// that is cut off reaches to the end of s.
func sequence(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[': // CSI: parameters, then one final byte
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_': // OSC, DCS, SOS, PM, APC: text up to BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == esc && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	default: // ESC, intermediates, one final byte
		for i := 1; i < len(s); i++ {
			if s[i] >= 0x30 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x2f {
				return i
			}
		}
		return len(s)
	}
}
