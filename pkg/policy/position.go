package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Span is where a statement stands in the text of its document, in bytes. The
// zero value is nowhere.
type Span struct{ From, To int }

// Start is the line and column of the span's beginning in its text, from 1.
func (s Span) Start(text string) (line, column int) { return position(text, s.From) }

// End is the line and column after the span's last character, from 1.
func (s Span) End(text string) (line, column int) { return position(text, s.To) }

func position(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	begins := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + len([]rune(before[begins:]))
}

// SyntaxError says where a document is no policy.
type SyntaxError struct {
	Line, Column int
	Err          error
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *SyntaxError) Unwrap() error { return e.Err }

// maxDepth bounds how deep a document may be nested; a policy needs eight.
const maxDepth = 32

// walk reads a document once, refuses a member that is given twice (which of
// the two counts would depend on the reader), and finds the statements.
func walk(text string) ([]Span, error) {
	w := walker{text: text, dec: json.NewDecoder(strings.NewReader(text))}
	w.dec.UseNumber()
	if err := w.value(0, ""); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		line, column := position(text, int(w.dec.InputOffset()))
		return nil, &SyntaxError{Line: line, Column: column, Err: err}
	}
	return w.statements, nil
}

type walker struct {
	text       string
	dec        *json.Decoder
	statements []Span
}

// value reads one value; path is Statement for the list of statements and its
// members, and empty for everything else.
func (w *walker) value(depth int, path string) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	from := w.begin()
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for w.dec.More() {
		inner := ""
		if open == '{' {
			name, err := w.dec.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string) // the decoder lets only strings stand here
			if seen[key] {
				return fmt.Errorf("%q is given twice", key)
			}
			seen[key] = true
			if depth == 0 && key == "Statement" {
				inner = key
			}
		} else if depth == 1 {
			inner = path
		}
		if err := w.value(depth+1, inner); err != nil {
			return err
		}
	}
	if _, err := w.dec.Token(); err != nil {
		return err
	}
	if path != "" && open == '{' {
		w.statements = append(w.statements, Span{from, int(w.dec.InputOffset())})
	}
	return nil
}

// begin is where the next value begins.
func (w *walker) begin() int {
	at := int(w.dec.InputOffset())
	for at < len(w.text) && strings.IndexByte(" \t\r\n,:", w.text[at]) >= 0 {
		at++
	}
	return at
}
