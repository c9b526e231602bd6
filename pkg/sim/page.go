package sim

import (
	"crypto/sha256"
	"encoding/base64"
)

// page cuts one page out of a list. The marker says after which entry to go on;
// it carries a checksum, so that a made-up one is recognised: InvalidMarker
// has no message.
//
// Rules: MRK-LIST-01, MRK-LIST-02.
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
		last, ok := readMarker(*marker)
		if !ok {
			return nil, nil, fail(codeInvalidMarker, "")
		}
		// Lists that are paged this way are short or change rarely: when the
		// entry is gone, the list begins anew.
		for i := range list {
			if name(i) == last {
				from = i + 1
			}
		}
	}
	rest := list[from:]
	if len(rest) <= n {
		if rest == nil {
			rest = []T{}
		}
		return rest, nil, nil
	}
	next := makeMarker(name(from + n - 1))
	return rest[:n], &next, nil
}

// makeMarker names the last entry of a page.
func makeMarker(name string) string {
	sum := markerSum(name)
	return base64.RawURLEncoding.EncodeToString(append(sum[:], name...))
}

// readMarker is the name that makeMarker was given; false for anything that it
// did not make.
func readMarker(marker string) (string, bool) {
	b, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil || len(b) < 6 {
		return "", false
	}
	name := string(b[6:])
	sum := markerSum(name)
	return name, string(b[:6]) == string(sum[:])
}

func markerSum(name string) (sum [6]byte) {
	full := sha256.Sum256([]byte("mrkctl marker\x00" + name))
	copy(sum[:], full[:])
	return sum
}
