package material

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
)

var errAttestation = errors.New("not an attestation document of a Nitro enclave")

// Attestation is what KMS looks at in an attestation document.
type Attestation struct {
	// PublicKey is the enclave's, or the instance's: what answers are encrypted for.
	PublicKey *rsa.PublicKey
	// PCRs are the measurements, by the number of their register.
	PCRs map[uint64][]byte
	// TPM says that the document is NitroTPM's, of an instance, and not that of
	// an enclave.
	TPM bool
}

// ReadAttestation reads a Nitro attestation document: a COSE_Sign1 structure
// around a CBOR map. Certificates and signature are not checked, since a test
// has no enclave that could sign. It fails when there is no such document or no
// public key of at least 2048 bits in it.
func ReadAttestation(document []byte) (Attestation, error) {
	var a Attestation
	c := cbor{in: document}
	kind, size, ok := c.head()
	if ok && kind == cborTag {
		kind, size, ok = c.head()
	}
	if !ok || kind != cborArray || size != 4 || !c.skip(0) || !c.skip(0) {
		return a, errAttestation
	}
	payload, ok := c.bytes(cborBytes)
	if !ok || !a.fields(payload) || a.PublicKey == nil {
		return a, errAttestation
	}
	return a, nil
}

// fields reads the document's map.
func (a *Attestation) fields(payload []byte) bool {
	c := cbor{in: payload}
	kind, fields, ok := c.head()
	if !ok || kind != cborMap {
		return false
	}
	for range fields {
		name, ok := c.bytes(cborText)
		if !ok {
			return false
		}
		switch string(name) {
		case "public_key":
			der, isBytes := c.bytes(cborBytes)
			a.PublicKey, ok = attestedKey(der)
			ok = ok && isBytes
		case "pcrs", "nitrotpm_pcrs":
			a.TPM = string(name) == "nitrotpm_pcrs"
			a.PCRs, ok = c.registers()
		default:
			ok = c.skip(0)
		}
		if !ok {
			return false
		}
	}
	return true
}

func attestedKey(der []byte) (*rsa.PublicKey, bool) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, false
	}
	k, ok := public.(*rsa.PublicKey)
	return k, ok && k.N.BitLen() >= 2048
}

// registers reads a map of registers by their number.
func (c *cbor) registers() (map[uint64][]byte, bool) {
	kind, size, ok := c.head()
	if !ok || kind != cborMap || size > maxRegisters {
		return nil, false
	}
	pcrs := make(map[uint64][]byte, size)
	for range size {
		kind, number, ok := c.head()
		if !ok || kind != cborNumber {
			return nil, false
		}
		if pcrs[number], ok = c.bytes(cborBytes); !ok {
			return nil, false
		}
	}
	return pcrs, true
}

// maxRegisters is how many registers a document has at most.
const maxRegisters = 32

// The major types of CBOR (RFC 8949) that matter here.
const (
	cborNumber = 0
	cborBytes  = 2
	cborText   = 3
	cborArray  = 4
	cborMap    = 5
	cborTag    = 6
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
