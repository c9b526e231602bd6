package sim

import "testing"

// FuzzParseOutside: no bytes make the parser of external ciphertexts panic, and
// what it takes apart lies within them.
func FuzzParseOutside(f *testing.F) {
	head := append([]byte{1, outsideKind, madeByEncrypt, 0, 0x78}, make([]byte, 32)...)
	f.Add(append(head, 1, 9, 2, 1, 2, 1, 3, 0, 1, 7))
	f.Add(append(head, 0, 0, 0, 0, 0))
	f.Add(append(head, 255))
	f.Add(head)
	f.Fuzz(func(t *testing.T, blob []byte) {
		p, ok := parseOutside(blob)
		if !ok {
			return
		}
		s := p.outside
		if n := outsideHead + 3 + len(s.Metadata) + len(s.IV) + len(s.Tag) + 2 + len(s.Ciphertext); n != len(blob) {
			t.Errorf("%d bytes were taken apart into %d", len(blob), n)
		}
	})
}
