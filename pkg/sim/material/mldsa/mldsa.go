// Package mldsa is the signature scheme ML-DSA of FIPS 204, of which it offers
// what libraries keep to themselves and KMS needs: the random bytes of a
// signature come from the caller, and a message may be given as its
// representative µ, to sign and to verify.
//
// It is written for a simulator: it is not constant-time.
package mldsa

import (
	"bytes"
	"errors"
)

// Parameters is one of the three parameter sets.
type Parameters struct {
	k, l, omega, tau  int
	eta, beta         int32
	gamma1, gamma2    int32
	challenge         int // bytes of c~
	zBits, w1Bits     uint
	signature, public int
}

// The parameter sets of FIPS 204, table 1.
func set(k, l, omega, tau int, eta, gamma1, gamma2 int32, lambda int) Parameters {
	p := Parameters{
		k: k, l: l, omega: omega, tau: tau, eta: eta, beta: eta * int32(tau), gamma1: gamma1, gamma2: gamma2,
		challenge: lambda / 4, zBits: 18, w1Bits: 6,
	}
	if gamma1 == 1<<19 {
		p.zBits, p.w1Bits = 20, 4
	}
	p.public = 32 + 320*k
	p.signature = p.challenge + 32*int(p.zBits)*l + omega + k
	return p
}

// MLDSA44 is the parameter set of security category 2.
func MLDSA44() Parameters { return set(4, 4, 80, 39, 2, 1<<17, (q-1)/88, 128) }

// MLDSA65 is the parameter set of security category 3.
func MLDSA65() Parameters { return set(6, 5, 55, 49, 4, 1<<19, (q-1)/32, 192) }

// MLDSA87 is the parameter set of security category 5.
func MLDSA87() Parameters { return set(8, 7, 75, 60, 2, 1<<19, (q-1)/32, 256) }

const (
	// SeedSize is the length of a private key's seed ξ.
	SeedSize = 32
	// RandomSize is the length of a signature's random bytes.
	RandomSize = 32
	// MuSize is the length of a message representative µ.
	MuSize = 64
)

// PrivateKey is an expanded private key. It never changes.
type PrivateKey struct {
	public *PublicKey
	key    []byte // K
	s1, s2 []poly // in the NTT domain, as is t0
	t0     []poly
}

// PublicKey is an expanded public key. It never changes.
type PublicKey struct {
	p      Parameters
	bytes  []byte
	hashed []byte // tr
	matrix []poly // k rows of l, in the NTT domain
	t1     []poly // times 2^13, in the NTT domain
}

// NewPrivateKey expands a seed (algorithm 6). It fails when the seed is not
// SeedSize bytes long.
func NewPrivateKey(p Parameters, seed []byte) (*PrivateKey, error) {
	if len(seed) != SeedSize {
		return nil, errors.New("ml-dsa private key: the seed must be 32 bytes long")
	}
	expanded := hash(128, seed, []byte{byte(p.k), byte(p.l)})
	rho, secret, key := expanded[:32], expanded[32:96], expanded[96:]
	priv := &PrivateKey{key: key, s1: make([]poly, p.l), s2: make([]poly, p.k), t0: make([]poly, p.k)}
	matrix := expandMatrix(p, rho)
	for i := range priv.s1 {
		priv.s1[i] = sampleSmall(p.eta, secret, uint16(i))
		priv.s1[i].ntt()
	}
	pk := append(make([]byte, 0, p.public), rho...)
	for i := range priv.s2 {
		s2 := sampleSmall(p.eta, secret, uint16(p.l+i))
		t := row(matrix[i*p.l:], priv.s1)
		t.inverse()
		t.add(&t, &s2)
		pk = pack(pk, 10, func(j int) uint32 {
			high, low := power2Round(t[j])
			priv.t0[i][j] = low
			return high
		})
		s2.ntt()
		priv.s2[i] = s2
		priv.t0[i].ntt()
	}
	public, err := NewPublicKey(p, pk)
	priv.public = public
	return priv, err
}

// NewPublicKey reads an encoded public key. It fails when the length is wrong.
func NewPublicKey(p Parameters, encoded []byte) (*PublicKey, error) {
	if len(encoded) != p.public {
		return nil, errors.New("ml-dsa public key: wrong length")
	}
	pub := &PublicKey{p: p, bytes: bytes.Clone(encoded), hashed: hash(64, encoded), matrix: expandMatrix(p, encoded[:32]), t1: make([]poly, p.k)}
	for i := range pub.t1 {
		t := &pub.t1[i]
		unpack(encoded[32+320*i:], 10, func(j int, v uint32) { t[j] = v << dropped })
		t.ntt()
	}
	return pub, nil
}

func expandMatrix(p Parameters, rho []byte) []poly {
	m := make([]poly, 0, p.k*p.l)
	for r := range p.k {
		for s := range p.l {
			m = append(m, sampleUniform(rho, byte(s), byte(r)))
		}
	}
	return m
}

