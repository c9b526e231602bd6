package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"
)

// DamageError is a history file that is not as it was written.
type DamageError struct {
	File string // base name
	Line int64  // from 1
	What string // what is wrong with that line
}

func (d *DamageError) Error() string { return fmt.Sprintf("%s: line %d %s", d.File, d.Line, d.What) }

// Read hands every call of the history at path to do, in order, with its
// number. It stops at the first error that do returns, and with a *DamageError at
// the first line that does not follow the one before it.
func Read(path string, do func(Record) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	return newScanner(file, filepath.Base(path)).pipe(do)
}

// Tail is Read for the history of a run whose process may have died: a last
// line that was not written whole is left out.
func Tail(path string, do func(Record) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	s := newScanner(file, filepath.Base(path))
	s.tornTail = true
	return s.run(do)
}

// ReadFrom is Read on a stream; name is what errors call it.
func ReadFrom(r io.Reader, name string, do func(Record) error) error {
	return newScanner(r, name).run(do)
}

// scanner reads a history and follows its chain.
type scanner struct {
	in       *bufio.Reader
	name     string
	onLine   func(line []byte) // each line that was found whole, with its line feed
	tornTail bool              // a last line without its line feed ends the file without an error

	lines   int64
	bytes   int64
	records int64
	chain   chain
	scratch []byte
	last    int64
	kinds   []kind
	words   []string
}

func newScanner(r io.Reader, name string) *scanner {
	return &scanner{in: bufio.NewReaderSize(r, maxLine), name: name, words: []string{""}}
}

func (s *scanner) damage(what string, args ...any) error {
	return &DamageError{File: s.name, Line: s.lines + 1, What: fmt.Sprintf(what, args...)}
}

func (s *scanner) run(do func(Record) error) error {
	for {
		line, err := s.in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			if s.lines == 0 {
				return s.damage("is missing: the file is empty")
			}
			return nil
		case errors.Is(err, io.EOF) && s.tornTail && s.lines > 0:
			return nil
		case errors.Is(err, io.EOF):
			return s.damage("is cut in the middle")
		case errors.Is(err, bufio.ErrBufferFull):
			return s.damage("is longer than any line of a history")
		case err != nil:
			return fmt.Errorf("read the history: %w", err)
		}
		if err := s.line(line, do); err != nil {
			return err
		}
	}
}

// line takes one whole line, with its line feed.
func (s *scanner) line(whole []byte, do func(Record) error) error {
	line := whole[:len(whole)-1]
	if len(line) <= linkLen+1 {
		return s.damage("is too short for a line of a history")
	}
	body := line[:len(line)-linkLen]
	next := s.chain.next(&s.scratch, body)
	if !next.matches(line) {
		return s.damage("does not follow the one before it: it was changed, or lines before it were taken out or put in")
	}
	var record Record
	var err error
	isCall := body[1] != '"'
	switch {
	case s.lines == 0:
		err = s.header(body)
	case isCall:
		record, err = s.record(body)
	default:
		err = s.definition(body)
	}
	if err != nil {
		return s.damage("%v", err)
	}
	s.chain = next
	s.lines++
	s.bytes += int64(len(whole))
	if s.onLine != nil {
		s.onLine(whole)
	}
	if isCall {
		return do(record)
	}
	return nil
}

func (s *scanner) header(body []byte) error {
	var zero time.Time
	var v int
	if err := unmarshalLine(body, magic, &v, &zero); err != nil {
		return err
	}
	if v != version {
		return fmt.Errorf("has format version %d, and this mrkctl reads %d", v, version)
	}
	s.last = zero.UnixNano()
	return nil
}

func (s *scanner) definition(body []byte) error {
	var n int
	if bytes.HasPrefix(body, []byte(`["word"`)) {
		var word string
		if err := unmarshalLine(body, "word", &n, &word); err != nil {
			return err
		}
		if n != len(s.words) {
			return fmt.Errorf("defines word %d where %d is next", n, len(s.words))
		}
		s.words = append(s.words, word)
		return nil
	}
	var k kind
	if err := unmarshalLine(body, "call", &n, &k.source, &k.from, &k.to, &k.op, &k.key); err != nil {
		return err
	}
	if n != len(s.kinds) {
		return fmt.Errorf("defines kind of call %d where %d is next", n, len(s.kinds))
	}
	s.kinds = append(s.kinds, k)
	return nil
}

// unmarshalLine reads the members of a line that begins with the given word.
func unmarshalLine(body []byte, first string, members ...any) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(append(bytes.Clone(body), ']'), &raw); err != nil {
		return fmt.Errorf("is not JSON: %w", err)
	}
	var head string
	if len(raw) != len(members)+1 || json.Unmarshal(raw[0], &head) != nil || head != first {
		return fmt.Errorf("is not a %q line", first)
	}
	for i, m := range members {
		if err := json.Unmarshal(raw[i+1], m); err != nil {
			return fmt.Errorf("member %d of a %q line: %w", i+2, first, err)
		}
	}
	return nil
}

func (s *scanner) record(body []byte) (Record, error) {
	n, err := parseCall(body)
	if err != nil {
		return Record{}, err
	}
	if n.kind < 0 || n.kind >= int64(len(s.kinds)) {
		return Record{}, fmt.Errorf("names kind of call %d, which no line before it defines", n.kind)
	}
	for _, w := range []int64{n.code, n.material} {
		if w < 0 || w >= int64(len(s.words)) {
			return Record{}, fmt.Errorf("names word %d, which no line before it defines", w)
		}
	}
	if n.outcome < 0 || n.outcome > int64(Unknown) || n.ct < 0 || addOverflows(s.last, n.due) || addOverflows(s.last+n.due, n.wait) {
		return Record{}, errNumber
	}
	s.last += n.due
	s.records++
	k := &s.kinds[n.kind]
	return Record{
		ID: s.records, Source: k.source, From: k.from, To: k.to, Op: k.op, Key: k.key,
		Due: time.Unix(0, s.last).UTC(), Start: time.Unix(0, s.last+n.wait).UTC(), Took: time.Duration(n.took),
		Outcome: Outcome(n.outcome), Code: s.words[n.code], Ciphertext: n.ct, Material: s.words[n.material], Plain: n.plain,
	}, nil
}

func addOverflows(a, b int64) bool {
	return (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b)
}
