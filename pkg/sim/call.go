package sim

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Call is who calls which endpoint, from where. The zero value is not usable:
// Region and Principal are needed.
type Call struct {
	// Region is the Region whose endpoint was called.
	Region string
	// From is the Region the caller sits in; empty means outside AWS.
	From string
	// Principal is the caller. It is not changed.
	Principal *Principal
	// RequestID names the request in the answer's header and in the trail;
	// zero means the world draws one and stores it here.
	RequestID RequestID
	// ViaService is the AWS service that calls on the principal's behalf, such
	// as s3.eu-west-1.amazonaws.com; empty for direct calls.
	ViaService string
	// Aside does work of the call that takes long and has nothing to do with the
	// world: making an RSA key, waiting for a proxy. Whoever has the world to
	// himself for the call can let others at it meanwhile, so that after each
	// use the world may have moved on. Nil does it on the spot.
	Aside func(work func())
}

// aside does work that others need not wait for.
func (c *Call) aside(work func()) {
	if c.Aside == nil {
		work()
		return
	}
	c.Aside(work)
}

// Principal is an identity of the simulated accounts.
type Principal struct {
	// ARN names it: an IAM user, a role's session, an account's root.
	ARN string
	// Account is the twelve-digit account it belongs to.
	Account string
	// ID is the unique identifier behind the ARN (AIDA…, AROA…:session).
	ID string
	// AccessKey is the id of the access key that signed; empty when none did.
	AccessKey string
	// Policies are its identity policies, as JSON documents. Nil means that it
	// may do whatever the key policy leaves to the account, an administrator; an
	// empty list that isn't nil means that it may do nothing by itself.
	Policies []string
	// Boundary and Session are the permissions boundary and the session policy,
	// as JSON documents; empty when there is none.
	Boundary, Session string
	// Service is the service principal's name when AWS itself calls.
	Service string
	// Operator marks the drill's own hand: faults that break an application's
	// permissions leave it able to mend them.
	Operator bool
}

// In is the principal as a partition names it: the same one, or a copy whose
// ARN is of that partition.
func (p *Principal) In(partition string) *Principal {
	rest, ok := strings.CutPrefix(p.ARN, "arn:")
	mine, name, named := strings.Cut(rest, ":")
	if !ok || !named || mine == partition {
		return p
	}
	there := *p
	there.ARN = "arn:" + partition + ":" + name
	return &there
}

// RequestID is the id of one request: a UUID as bytes.
type RequestID [16]byte

// String is the usual spelling of a UUID.
func (r RequestID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], r[0:4])
	b[8] = '-'
	hex.Encode(b[9:13], r[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], r[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], r[8:10])
	b[23] = '-'
	hex.Encode(b[24:36], r[10:16])
	return string(b[:])
}

// NewRequestID draws a request id from the world's randomness for the network,
// so that it disturbs neither keys nor ciphertexts. It is safe beside other
// calls.
func (w *World) NewRequestID() RequestID {
	hi, lo := w.noise.two()
	var r RequestID
	binary.BigEndian.PutUint64(r[:8], hi)
	binary.BigEndian.PutUint64(r[8:], lo)
	r[6] = r[6]&0x0f | 0x40
	r[8] = r[8]&0x3f | 0x80
	return r
}
