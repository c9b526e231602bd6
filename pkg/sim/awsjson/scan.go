package awsjson

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists of a body may nest. KMS has nothing
// deeper than four; the rest is room for members that are skipped.
const maxDepth = 64

// scanner reads JSON from a body, strictly. Its first error sticks.
type scanner struct {
	body  []byte
	at    int
	depth int
	bad   *serializationError
}

// serializationError is a body that is not what the protocol wants. AWS's
// texts for it are known from its other JSON services; for KMS they are assumed.
type serializationError struct{ text string }

func (s *scanner) fail(text string) {
	if s.bad == nil {
		s.bad = &serializationError{text}
	}
}

// next skips white space and returns the byte that follows, without taking it;
// zero at the end.
func (s *scanner) next() byte {
	for s.at < len(s.body) {
		switch c := s.body[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take takes the byte c if it is next.
func (s *scanner) take(c byte) bool {
	if s.next() == c && s.bad == nil {
		s.at++
		return true
	}
	return false
}

// want takes the byte c or fails.
func (s *scanner) want(c byte) {
	if !s.take(c) {
		s.fail("")
	}
}

// enter takes the opening byte of an object or list.
func (s *scanner) enter(c byte) {
	s.want(c)
	if s.depth++; s.depth > maxDepth {
		s.fail("")
	}
}

// more says whether another element follows in an object or list that end
// closes, and takes the comma or the end. first is for the caller's loop.
func (s *scanner) more(end byte, first *bool) bool {
	if s.bad != nil {
		return false
	}
	if s.take(end) {
		s.depth--
		return false
	}
	if !*first {
		s.want(',')
	}
	*first = false
	return s.bad == nil
}

// key reads the name of an object's member and the colon.
func (s *scanner) key() []byte {
	name := s.text()
	s.want(':')
	return name
}

// text reads a string. What it returns is a part of the body when nothing in
// it is escaped, and is to be copied by who keeps it.
func (s *scanner) text() []byte {
	if s.want('"'); s.bad != nil {
		return nil
	}
	start, plain := s.at, true
	for i := s.at; i < len(s.body); i++ {
		switch c := s.body[i]; {
		case c == '"':
			raw := s.body[start:i]
			s.at = i + 1
			if !plain && !utf8.Valid(raw) {
				s.fail("")
			}
			return raw
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			s.fail("")
			return nil
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.fail("")
	return nil
}

// escaped reads a string that has escapes in it, from its first byte.
func (s *scanner) escaped(start int) []byte {
	out := make([]byte, 0, len(s.body)-start)
	for i := start; i < len(s.body); i++ {
		c := s.body[i]
		switch {
		case c == '"':
			s.at = i + 1
			if !utf8.Valid(out) {
				s.fail("")
			}
			return out
		case c < 0x20:
			s.fail("")
			return nil
		case c != '\\':
			out = append(out, c)
			continue
		}
		i++
		if i == len(s.body) {
			break
		}
		switch c = s.body[i]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, size := s.unicode(i + 1)
			out = utf8.AppendRune(out, r)
			i += size
		default:
			s.fail("")
			return nil
		}
	}
	s.fail("")
	return nil
}

// unicode reads the digits of a \u escape at i, and those of a second one when
// the two are a surrogate pair. size is how many bytes it read.
func (s *scanner) unicode(i int) (r rune, size int) {
	first, ok := s.hex4(i)
	if !ok {
		s.fail("")
		return utf8.RuneError, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 4
	}
	if i+6 <= len(s.body) && s.body[i+4] == '\\' && s.body[i+5] == 'u' {
		if second, ok := s.hex4(i + 6); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func (s *scanner) hex4(i int) (rune, bool) {
	if i+4 > len(s.body) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(s.body[i:i+4]), 16, 16)
	return rune(v), err == nil
}

// number reads a number as it is written.
func (s *scanner) number() []byte {
	s.next()
	start := s.at
	digits := func() bool {
		from := s.at
		for s.at < len(s.body) && s.body[s.at] >= '0' && s.body[s.at] <= '9' {
			s.at++
		}
		return s.at > from
	}
	peek := func(set string) bool {
		if s.at < len(s.body) {
			for i := range len(set) {
				if s.body[s.at] == set[i] {
					s.at++
					return true
				}
			}
		}
		return false
	}
	peek("-")
	ok := digits()
	if ok && peek(".") {
		ok = digits()
	}
	if ok && peek("eE") {
		peek("+-")
		ok = digits()
	}
	if !ok {
		s.fail("")
		return nil
	}
	return s.body[start:s.at]
}

// literal takes true, false or null.
func (s *scanner) literal(word string) bool {
	if s.next() == word[0] && len(s.body)-s.at >= len(word) && string(s.body[s.at:s.at+len(word)]) == word {
		s.at += len(word)
		return true
	}
	return false
}

// skip reads a value of any kind and forgets it.
func (s *scanner) skip() {
	first := true
	switch c := s.next(); {
	case c == '{':
		for s.enter('{'); s.more('}', &first); {
			s.key()
			s.skip()
		}
	case c == '[':
		for s.enter('['); s.more(']', &first); {
			s.skip()
		}
	case c == '"':
		s.text()
	case c == '-' || c >= '0' && c <= '9':
		s.number()
	case s.literal("true"), s.literal("false"), s.literal("null"):
	default:
		s.fail("")
	}
}

// found names what comes next, for the text of a type error.
func (s *scanner) found() string {
	switch c := s.next(); c {
	case '{':
		return "Start of structure or map found where not expected."
	case '[':
		return "Start of list found where not expected"
	case '"':
		return "STRING_VALUE"
	case 't':
		return "TRUE_VALUE"
	case 'f':
		return "FALSE_VALUE"
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return "NUMBER_VALUE"
		}
		return ""
	}
}

// mismatch fails because the value that comes next is not of the wanted type.
func (s *scanner) mismatch(want string) {
	switch found := s.found(); {
	case found == "":
		s.fail("")
	case s.body[s.at] == '{' || s.body[s.at] == '[':
		s.fail(found)
	default:
		s.fail(found + " can not be converted to " + want)
	}
}
