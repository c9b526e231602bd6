package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Head is the end of a journal: everything before it is fixed by Sha.
type Head struct {
	Lines int64  // whole lines
	Sha   string // of the last one; empty when there is none
	Size  int64  // in bytes, of the whole lines
	Last  Kind   // kind of the last one
}

// LineError is a journal line that is not as it was written, with what is wrong.
type LineError struct {
	Name string // of the file
	Line int64  // from 1
	What string
	torn bool
}

// Error names the file, the line and what is wrong with it.
func (b *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", b.Name, b.Line, b.What) }

// longestLine bounds one line; a journal's longest holds the runbook.
const longestLine = 16 << 20

// Scan reads a journal and hands each event to f, in order, until it ends, f
// returns an error, or a line is not as it was written, which is an error of
// type *LineError. The Head is that of the lines before. A journal that ends early,
// after a whole line, is not an error here.
func Scan(r io.Reader, name string, f func(Event) error) (Head, error) {
	var head Head
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return head, nil
		}
		bad := &LineError{Name: name, Line: head.Lines + 1}
		switch {
		case errors.Is(err, io.EOF):
			bad.What, bad.torn = "cut: the line has no end", true
			return head, bad
		case errors.Is(err, bufio.ErrTooLong):
			bad.What = fmt.Sprintf("longer than %d bytes, which no journal line is", longestLine)
			return head, bad
		case err != nil:
			return head, fmt.Errorf("read journal %s: %w", name, err)
		}
		e, err := decode(line)
		if err != nil {
			bad.What = err.Error()
			return head, bad
		}
		if bad.What = follows(head, e); bad.What != "" {
			return head, bad
		}
		head = Head{Lines: e.N, Sha: e.Sha, Size: head.Size + int64(len(line)) + 1, Last: e.Kind}
		if err := f(e); err != nil {
			return head, err
		}
	}
}

// follows says what is wrong with an event as the next one after head.
func follows(head Head, e Event) string {
	switch {
	case e.N != head.Lines+1:
		return fmt.Sprintf("out of order: the line says it is number %d", e.N)
	case e.Prev != head.Sha:
		return "does not follow from the line before: one of the two was put here from elsewhere"
	}
	return ""
}

// readLine returns a line without its newline. At the end of the file it
// returns what is left and io.EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > longestLine {
			return line, bufio.ErrTooLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return line, err
		}
		return line[:len(line)-1], nil
	}
}

// Read returns the events of a journal. When a line is not as it was written
// it returns those before it, and an error of type *LineError. A journal that ends
// early is not an error: its drill may still run, or have died.
func Read(path string) ([]Event, error) {
	var events []Event
	_, err := scanFile(path, func(e Event) error {
		events = append(events, e)
		return nil
	})
	return events, err
}

// Verify checks that a journal is whole: every line as it was written, each
// following from the one before, and the last one the end of a drill.
func Verify(path string) (Head, error) {
	head, err := scanFile(path, func(Event) error { return nil })
	if err != nil {
		return head, err
	}
	if head.Last != DrillEnded {
		return head, &LineError{Name: path, Line: head.Lines + 1, What: fmt.Sprintf("cut: the journal ends after %d lines and its drill does not (no %s)", head.Lines, DrillEnded)}
	}
	return head, nil
}

// Tail returns what the journal of a run says whose process may have died. A
// torn last line is left out: no Append had acknowledged it.
func Tail(path string) ([]Event, error) {
	events, _, err := tail(path)
	return events, err
}

func tail(path string) ([]Event, Head, error) {
	var events []Event
	head, err := scanFile(path, func(e Event) error {
		events = append(events, e)
		return nil
	})
	var bad *LineError
	if errors.As(err, &bad) && bad.torn {
		err = nil
	}
	return events, head, err
}

func scanFile(path string, f func(Event) error) (Head, error) {
	in, err := os.Open(path)
	if err != nil {
		return Head{}, fmt.Errorf("read journal: %w", err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	return Scan(in, path, f)
}
