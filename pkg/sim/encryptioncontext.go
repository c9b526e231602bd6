package sim

import (
	"encoding/binary"
	"slices"
)

// canonicalContext spells an encryption context so that equal maps give equal
// bytes and different maps different ones: pairs in the order of their keys,
// each string after its length. The empty context is empty.
func canonicalContext(m map[string]string) []byte {
	if len(m) == 0 {
		return nil
	}
	names := make([]string, 0, 8)
	size := 0
	for k, v := range m {
		names = append(names, k)
		size += len(k) + len(v) + 8
	}
	slices.Sort(names)
	b := make([]byte, 0, size)
	for _, k := range names {
		b = binary.BigEndian.AppendUint32(b, uint32(len(k)))
		b = append(b, k...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(m[k])))
		b = append(b, m[k]...)
	}
	return b
}

// contextPairs is the map that canonicalContext spelled.
func contextPairs(b string) map[string]string {
	pairs := map[string]string{}
	next := func() string {
		if len(b) < 4 {
			b = ""
			return ""
		}
		n := int(binary.BigEndian.Uint32([]byte(b[:4])))
		b = b[4:]
		if n > len(b) {
			n = len(b)
		}
		s := b[:n]
		b = b[n:]
		return s
	}
	for b != "" {
		k := next()
		pairs[k] = next()
	}
	return pairs
}
