package mldsa

// power2Round splits a coefficient into high bits and the low ones around zero
// (algorithm 35).
func power2Round(a uint32) (high, low uint32) {
	l := int32(a & (1<<dropped - 1))
	if l > 1<<(dropped-1) {
		l -= 1 << dropped
	}
	return uint32((int32(a) - l) >> dropped), plain(l)
}

// decompose splits a coefficient around multiples of 2·gamma2 (algorithm 36).
func decompose(gamma2 int32, a uint32) (high uint32, low int32) {
	low = int32(a) % (2 * gamma2)
	if low > gamma2 {
		low -= 2 * gamma2
	}
	if int32(a)-low == q-1 {
		return 0, low - 1
	}
	return uint32((int32(a) - low) / (2 * gamma2)), low
}

func highBits(gamma2 int32, p *poly) (h poly) {
	for i, a := range p {
		h[i], _ = decompose(gamma2, a)
	}
	return h
}

func lowBitsExceed(gamma2 int32, p *poly, bound int32) bool {
	for _, a := range p {
		if _, low := decompose(gamma2, a); low >= bound || low <= -bound {
			return true
		}
	}
	return false
}

// useHint corrects high bits by a hint (algorithm 40).
func useHint(gamma2 int32, hint bool, a uint32) uint32 {
	high, low := decompose(gamma2, a)
	if !hint {
		return high
	}
	m := uint32((q - 1) / (2 * gamma2))
	if low > 0 {
		return (high + 1) % m
	}
	return (high + m - 1) % m
}

// pack appends the low bits of each number, the first in the lowest bits.
func pack(out []byte, bits uint, value func(i int) uint32) []byte {
	var hold uint64
	var have uint
	for i := range n {
		hold |= uint64(value(i)) << have
		for have += bits; have >= 8; have -= 8 {
			out = append(out, byte(hold))
			hold >>= 8
		}
	}
	return out
}

// unpack reads 256 numbers of that many bits; in is 32·bits bytes long.
func unpack(in []byte, bits uint, each func(i int, v uint32)) {
	var hold uint64
	var have uint
	for i := range n {
		for ; have < bits; have += 8 {
			hold |= uint64(in[0]) << have
			in = in[1:]
		}
		each(i, uint32(hold&(1<<bits-1)))
		hold >>= bits
		have -= bits
	}
}

// packHints writes where the hints are (algorithm 20).
func packHints(out []byte, omega int, hints [][n]bool) []byte {
	b := make([]byte, omega+len(hints))
	index := 0
	for i := range hints {
		for j, on := range hints[i] {
			if on {
				b[index] = byte(j)
				index++
			}
		}
		b[omega+i] = byte(index)
	}
	return append(out, b...)
}

// unpackHints reads them back and refuses all but the one way to write them
// (algorithm 21).
func unpackHints(b []byte, omega, k int) ([][n]bool, bool) {
	hints := make([][n]bool, k)
	index := 0
	for i := range hints {
		end := int(b[omega+i])
		if end < index || end > omega {
			return nil, false
		}
		for first := index; index < end; index++ {
			if index > first && b[index-1] >= b[index] {
				return nil, false
			}
			hints[i][b[index]] = true
		}
	}
	for ; index < omega; index++ {
		if b[index] != 0 {
			return nil, false
		}
	}
	return hints, true
}
