package material

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secpecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	sm2ecdh "github.com/emmansun/gmsm/ecdh"
	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// curve is the group of an elliptic curve and what its library can do.
type curve struct {
	oid   asn1.ObjectIdentifier
	size  int // of a coordinate, in bytes
	order *big.Int
	// public is the point of a scalar, uncompressed. It fails when the scalar
	// is out of range.
	public func(scalar []byte) ([]byte, error)
	// shared is the first coordinate of a scalar times a point. It fails when
	// the point is not on the curve.
	shared func(scalar, point []byte) ([]byte, error)
	// verify checks an ECDSA signature in DER.
	verify func(point, digest, signature []byte) bool
}

func curveOf(spec types.KeySpec) (curve, bool) {
	switch spec {
	case types.KeySpecEccNistP256:
		return nist(ecdh.P256(), elliptic.P256(), oid(1, 2, 840, 10045, 3, 1, 7)), true
	case types.KeySpecEccNistP384:
		return nist(ecdh.P384(), elliptic.P384(), oid(1, 3, 132, 0, 34)), true
	case types.KeySpecEccNistP521:
		return nist(ecdh.P521(), elliptic.P521(), oid(1, 3, 132, 0, 35)), true
	case types.KeySpecEccSecgP256k1:
		return koblitz(), true
	case types.KeySpecSm2:
		return chinese(), true
	default:
		return curve{}, false
	}
}

// group is a group of points as the standard library and those that follow it
// have it.
type group[Private private[Public], Public interface{ Bytes() []byte }] interface {
	NewPrivateKey(scalar []byte) (Private, error)
	NewPublicKey(point []byte) (Public, error)
}

type private[Public any] interface {
	PublicKey() Public
	ECDH(peer Public) ([]byte, error)
}

// in is a curve with what its group can do.
func in[Private private[Public], Public interface{ Bytes() []byte }](g group[Private, Public], c curve) curve {
	c.public = func(scalar []byte) ([]byte, error) {
		k, err := g.NewPrivateKey(scalar)
		if err != nil {
			return nil, err
		}
		return k.PublicKey().Bytes(), nil
	}
	c.shared = func(scalar, point []byte) ([]byte, error) {
		k, err := g.NewPrivateKey(scalar)
		if err != nil {
			return nil, err
		}
		peer, err := g.NewPublicKey(point)
		if err != nil {
			return nil, err
		}
		return k.ECDH(peer)
	}
	return c
}

func nist(g ecdh.Curve, named elliptic.Curve, id asn1.ObjectIdentifier) curve {
	return in(g, curve{
		oid: id, size: (named.Params().BitSize + 7) / 8, order: named.Params().N,
		verify: func(point, digest, signature []byte) bool {
			pub, err := ecdsa.ParseUncompressedPublicKey(named, point)
			return err == nil && ecdsa.VerifyASN1(pub, digest, signature)
		},
	})
}

func koblitz() curve {
	return curve{
		oid: oid(1, 3, 132, 0, 10), size: 32, order: secp256k1.Params().N,
		public: func(scalar []byte) ([]byte, error) {
			var s secp256k1.ModNScalar
			if len(scalar) != 32 || s.SetByteSlice(scalar) || s.IsZero() {
				return nil, errors.New("scalar out of range")
			}
			return secp256k1.NewPrivateKey(&s).PubKey().SerializeUncompressed(), nil
		},
		shared: func([]byte, []byte) ([]byte, error) {
			return nil, errors.New("keys on this curve only sign")
		},
		verify: func(point, digest, signature []byte) bool {
			pub, err := secp256k1.ParsePubKey(point)
			r, s, ok := readSignature(signature)
			if err != nil || !ok || r.BitLen() > 256 || s.BitLen() > 256 {
				return false
			}
			var rn, sn secp256k1.ModNScalar
			if rn.SetByteSlice(r.FillBytes(make([]byte, 32))) || sn.SetByteSlice(s.FillBytes(make([]byte, 32))) {
				return false
			}
			return secpecdsa.NewSignature(&rn, &sn).Verify(digest, pub)
		},
	}
}

func chinese() curve {
	return in(sm2ecdh.P256(), curve{oid: oid(1, 2, 156, 10197, 1, 301), size: 32, order: sm2.P256().Params().N})
}

// drawScalar draws a number in [1,order), without noticeable bias: 64 bits more
// than needed, reduced.
func (c curve) drawScalar(random io.Reader) ([]byte, error) {
	b := make([]byte, c.size+8)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, err
	}
	k := new(big.Int).SetBytes(b)
	k.Mod(k, new(big.Int).Sub(c.order, big.NewInt(1))).Add(k, big.NewInt(1))
	return k.FillBytes(make([]byte, c.size)), nil
}

