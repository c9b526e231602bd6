package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

func (d Document) writeMarkdown(w io.Writer) error {
	var b bytes.Buffer
	for i, t := range d.tables() {
		if i > 0 {
			b.WriteByte('\n')
		}
		if t.Title != "" {
			b.WriteString("**" + escapeMarkdown(t.Title) + "**\n\n")
		}
		t.markdown(&b)
	}
	for _, note := range d.Notes {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(escapeParagraph(note) + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// markdown writes the table as GitHub flavoured Markdown.
func (t Table) markdown(b *bytes.Buffer) {
	if len(t.Columns) == 0 {
		return
	}
	for _, c := range t.Columns {
		b.WriteString("| " + escapeMarkdown(c.Name) + " ")
	}
	b.WriteString("|\n")
	for _, c := range t.Columns {
		if c.Right {
			b.WriteString("|--:")
		} else {
			b.WriteString("|:--")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.Rows {
		for i := range t.Columns {
			b.WriteString("| " + escapeMarkdown(cell(row, i)) + " ")
		}
		b.WriteString("|\n")
	}
}

// escapeMarkdown makes foreign text plain text of a Markdown document: no
// markup, no HTML, no table cell of its own, no mention of a person and no link
// to an issue when it is posted where those mean something. A line break
// becomes a space.
func escapeMarkdown(s string) string {
	s = terminal.Safe(s)
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '\\', '|', '`', '*', '_', '[', ']', '~', '$':
			if r == '_' && insideWord(s, i) {
				b.WriteRune(r) // not markup there, and identifiers are full of them
				continue
			}
			b.WriteByte('\\')
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@', '#':
			b.WriteRune(r)
			if i+1 < len(s) && alphanumeric(s[i+1]) {
				// GitHub looks for mentions in the finished text, where an
				// entity is a plain character again; a comment parts them.
				b.WriteString("<!-- -->")
			}
		case '\n', '\t':
			b.WriteByte(' ')
		case ':', '.':
			// A scheme, and www alone, would become a link by itself.
			if strings.HasPrefix(s[i:], "://") || (r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www")) {
				fmt.Fprintf(&b, "&#%d;", r)
				continue
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeParagraph is escapeMarkdown for text that starts a line, where a dash,
// a hash or a number would begin a list or a heading.
func escapeParagraph(s string) string {
	s = strings.TrimLeft(escapeMarkdown(s), " ")
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch {
	case s == "":
		return s
	case strings.ContainsRune("-+=#", rune(s[0])):
		return `\` + s
	case digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')'):
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// insideWord says that the byte at i stands between two letters or digits.
func insideWord(s string, i int) bool {
	return i > 0 && i+1 < len(s) && alphanumeric(s[i-1]) && alphanumeric(s[i+1])
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
