package mldsa

import (
	"crypto/sha3"
)

// The ring of FIPS 204: polynomials of degree below 256 with coefficients
// modulo q. A coefficient is kept in [0,q).
const (
	n       = 256
	q       = 8380417
	dropped = 13 // d: low bits of t that the public key leaves out
)

type poly [n]uint32

func mul(a, b uint32) uint32 { return uint32(uint64(a) * uint64(b) % q) }

func add(a, b uint32) uint32 {
	if a += b; a >= q {
		a -= q
	}
	return a
}

func sub(a, b uint32) uint32 {
	if a < b {
		a += q
	}
	return a - b
}

// plain is a number that may be negative, as a coefficient.
func plain(v int32) uint32 {
	if v < 0 {
		v += q
	}
	return uint32(v)
}

// centred is the representative of a coefficient nearest to zero.
func centred(a uint32) int32 {
	if a > (q-1)/2 {
		return int32(a) - q
	}
	return int32(a)
}

func (p *poly) add(a, b *poly) {
	for i := range p {
		p[i] = add(a[i], b[i])
	}
}

func (p *poly) sub(a, b *poly) {
	for i := range p {
		p[i] = sub(a[i], b[i])
	}
}

// multiply multiplies in the NTT domain.
func (p *poly) multiply(a, b *poly) {
	for i := range p {
		p[i] = mul(a[i], b[i])
	}
}

// exceeds says whether a coefficient is bound or more away from zero.
func (p *poly) exceeds(bound int32) bool {
	for _, a := range p {
		if c := centred(a); c >= bound || c <= -bound {
			return true
		}
	}
	return false
}

// roots are the powers of 1753, a 512th root of unity, in the order in which
// the transform wants them: exponents with their eight bits reversed.
//
//nolint:gochecknoglobals // a table that nothing changes
var roots = func() (z [n]uint32) {
	power := [n]uint32{1}
	for i := 1; i < n; i++ {
		power[i] = mul(power[i-1], 1753)
	}
	for i := range z {
		r := 0
		for bit := range 8 {
			r |= i >> bit & 1 << (7 - bit)
		}
		z[i] = power[r]
	}
	return z
}()

// ntt transforms in place (FIPS 204, algorithm 41).
func (p *poly) ntt() {
	m := 0
	for half := n / 2; half > 0; half /= 2 {
		for start := 0; start < n; start += 2 * half {
			m++
			for j := start; j < start+half; j++ {
				t := mul(roots[m], p[j+half])
				p[j+half] = sub(p[j], t)
				p[j] = add(p[j], t)
			}
		}
	}
}

// inverse transforms back (algorithm 42).
func (p *poly) inverse() {
	m := n
	for half := 1; half < n; half *= 2 {
		for start := 0; start < n; start += 2 * half {
			m--
			z := q - roots[m]
			for j := start; j < start+half; j++ {
				t := p[j]
				p[j] = add(t, p[j+half])
				p[j+half] = mul(z, sub(t, p[j+half]))
			}
		}
	}
	for i := range p {
		p[i] = mul(p[i], 8347681) // 1/256
	}
}

// hash is SHAKE256 of its arguments.
func hash(length int, parts ...[]byte) []byte {
	h := sha3.NewSHAKE256()
	for _, p := range parts {
		_, _ = h.Write(p) // a hash never fails
	}
	out := make([]byte, length)
	_, _ = h.Read(out)
	return out
}

// sampleUniform draws a polynomial in the NTT domain (algorithm 30).
func sampleUniform(rho []byte, s, r byte) (p poly) {
	g := sha3.NewSHAKE128()
	_, _ = g.Write(rho)
	_, _ = g.Write([]byte{s, r})
	var b [168]byte
	for i := 0; i < n; {
		_, _ = g.Read(b[:])
		for j := 0; j < len(b) && i < n; j += 3 {
			if v := uint32(b[j]) | uint32(b[j+1])<<8 | uint32(b[j+2]&0x7f)<<16; v < q {
				p[i] = v
				i++
			}
		}
	}
	return p
}

// sampleSmall draws a polynomial with coefficients in [-eta,eta] (algorithm 31).
func sampleSmall(eta int32, rho []byte, index uint16) (p poly) {
	h := sha3.NewSHAKE256()
	_, _ = h.Write(rho)
	_, _ = h.Write([]byte{byte(index), byte(index >> 8)})
	var b [136]byte
	for i := 0; i < n; {
		_, _ = h.Read(b[:])
		for _, v := range b {
			for _, half := range [2]int32{int32(v & 15), int32(v >> 4)} {
				switch {
				case i == n:
				case eta == 2 && half < 15:
					p[i] = plain(2 - half%5)
					i++
				case eta == 4 && half < 9:
					p[i] = plain(4 - half)
					i++
				}
			}
		}
	}
	return p
}

// sampleInBall draws a polynomial with tau coefficients of ±1 (algorithm 29).
func sampleInBall(tau int, seed []byte) (c poly) {
	h := sha3.NewSHAKE256()
	_, _ = h.Write(seed)
	var signs [8]byte
	_, _ = h.Read(signs[:])
	var b [1]byte
	for i := n - tau; i < n; i++ {
		for _, _ = h.Read(b[:]); int(b[0]) > i; {
			_, _ = h.Read(b[:])
		}
		j, bit := b[0], i+tau-n
		c[i] = c[j]
		c[j] = 1
		if signs[bit/8]>>(bit%8)&1 == 1 {
			c[j] = q - 1
		}
	}
	return c
}