func makeECC(spec types.KeySpec, random io.Reader) ([]byte, error) {
	c, ok := curveOf(spec)
	if !ok {
		return nil, fmt.Errorf("no curve %s", spec)
	}
	scalar, err := c.drawScalar(random)
	if err != nil {
		return nil, err
	}
	return c.secret(scalar)
}

func (c curve) secret(scalar []byte) ([]byte, error) {
	public, err := c.public(scalar)
	if err != nil {
		return nil, err
	}
	return ecPKCS8(c.oid, scalar, public), nil
}

func canonicalECC(spec types.KeySpec, imported []byte) ([]byte, error) {
	der, err := toDER(imported)
	if err != nil {
		return nil, err
	}
	c, scalar, err := readECC(spec, der)
	if err != nil {
		return nil, err
	}
	return c.secret(scalar)
}

// readECC reads a private key of a spec's curve; the scalar has the curve's size.
func readECC(spec types.KeySpec, der []byte) (curve, []byte, error) {
	c, _ := curveOf(spec)
	id, scalar, err := readECPKCS8(der)
	switch {
	case err != nil:
		return c, nil, err
	case !id.Equal(c.oid):
		return c, nil, errors.New("the private key is on another curve")
	case len(scalar) > c.size:
		return c, nil, errors.New("the private key is too long for its curve")
	}
	return c, append(make([]byte, c.size-len(scalar)), scalar...), nil
}

// ecKey is a key pair on one of the Weierstrass curves.
type ecKey struct {
	curve
	scalar, point []byte
}

func parseECC(spec types.KeySpec, secret []byte) (*Key, error) {
	c, scalar, err := readECC(spec, secret)
	if err != nil {
		return nil, err
	}
	point, err := c.public(scalar)
	if err != nil {
		return nil, err
	}
	k := ecKey{c, scalar, point}
	return &Key{spki: subjectPublicKeyInfo(oidECPublicKey(), c.oid, point), pkcs8: secret, signer: k, agreer: k}, nil
}

func (k ecKey) sign(random io.Reader, a types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error) {
	d := new(big.Int).SetBytes(k.scalar)
	e := k.truncated(digest(a, form, message))
	for {
		nonce, err := k.drawScalar(random)
		if err != nil {
			return nil, err
		}
		point, err := k.public(nonce)
		if err != nil {
			return nil, err
		}
		r := new(big.Int).SetBytes(point[1 : 1+k.size])
		r.Mod(r, k.order)
		s := new(big.Int).Mul(r, d)
		s.Add(s, e).Mul(s, new(big.Int).ModInverse(new(big.Int).SetBytes(nonce), k.order)).Mod(s, k.order)
		if r.Sign() != 0 && s.Sign() != 0 {
			return writeSignature(r, s), nil
		}
	}
}

// truncated is the leftmost bits of a digest, as many as the order has.
func (k ecKey) truncated(digest []byte) *big.Int {
	e := new(big.Int).SetBytes(digest)
	if excess := 8*len(digest) - k.order.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	return e
}

func (k ecKey) verify(a types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) bool {
	return k.curve.verify(k.point, digest(a, form, message), signature)
}

func (k ecKey) agree(peer []byte) ([]byte, bool) {
	id, point, ok := readECPublic(peer)
	if !ok || !id.Equal(k.oid) {
		return nil, false
	}
	secret, err := k.shared(k.scalar, point)
	return secret, err == nil
}

// writeSignature writes the two numbers of a signature in DER.
func writeSignature(r, s *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	return b.BytesOrPanic() // two integers always fit
}

func readSignature(der []byte) (r, s *big.Int, ok bool) {
	r, s = new(big.Int), new(big.Int)
	var inner cryptobyte.String
	in := cryptobyte.String(der)
	ok = in.ReadASN1(&inner, casn1.SEQUENCE) && in.Empty() &&
		inner.ReadASN1Integer(r) && inner.ReadASN1Integer(s) && inner.Empty() && r.Sign() > 0 && s.Sign() > 0
	return r, s, ok
}

// Agree derives the shared secret of an elliptic-curve key and the public key
// of somebody else, given as SubjectPublicKeyInfo: the first coordinate, as
// long as the curve's field. A public key that is malformed or on another curve
// is a ValidationException without a text.
func (k *Key) Agree(peer []byte) ([]byte, error) {
	if k.agreer == nil {
		return nil, incompatible(types.KeyAgreementAlgorithmSpecEcdh, k.spec)
	}
	secret, ok := k.agreer.agree(peer)
	if !ok {
		return nil, refuse(validation, "")
	}
	return secret, nil
}
