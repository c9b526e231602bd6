package policy

import (
	"slices"
	"strings"
)

// A condition on a text splits all texts into those that satisfy it and the
// rest. Several conditions on the same key split them into classes in which
// every text satisfies the same conditions. One example of each class stands for
// all of it, so that trying the examples tries everything.

// pattern is one text that a condition compares with.
type pattern struct {
	text string
	wild bool // * and ? stand for others
	fold bool // case does not count
	arn  bool // a wildcard stays within its part of an ARN
}

// maxTexts and maxSteps bound the search for examples, by the texts that are
// visited and by letters compared; beyond either they are incomplete.
const (
	maxTexts = 2500
	maxSteps = 20_000_000
)

// examples returns one text for every class that patterns make, and whether
// those are all.
func examples(patterns []pattern) (texts []string, all bool) {
	if !slices.ContainsFunc(patterns, func(p pattern) bool { return p.fold || p.wild && strings.ContainsAny(p.text, "*?") }) {
		for _, p := range patterns {
			texts = append(texts, p.text)
		}
		slices.Sort(texts)
		texts = slices.Compact(texts)
		return append(texts, other(texts)), true
	}
	return newSearch(patterns).run()
}

// other is a text that is none of some.
func other(texts []string) string {
	text := "other"
	for slices.Contains(texts, text) {
		text += "'"
	}
	return text
}

// search walks through the texts letter by letter, all patterns side by side,
// and visits each combination of places in the patterns once.
type search struct {
	patterns [][]rune
	of       []pattern
	letters  []rune
	limit    int // of texts
	seen     map[string]bool
	found    map[string]string // by which patterns match
}

func newSearch(patterns []pattern) *search {
	s := &search{of: patterns, seen: map[string]bool{}, found: map[string]string{}}
	letters := map[rune]bool{':': true}
	long := 1
	for _, p := range patterns {
		s.patterns = append(s.patterns, []rune(p.text))
		long += len(p.text)
		for _, r := range p.text {
			letters[r] = true
			if p.fold {
				for _, v := range strings.ToLower(string(r)) + strings.ToUpper(string(r)) {
					letters[v] = true
				}
			}
		}
	}
	fresh := 'x'
	for letters[fresh] {
		fresh++
	}
	letters[fresh] = true
	for r := range letters {
		s.letters = append(s.letters, r)
	}
	slices.Sort(s.letters)
	s.limit = min(maxTexts, maxSteps/(long*len(s.letters)))
	return s
}

// places are the positions at which each pattern may stand after a text.
type places [][]bool

func (s *search) run() (texts []string, all bool) {
	type step struct {
		at   places
		text string
	}
	start := make(places, len(s.patterns))
	for i, p := range s.patterns {
		start[i] = make([]bool, len(p)+1)
		start[i][0] = true
		s.skip(i, start[i])
	}
	queue := []step{{start, ""}}
	s.seen[start.key()] = true
	for len(queue) > 0 {
		now := queue[0]
		queue = queue[1:]
		if match := s.matched(now.at); s.found[match] == "" && (now.text != "" || strings.Contains(match, "1")) {
			s.found[match] = now.text
			texts = append(texts, now.text)
		}
		for _, r := range s.letters {
			next := s.step(now.at, r)
			if key := next.key(); !s.seen[key] {
				if len(s.seen) >= s.limit {
					return texts, false
				}
				s.seen[key] = true
				queue = append(queue, step{next, now.text + string(r)})
			}
		}
	}
	return texts, true
}

// skip lets stars stand for nothing.
func (s *search) skip(i int, at []bool) {
	for j, r := range s.patterns[i] {
		if at[j] && r == '*' && s.of[i].wild {
			at[j+1] = true
		}
	}
}

func (s *search) step(at places, r rune) places {
	next := make(places, len(at))
	for i, p := range s.patterns {
		next[i] = make([]bool, len(p)+1)
		colons := 0
		for j, want := range p {
			if at[i][j] {
				bound := s.of[i].arn && colons < 5 && r == ':'
				switch {
				case want == '*' && s.of[i].wild:
					next[i][j] = next[i][j] || !bound
				case want == '?' && s.of[i].wild:
					next[i][j+1] = next[i][j+1] || !bound
				case want == r || s.of[i].fold && strings.EqualFold(string(want), string(r)):
					next[i][j+1] = true
				}
			}
			if want == ':' {
				colons++
			}
		}
		s.skip(i, next[i])
	}
	return next
}

func (s *search) matched(at places) string {
	match := make([]byte, len(at))
	for i := range at {
		match[i] = '0'
		if at[i][len(at[i])-1] {
			match[i] = '1'
		}
	}
	return string(match)
}

func (p places) key() string {
	var b strings.Builder
	for _, at := range p {
		for _, here := range at {
			if here {
				b.WriteByte('1')
			} else {
				b.WriteByte('0')
			}
		}
		b.WriteByte('/')
	}
	return b.String()
}
