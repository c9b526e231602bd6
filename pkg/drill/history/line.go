package history

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// A history file is JSON, one array a line, of four kinds:
//
//	["mrkctl history",1,"2026-11-24T09:00:00Z","9f3a1c2b"]                      the first line: version, zero of the times
//	["call",0,"writers","us-east-1","us-east-1","Encrypt","payments","…"]       who calls where for what; records name it by number
//	["word",1,"ThrottlingException","…"]                                        an error code or a material id; word 0 is the empty one
//	[0,50000000,0,8200000,0,0,12,2,"0011223344556677","…"]                      one call
//
// The numbers of a call are: its kind; nanoseconds from the due time of the
// call before it to its own; from due to start; from start to answer; outcome;
// word of the code; ciphertext; word of the material; and, quoted, the hash of
// the plaintext. Noughts at the end are left out. The last member of every
// line is its link: the first four bytes of the chain, which is a SHA-256 over
// the chain of the line before and this line up to the link.
const (
	magic   = "mrkctl history"
	version = 1
	linkLen = len(`,"01234567"]`)
	maxLine = 1 << 16
)

// kind is what calls of one probe or step have in common.
type kind struct{ source, from, to, op, key string }

// chain runs along the lines of a file.
type chain [sha256.Size]byte

// next returns the chain after a line of which body is all but the link.
func (c chain) next(scratch *[]byte, body []byte) chain {
	*scratch = append(append((*scratch)[:0], c[:]...), body...)
	return sha256.Sum256(*scratch)
}

// appendLink ends a line.
func (c chain) appendLink(line []byte) []byte {
	line = append(line, ',', '"')
	line = hex.AppendEncode(line, c[:4])
	return append(line, '"', ']', '\n')
}

// matches reports whether a line, without its line feed, ends in the link of
// this chain.
func (c chain) matches(line []byte) bool {
	var room [linkLen + 1]byte
	want := c.appendLink(room[:0])
	return len(line) >= linkLen && string(line[len(line)-linkLen:]) == string(want[:linkLen])
}

func headerBody(zero time.Time) []byte {
	return fmt.Appendf(nil, `["%s",%d,"%s"`, magic, version, zero.UTC().Format(time.RFC3339Nano))
}

func kindBody(n int, k kind) []byte {
	body := strconv.AppendInt([]byte(`["call",`), int64(n), 10)
	for _, s := range []string{k.source, k.from, k.to, k.op, k.key} {
		body = append(append(body, ','), quote(s)...)
	}
	return body
}

func wordBody(n int, word string) []byte {
	body := strconv.AppendInt([]byte(`["word",`), int64(n), 10)
	return append(append(body, ','), quote(word)...)
}

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string always marshals
	return b
}

// numbers is a call as a line has it.
type numbers struct {
	kind     int64
	due      int64 // from the due time of the record before
	wait     int64
	took     int64
	outcome  int64
	code     int64
	ct       int64
	material int64
	plain    uint64
}

// appendBody writes a call without its link.
func (n *numbers) appendBody(line []byte) []byte {
	line = strconv.AppendInt(append(line, '['), n.kind, 10)
	line = strconv.AppendInt(append(line, ','), n.due, 10)
	line = strconv.AppendInt(append(line, ','), n.wait, 10)
	line = strconv.AppendInt(append(line, ','), n.took, 10)
	rest := [4]int64{n.outcome, n.code, n.ct, n.material}
	last := len(rest)
	if n.plain == 0 {
		for last > 0 && rest[last-1] == 0 {
			last--
		}
	}
	for _, v := range rest[:last] {
		line = strconv.AppendInt(append(line, ','), v, 10)
	}
	if n.plain != 0 {
		line = append(line, ',', '"')
		line = hex.AppendEncode(line, []byte{
			byte(n.plain >> 56), byte(n.plain >> 48), byte(n.plain >> 40), byte(n.plain >> 32),
			byte(n.plain >> 24), byte(n.plain >> 16), byte(n.plain >> 8), byte(n.plain),
		})
		line = append(line, '"')
	}
	return line
}

var (
	errNotACall = errors.New("is not a call as mrkctl writes it")
	errNumber   = errors.New("holds a number that no call can have")
)

// parseCall reads the body of a call's line. It accepts what appendBody writes
// and little else.
func parseCall(body []byte) (numbers, error) {
	var n numbers
	fields := [8]*int64{&n.kind, &n.due, &n.wait, &n.took, &n.outcome, &n.code, &n.ct, &n.material}
	if len(body) == 0 || body[0] != '[' {
		return n, errNotACall
	}
	rest := body[1:]
	for i := 0; ; i++ {
		if len(rest) > 0 && rest[0] == '"' {
			plain, err := parsePlain(rest)
			n.plain = plain
			if err == nil && i != len(fields) {
				err = errNotACall
			}
			return n, err
		}
		if i == len(fields) {
			return n, errNotACall
		}
		value, used := parseInt(rest)
		if used == 0 {
			return n, errNotACall
		}
		*fields[i] = value
		rest = rest[used:]
		if len(rest) == 0 {
			if i < 3 {
				return n, errNotACall
			}
			return n, nil
		}
		if rest[0] != ',' {
			return n, errNotACall
		}
		rest = rest[1:]
	}
}

func parsePlain(quoted []byte) (uint64, error) {
	if len(quoted) != 18 || quoted[17] != '"' {
		return 0, errNotACall
	}
	var raw [8]byte
	if _, err := hex.Decode(raw[:], quoted[1:17]); err != nil {
		return 0, errNotACall
	}
	var v uint64
	for _, b := range raw {
		v = v<<8 | uint64(b)
	}
	return v, nil
}

// parseInt reads a decimal number from the start of b and says how many bytes
// it took, 0 when there is none that fits.
func parseInt(b []byte) (value int64, used int) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	start := i
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		digit := int64(b[i] - '0')
		if value > (math.MaxInt64-digit)/10 {
			return 0, 0
		}
		value = value*10 + digit
	}
	if i == start || (b[start] == '0' && (i > start+1 || negative)) {
		return 0, 0
	}
	if negative {
		value = -value
	}
	return value, i
}
