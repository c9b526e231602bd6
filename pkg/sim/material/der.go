package material

import (
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The object identifiers of keys.
func oid(arcs ...int) asn1.ObjectIdentifier { return arcs }

func oidECPublicKey() asn1.ObjectIdentifier { return oid(1, 2, 840, 10045, 2, 1) }

// subjectPublicKeyInfo writes a public key; parameters may be nil.
func subjectPublicKeyInfo(algorithm, parameters asn1.ObjectIdentifier, key []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addAlgorithm(b, algorithm, parameters)
		b.AddASN1BitString(key)
	})
	return b.BytesOrPanic() // the identifiers are constants and the rest has no way to fail
}

func addAlgorithm(b *cryptobyte.Builder, algorithm, parameters asn1.ObjectIdentifier) {
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(algorithm)
		if parameters != nil {
			b.AddASN1ObjectIdentifier(parameters)
		}
	})
}

// ecPKCS8 writes an elliptic-curve private key as AWS does: the inner structure
// repeats the curve and holds the public key.
func ecPKCS8(curve asn1.ObjectIdentifier, scalar, public []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, oidECPublicKey(), curve)
		b.AddASN1(casn1.OCTET_STRING, func(b *cryptobyte.Builder) {
			b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1OctetString(scalar)
				b.AddASN1(casn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(curve)
				})
				b.AddASN1(casn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1BitString(public)
				})
			})
		})
	})
	return b.BytesOrPanic()
}

// seedPKCS8 writes the private key of ML-KEM in the form that holds its seed
// alone (RFC 9935).
func seedPKCS8(algorithm asn1.ObjectIdentifier, seed []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, algorithm, nil)
		b.AddASN1(casn1.OCTET_STRING, func(b *cryptobyte.Builder) {
			b.AddASN1(casn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(seed) })
		})
	})
	return b.BytesOrPanic()
}

// readECPKCS8 reads the curve and the scalar of an elliptic-curve private key.
func readECPKCS8(der []byte) (curve asn1.ObjectIdentifier, scalar []byte, err error) {
	var outer, algorithm, octets, inner cryptobyte.String
	var kind asn1.ObjectIdentifier
	var version int
	in := cryptobyte.String(der)
	if !in.ReadASN1(&outer, casn1.SEQUENCE) || !in.Empty() ||
		!outer.ReadASN1Integer(&version) || version < 0 || version > 1 ||
		!outer.ReadASN1(&algorithm, casn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&kind) || !kind.Equal(oidECPublicKey()) ||
		!algorithm.ReadASN1ObjectIdentifier(&curve) || !algorithm.Empty() ||
		!outer.ReadASN1(&octets, casn1.OCTET_STRING) || !octets.ReadASN1(&inner, casn1.SEQUENCE) ||
		!inner.ReadASN1Integer(&version) || version != 1 ||
		!inner.ReadASN1((*cryptobyte.String)(&scalar), casn1.OCTET_STRING) {
		return nil, nil, errors.New("not an elliptic-curve private key in PKCS#8")
	}
	return curve, scalar, nil
}

// readECPublic reads the curve and the point of an elliptic-curve public key.
func readECPublic(der []byte) (curve asn1.ObjectIdentifier, point []byte, ok bool) {
	var outer, algorithm cryptobyte.String
	var kind asn1.ObjectIdentifier
	in := cryptobyte.String(der)
	ok = in.ReadASN1(&outer, casn1.SEQUENCE) && in.Empty() &&
		outer.ReadASN1(&algorithm, casn1.SEQUENCE) &&
		algorithm.ReadASN1ObjectIdentifier(&kind) && kind.Equal(oidECPublicKey()) &&
		algorithm.ReadASN1ObjectIdentifier(&curve) && algorithm.Empty() &&
		outer.ReadASN1BitStringAsBytes(&point) && outer.Empty()
	return curve, point, ok
}
