package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// page cuts one page out of a list. The marker says after which entry to go on;
// it carries a checksum, so that a made-up one is recognised: InvalidMarker
// has no message (kms-recorded 3/36).
func page[T any](list []T, limit *int32, marker *string, normal, most int, name func(int) string) ([]T, *string, error) {
	n := normal
	if limit != nil {
		if err := outOfRange("limit", int64(*limit), 1, int64(most)); err != nil {
			return nil, nil, err
		}
		n = int(*limit)
	}
	from := 0
	if marker != nil {
		after, ok := openMarker(*marker)
		if !ok {
			return nil, nil, fail(codeInvalidMarker, "")
		}
		from = after(len(list), name)
	}
	rest := list[from:]
	if len(rest) <= n {
		if rest == nil {
			rest = []T{}
		}
		return rest, nil, nil
	}
	next := makeMarker(from+n-1, name(from+n-1))
	return rest[:n], &next, nil
}

// makeMarker names the last entry of a page: its place and its name, since the
// list may have changed by the time the next page is asked for.
func makeMarker(place int, name string) string {
	text := strconv.Itoa(place) + " " + name
	sum := sha256.Sum256([]byte("mrkctl marker\x00" + text))
	return base64.RawURLEncoding.EncodeToString(append(sum[:6], text...))
}

// openMarker returns how to find the place after the entry a marker names.
func openMarker(marker string) (func(length int, name func(int) string) int, bool) {
	b, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil || len(b) < 7 {
		return nil, false
	}
	text := string(b[6:])
	sum := sha256.Sum256([]byte("mrkctl marker\x00" + text))
	if string(sum[:6]) != string(b[:6]) {
		return nil, false
	}
	number, last, found := cutSpace(text)
	place, err := strconv.Atoi(number)
	if err != nil || !found || place < 0 {
		return nil, false
	}
	return func(length int, name func(int) string) int {
		if place < length && name(place) == last {
			return place + 1
		}
		for i := range length {
			if name(i) == last {
				return i + 1
			}
		}
		return min(place, length)
	}, true
}

func cutSpace(s string) (string, string, bool) {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
