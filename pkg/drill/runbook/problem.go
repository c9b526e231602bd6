package runbook

import (
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a runbook file. Line and Column count from 1.
type Position struct {
	Line, Column int
}

// Problem is one mistake in a runbook.
type Problem struct {
	Path string // the file
	Position
	What   string // what is wrong
	Want   string // what was expected, if that can be said
	Meant  string // what was probably meant, if anything is near
	source []string
}

// ProblemErrors are all the mistakes of one runbook, in the order of the file. It
// is the error that Load and Parse return for a runbook that can be read but
// not run.
type ProblemErrors []Problem

// ExitCode is that of a file which is not valid.
func (ProblemErrors) ExitCode() int { return 2 }

// Error prints every problem with its line, a caret under the column, what was
// expected and what was probably meant.
func (p ProblemErrors) Error() string {
	var b strings.Builder
	if len(p) > 1 {
		fmt.Fprintf(&b, "%d mistakes\n", len(p))
	}
	for i, one := range p {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(one.String())
	}
	return strings.TrimRight(b.String(), "\n")
}

// String prints one problem.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s\n", p.Path, p.Line, p.Column, p.What)
	const context = 2
	for n := max(1, p.Line-context); n <= p.Line && n <= len(p.source); n++ {
		mark := ' '
		if n == p.Line {
			mark = '>'
		}
		fmt.Fprintf(&b, "%c %4d | %s\n", mark, n, printable(p.source[n-1]))
	}
	if p.Line <= len(p.source) {
		fmt.Fprintf(&b, "%s^\n", strings.Repeat(" ", len("> 1234 | ")+max(0, p.Column-1)))
	}
	if p.Want != "" {
		fmt.Fprintf(&b, "  expected %s\n", p.Want)
	}
	if p.Meant != "" {
		fmt.Fprintf(&b, "  did you mean %q?\n", p.Meant)
	}
	return b.String()
}

// printable keeps a line of somebody's file from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, strings.TrimRight(s, "\r\n"))
}

func (p ProblemErrors) sorted() ProblemErrors {
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return p
}

// nearest returns the candidate that differs from word by few letters, or
// nothing when none is near.
func nearest(word string, candidates []string) string {
	best, distance := "", len(word)/3+2
	for _, c := range candidates {
		if d := edits(strings.ToLower(word), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// edits counts the letters to insert, drop, change or swap between two words.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	before, above := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(y)]
}
