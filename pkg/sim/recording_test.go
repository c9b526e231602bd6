package sim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// marker is how a test names the rows that it shows.
var marker = regexp.MustCompile(`\[(F?\d+(?:\.\d+)?/\d+[a-z]?(?:-\d+)?(?:, ?F?\d+(?:\.\d+)?/\d+[a-z]?(?:-\d+)?)*)\]`)

// testFile is what a file of tests says that it shows.
type testFile struct {
	rows  map[string]bool
	rules map[string]bool
}

// testFiles reads the tests of the world and of the wire, by the names under
// which the list of recordings has them.
func testFiles(t *testing.T) map[string]testFile {
	t.Helper()
	found := map[string]testFile{}
	for _, pattern := range []string{"*_test.go", "testdata/stories/*", "awsjson/*_test.go", "awsjson/testdata/decode"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f := testFile{map[string]bool{}, map[string]bool{}}
			for _, block := range comments(t, path, string(text)) {
				for _, m := range marker.FindAllStringSubmatch(block, -1) {
					for span := range strings.SplitSeq(m[1], ",") {
						rows, ok := expandRows(strings.TrimSpace(span))
						if !ok {
							t.Errorf("%s names the rows %s", path, span)
						}
						for _, r := range rows {
							f.rows[r] = true
						}
					}
				}
			}
			for _, id := range ruleID.FindAllString(string(text), -1) {
				f.rules[id] = true
			}
			found[strings.Replace(path, "testdata/", "", 1)] = f
		}
	}
	return found
}

// comments are the blocks of comments of a file. In a story a block that names
// rows must stand before the command that shows them: what nothing follows
// shows nothing.
func comments(t *testing.T, path, text string) []string {
	t.Helper()
	story := !strings.HasSuffix(path, ".go")
	var blocks []string
	block := ""
	for line := range strings.SplitSeq(text, "\n") {
		_, comment, ok := strings.Cut(line, "//")
		if story {
			comment, ok = strings.CutPrefix(line, "#")
		}
		if ok {
			block += comment
			continue
		}
		if story && strings.TrimSpace(line) == "" && marker.MatchString(block) {
			t.Errorf("%s: no command follows the rows of %q", path, block)
		}
		if block != "" {
			blocks, block = append(blocks, block), ""
		}
	}
	return append(blocks, block)
}

// TestEveryRecordedRowIsShown: each row of the list is claimed by recorded
// rules and named by the tests that show it, or says why not; and tests name
// no other rows than those of the list.
func TestEveryRecordedRowIsShown(t *testing.T) {
	rows, err := Recordings()
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]Rule{}
	for _, r := range Rules() {
		rules[r.ID] = r
	}
	files := testFiles(t)
	byID := map[string]Row{}
	for _, row := range rows {
		if _, twice := byID[row.ID]; twice {
			t.Errorf("row %s is listed twice", row.ID)
		}
		byID[row.ID] = row
	}
	for _, row := range rows {
		for _, id := range row.Rules {
			r, ok := rules[id]
			switch {
			case !ok:
				t.Errorf("row %s bears out %s, which is no rule", row.ID, id)
			case r.Confidence != Recorded:
				t.Errorf("row %s bears out %s, which is %s, not recorded", row.ID, id, r.Confidence)
			case !slices.ContainsFunc(row.Tests, func(name string) bool { return files[name].rules[id] }):
				t.Errorf("row %s: none of %v carries %s", row.ID, row.Tests, id)
			}
		}
		for name, f := range files {
			if f.rows[row.ID] != slices.Contains(row.Tests, name) {
				t.Errorf("row %s is shown by %v as the list has it; that %s names it is %v", row.ID, row.Tests, name, f.rows[row.ID])
			}
		}
		for _, name := range row.Tests {
			if _, ok := files[name]; !ok {
				t.Errorf("row %s is shown by %q, which is no test", row.ID, name)
			}
		}
		for _, other := range row.Repeats {
			if len(byID[other].Tests) == 0 {
				t.Errorf("row %s repeats %s, which nothing shows", row.ID, other)
			}
		}
	}
	for name, f := range files {
		for id := range f.rows {
			if _, ok := byID[id]; !ok {
				t.Errorf("%s names row %s, which is not listed", name, id)
			}
		}
	}
}

// TestNoRowIsMissing: sections have as many rows as they say, numbered without
// a gap, so that none can be dropped unnoticed.
func TestNoRowIsMissing(t *testing.T) {
	want, seen, next := 0, 0, 1
	section, total := "", 0
	end := func() {
		if seen != want {
			t.Errorf("section %s has %d rows, and says %d", section, seen, want)
		}
		total += seen
	}
	for line := range strings.SplitSeq(recordings, "\n") {
		if m := sectionLine().FindStringSubmatch(line); m != nil {
			end()
			section, seen, next = m[1], 0, 1
			want, _ = strconv.Atoi(m[2])
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		seen++
		row, err := parseRow(line)
		if err != nil {
			t.Fatal(err)
		}
		m := rowSpan().FindStringSubmatch(row.ID)
		n, _ := strconv.Atoi(m[2])
		if m[1] != section || m[3] == "" && n != next || m[3] != "" && n != next-1 {
			t.Errorf("row %s follows row %d of section %s", row.ID, next-1, section)
		}
		if m[3] == "" {
			next++
		}
	}
	end()
	if total != 716 {
		t.Errorf("%d rows are listed, 716 were recorded", total)
	}
}

// TestRecordedRulesHaveRows: a rule that is recorded has rows that bear it out,
// among them those that its source names.
func TestRecordedRulesHaveRows(t *testing.T) {
	rows, err := Recordings()
	if err != nil {
		t.Fatal(err)
	}
	borneOut := map[string]map[string]bool{}
	for _, row := range rows {
		for _, id := range row.Rules {
			if borneOut[id] == nil {
				borneOut[id] = map[string]bool{}
			}
			borneOut[id][row.ID] = true
		}
	}
	for _, r := range Rules() {
		if r.Confidence == Recorded && len(borneOut[r.ID]) == 0 {
			t.Errorf("%s is recorded, and no row bears it out", r.ID)
		}
		for _, id := range cited(r.Source) {
			if !borneOut[r.ID][id] {
				t.Errorf("%s has row %s for its source, which does not bear it out", r.ID, id)
			}
		}
	}
}

var citation = regexp.MustCompile(`[a-z_]+|\d+(?:\.\d+)?/\d+[a-z]?(?:-\d+)?|\d+[a-z]?(?:-\d+)?`)

// cited are the rows that a source names: the name of a recording, and the
// numbers of its rows until the next one.
func cited(source string) []string {
	sections := map[string]string{}
	for line := range strings.SplitSeq(recordings, "\n") {
		if m := sectionLine().FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[1], "F") && !strings.Contains(m[1], ".") {
			for name := range strings.SplitSeq(m[3], ", ") {
				sections[name] = m[1]
			}
		}
	}
	var rows []string
	section := ""
	for part := range strings.SplitSeq(source, ";") {
		for _, word := range citation.FindAllString(part, -1) {
			if s, ok := sections[word]; ok {
				section = s
				continue
			}
			if word[0] < '0' || word[0] > '9' || section == "" {
				continue
			}
			if !strings.Contains(word, "/") {
				word = section + "/" + word
			}
			if span, ok := expandRows(word); ok {
				rows = append(rows, span...)
			}
		}
		section = ""
	}
	return rows
}
