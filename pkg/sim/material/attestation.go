package material

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
)

var errAttestation = errors.New("not an attestation document of a Nitro enclave")

// AttestedKey takes the enclave's RSA public key out of a Nitro attestation
// document: a COSE_Sign1 structure around a CBOR map. Certificates and
// signature are not checked, since a test has no enclave that could sign. It
// fails when there is no such document or no public key of at least 2048 bits
// in it.
func AttestedKey(document []byte) (*rsa.PublicKey, error) {
	c := cbor{in: document}
	kind, size, ok := c.head()
	if ok && kind == cborTag {
		kind, size, ok = c.head()
	}
	if !ok || kind != cborArray || size != 4 || !c.skip(0) || !c.skip(0) {
		return nil, errAttestation
	}
	payload, ok := c.bytes(cborBytes)
	if !ok {
		return nil, errAttestation
	}
	der, ok := attestedField(payload, "public_key")
	if !ok {
		return nil, errAttestation
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errAttestation
	}
	k, ok := public.(*rsa.PublicKey)
	if !ok || k.N.BitLen() < 2048 {
		return nil, errAttestation
	}
	return k, nil
}

// attestedField finds a byte string in the document's map.
func attestedField(payload []byte, name string) ([]byte, bool) {
	c := cbor{in: payload}
	kind, fields, ok := c.head()
	if !ok || kind != cborMap {
		return nil, false
	}
	for range fields {
		key, ok := c.bytes(cborText)
		if !ok {
			return nil, false
		}
		if string(key) == name {
			return c.bytes(cborBytes)
		}
		if !c.skip(0) {
			return nil, false
		}
	}
	return nil, false
}

// The major types of CBOR (RFC 8949) that matter here.
const (
	cborBytes = 2
	cborText  = 3
	cborArray = 4
	cborMap   = 5
	cborTag   = 6
	cborOther = 7
)

// cborDepth is how deep values may nest.
const cborDepth = 16

// cbor reads values from their beginning on. Lengths must be definite, as the
// Nitro hypervisor writes them.
type cbor struct{ in []byte }

// head reads the type and argument of the next value.
func (c *cbor) head() (kind byte, argument uint64, ok bool) {
	if len(c.in) == 0 {
		return 0, 0, false
	}
	kind, low := c.in[0]>>5, c.in[0]&0x1f
	c.in = c.in[1:]
	if low < 24 {
		return kind, uint64(low), true
	}
	if low > 27 {
		return 0, 0, false // indefinite or reserved
	}
	octets := 1 << (low - 24)
	if len(c.in) < octets {
		return 0, 0, false
	}
	var b [8]byte
	copy(b[8-octets:], c.in)
	c.in = c.in[octets:]
	return kind, binary.BigEndian.Uint64(b[:]), true
}

// bytes reads a string of that type.
func (c *cbor) bytes(want byte) ([]byte, bool) {
	kind, size, ok := c.head()
	if !ok || kind != want || size > uint64(len(c.in)) {
		return nil, false
	}
	s := c.in[:size]
	c.in = c.in[size:]
	return s, true
}

// skip passes over the next value.
func (c *cbor) skip(depth int) bool {
	kind, size, ok := c.head()
	if !ok || depth > cborDepth {
		return false
	}
	switch kind {
	case cborBytes, cborText:
		if size > uint64(len(c.in)) {
			return false
		}
		c.in = c.in[size:]
		return true
	case cborTag:
		return c.skip(depth + 1)
	case cborArray, cborMap:
		if size > uint64(len(c.in)) {
			return false // each item takes a byte at least
		}
		if kind == cborMap {
			size *= 2
		}
		for range size {
			if !c.skip(depth + 1) {
				return false
			}
		}
	}
	return true
}
