package awsjson

import (
	"encoding/base64"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// appendStructure writes a structure of the SDK as a JSON object. A member
// that is nil or an empty string of a type with fixed values is left out;
// what cannot be absent in the Go type, such as a plain bool, is written.
func appendStructure(dst []byte, s *shape, v reflect.Value) []byte {
	dst = append(dst, '{')
	empty := true
	for i := range s.members {
		m := &s.members[i]
		f := v.Field(m.field)
		if absent(m.shape, f) {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = append(dst, m.quote...)
		dst = appendValue(dst, m.shape, f)
	}
	return append(dst, '}')
}

func absent(s *shape, v reflect.Value) bool {
	if s.pointer {
		return v.IsNil()
	}
	switch s.kind {
	case kindString:
		return v.Len() == 0
	case kindBlob, kindList, kindMap:
		return v.IsNil()
	default:
		return false
	}
}

func appendValue(dst []byte, s *shape, v reflect.Value) []byte {
	if s.pointer {
		v = v.Elem()
	}
	switch s.kind {
	case kindString:
		return appendString(dst, v.String())
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInteger:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindTime:
		return appendTime(dst, v.Interface().(time.Time))
	case kindBlob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"')
	case kindStructure:
		return appendStructure(dst, s, v)
	case kindList:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, s.element, v.Index(i))
		}
		return append(dst, ']')
	default: // kindMap
		return appendPairs(dst, v.Interface().(map[string]string))
	}
}

func appendPairs(dst []byte, pairs map[string]string) []byte {
	dst = append(dst, '{')
	for i, k := range slices.Sorted(maps.Keys(pairs)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, k)
		dst = append(dst, ':')
		dst = appendString(dst, pairs[k])
	}
	return append(dst, '}')
}

// appendTime writes seconds since 1970 with up to three decimals.
func appendTime(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		return strconv.AppendFloat(dst, math.Round(float64(ms))/1000, 'f', -1, 64)
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if ms %= 1000; ms > 0 {
		dst = append(dst, '.', byte('0'+ms/100))
		if ms%100 > 0 {
			dst = append(dst, byte('0'+ms/10%10))
			if ms%10 > 0 {
				dst = append(dst, byte('0'+ms%10))
			}
		}
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string. Text beyond ASCII is written as it is;
// bytes that are not UTF-8 become the replacement character.
func appendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, text[start:i]...)
				dst = append(dst, "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}