// row multiplies one row of the matrix with a vector.
func row(matrix, vector []poly) (sum poly) {
	var product poly
	for i := range vector {
		product.multiply(&matrix[i], &vector[i])
		sum.add(&sum, &product)
	}
	return sum
}

// Public is the public half.
func (priv *PrivateKey) Public() *PublicKey { return priv.public }

// Bytes is the encoded public key. It is not to be changed.
func (pub *PublicKey) Bytes() []byte { return pub.bytes }

// Mu is the representative of a message under an empty context string.
func (pub *PublicKey) Mu(message []byte) []byte {
	return hash(MuSize, pub.hashed, []byte{0, 0}, message)
}

// Sign signs a message representative of MuSize bytes with RandomSize random
// bytes (algorithm 7). The same random bytes give the same signature.
func (priv *PrivateKey) Sign(random, mu []byte) []byte {
	p := priv.public.p
	seed := hash(64, priv.key, random, mu)
	y, yHat, w := make([]poly, p.l), make([]poly, p.l), make([]poly, p.k)
	for kappa := 0; ; kappa += p.l {
		for i := range y {
			index := kappa + i
			unpack(hash(32*int(p.zBits), seed, []byte{byte(index), byte(index >> 8)}), p.zBits, func(j int, v uint32) {
				y[i][j] = plain(p.gamma1 - int32(v))
			})
			yHat[i] = y[i]
			yHat[i].ntt()
		}
		var w1 []byte
		for i := range w {
			w[i] = row(priv.public.matrix[i*p.l:], yHat)
			w[i].inverse()
			high := highBits(p.gamma2, &w[i])
			w1 = pack(w1, p.w1Bits, func(j int) uint32 { return high[j] })
		}
		challenge := hash(p.challenge, mu, w1)
		if rest, ok := priv.respond(challenge, y, w); ok {
			return append(challenge, rest...)
		}
	}
}

// respond answers a challenge, unless the answer would tell about the key.
func (priv *PrivateKey) respond(challenge []byte, y, w []poly) ([]byte, bool) {
	p := priv.public.p
	c := sampleInBall(p.tau, challenge)
	c.ntt()
	var out []byte
	for i := range y {
		z := times(&c, &priv.s1[i])
		z.add(&z, &y[i])
		if z.exceeds(p.gamma1 - p.beta) {
			return nil, false
		}
		out = pack(out, p.zBits, func(j int) uint32 { return uint32(p.gamma1 - centred(z[j])) })
	}
	hints, count := make([][n]bool, p.k), 0
	for i := range w {
		cs2 := times(&c, &priv.s2[i])
		var r poly
		r.sub(&w[i], &cs2)
		if lowBitsExceed(p.gamma2, &r, p.gamma2-p.beta) {
			return nil, false
		}
		ct0 := times(&c, &priv.t0[i])
		if ct0.exceeds(p.gamma2) {
			return nil, false
		}
		var with poly
		with.add(&r, &ct0)
		for j := range with {
			before, _ := decompose(p.gamma2, r[j])
			after, _ := decompose(p.gamma2, with[j])
			if before != after {
				hints[i][j] = true
				count++
			}
		}
	}
	if count > p.omega {
		return nil, false
	}
	return packHints(out, p.omega, hints), true
}

// times multiplies two polynomials of the NTT domain and transforms back.
func times(a, b *poly) (p poly) {
	p.multiply(a, b)
	p.inverse()
	return p
}

// Verify checks a signature of a message representative (algorithm 8).
func (pub *PublicKey) Verify(mu, signature []byte) bool {
	p := pub.p
	if len(signature) != p.signature || len(mu) != MuSize {
		return false
	}
	challenge, rest := signature[:p.challenge], signature[p.challenge:]
	z := make([]poly, p.l)
	for i := range z {
		unpack(rest, p.zBits, func(j int, v uint32) { z[i][j] = plain(p.gamma1 - int32(v)) })
		if z[i].exceeds(p.gamma1 - p.beta) {
			return false
		}
		z[i].ntt()
		rest = rest[32*p.zBits:]
	}
	hints, ok := unpackHints(rest, p.omega, p.k)
	if !ok {
		return false
	}
	c := sampleInBall(p.tau, challenge)
	c.ntt()
	var w1 []byte
	for i := range pub.t1 {
		w := row(pub.matrix[i*p.l:], z)
		var ct1 poly
		ct1.multiply(&c, &pub.t1[i])
		w.sub(&w, &ct1)
		w.inverse()
		w1 = pack(w1, p.w1Bits, func(j int) uint32 { return useHint(p.gamma2, hints[i][j], w[j]) })
	}
	return bytes.Equal(challenge, hash(p.challenge, mu, w1))
}
