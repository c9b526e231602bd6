package sim

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed recordings.txt
var recordings string

// Row is one thing that AWS was seen to do: a case of a recording.
type Row struct {
	// ID is its section and its place in it, such as 1/42.
	ID string `json:"id"`
	// Recording is the name of the section.
	Recording string `json:"recording"`
	// Says is what was done, and what came of it.
	Says string `json:"says"`
	// Rules are the ids of the rules that it bears out.
	Rules []string `json:"rules,omitempty"`
	// Tests are the files whose tests show it.
	Tests []string `json:"tests,omitempty"`
	// Repeats are the rows that say the same; they have its rules and tests.
	Repeats []string `json:"repeats,omitempty"`
	// NotShown is why no test shows it; empty when one does.
	NotShown string `json:"not_shown,omitempty"`
}

var (
	sectionLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^## (F?\d+(?:\.\d+)?) \((\d+)\) (.+)$`) })
	rowSpan     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(F?\d+(?:\.\d+)?)/(\d+)([a-z]?)(?:-(\d+))?$`) })
)

// Recordings lists what AWS was seen to do, row by row, in the order of the
// recordings. It fails when the list in this program is not well-formed.
func Recordings() ([]Row, error) {
	var rows []Row
	recording := ""
	for i, line := range strings.Split(recordings, "\n") {
		if m := sectionLine().FindStringSubmatch(line); m != nil {
			recording = m[3]
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("list of recordings, line %d: %w", i+1, err)
		}
		row.Recording = recording
		rows = append(rows, row)
	}
	return rows, nil
}

// parseRow reads one row of the list.
func parseRow(line string) (Row, error) {
	id, rest, _ := strings.Cut(line, " ")
	if spans, ok := expandRows(id); !ok || len(spans) != 1 {
		return Row{}, fmt.Errorf("%q is not the id of a row", id)
	}
	row := Row{ID: id}
	how, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	switch {
	case how == "-":
		row.NotShown = rest
	case strings.HasPrefix(how, "="):
		for span := range strings.SplitSeq(how[1:], ",") {
			same, ok := expandRows(span)
			if !ok {
				return row, fmt.Errorf("row %s repeats %q, which is no row", id, span)
			}
			row.Repeats = append(row.Repeats, same...)
		}
	default:
		row.Rules = strings.Split(how, ",")
		tests, words, _ := strings.Cut(rest, " ")
		row.Tests, rest = strings.Split(tests, ","), words
	}
	row.Says = rest
	if rest == "" {
		return row, fmt.Errorf("row %s is not a whole row", id)
	}
	return row, nil
}

// expandRows lists the rows of a span such as 1/24-26.
func expandRows(span string) ([]string, bool) {
	m := rowSpan().FindStringSubmatch(span)
	if m == nil {
		return nil, false
	}
	first, err := strconv.Atoi(m[2])
	last := first
	if err == nil && m[4] != "" {
		last, err = strconv.Atoi(m[4])
	}
	if err != nil || last < first || last-first > 1000 {
		return nil, false
	}
	var rows []string
	for n := first; n <= last; n++ {
		rows = append(rows, m[1]+"/"+strconv.Itoa(n)+m[3])
	}
	return rows, true
}
