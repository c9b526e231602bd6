package material

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem1024"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"

	"github.com/mrkctl/mrkctl/pkg/sim/material/mldsa"
)

// parseMLDSA expands a seed into a key pair of FIPS 204.
func parseMLDSA(spec types.KeySpec, secret []byte) (*Key, error) {
	p, arc := mldsa.MLDSA44(), 17
	switch spec {
	case types.KeySpecMlDsa65:
		p, arc = mldsa.MLDSA65(), 18
	case types.KeySpecMlDsa87:
		p, arc = mldsa.MLDSA87(), 19
	default: // ML_DSA_44, as set
	}
	k, err := mldsa.NewPrivateKey(p, secret)
	if err != nil {
		return nil, err
	}
	spki := subjectPublicKeyInfo(oid(2, 16, 840, 1, 101, 3, 4, 3, arc), nil, k.Public().Bytes())
	return &Key{spki: spki, signer: mldsaKey{k}}, nil
}

type mldsaKey struct{ private *mldsa.PrivateKey }

// mu is the message representative: given, or worked out from the message.
func (k mldsaKey) mu(form types.MessageType, message []byte) []byte {
	if form == types.MessageTypeExternalMu {
		return message
	}
	return k.private.Public().Mu(message)
}

func (k mldsaKey) sign(random io.Reader, _ types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error) {
	var b [mldsa.RandomSize]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	return k.private.Sign(b[:], k.mu(form, message)), nil
}

func (k mldsaKey) verify(_ types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) bool {
	return k.private.Public().Verify(k.mu(form, message), signature)
}

// mlkemOf is the scheme of a spec and its name in DER.
func mlkemOf(spec types.KeySpec) (kem.Scheme, asn1.ObjectIdentifier) {
	switch spec {
	case types.KeySpecMlKem768:
		return mlkem768.Scheme(), oid(2, 16, 840, 1, 101, 3, 4, 4, 2)
	case types.KeySpecMlKem1024:
		return mlkem1024.Scheme(), oid(2, 16, 840, 1, 101, 3, 4, 4, 3)
	default:
		return mlkem512.Scheme(), oid(2, 16, 840, 1, 101, 3, 4, 4, 1)
	}
}

// parseMLKEM expands two seeds into a key pair of FIPS 203.
func parseMLKEM(spec types.KeySpec, secret []byte) (*Key, error) {
	scheme, algorithm := mlkemOf(spec)
	if len(secret) != scheme.SeedSize() {
		return nil, fmt.Errorf("%d bytes, want %d", len(secret), scheme.SeedSize())
	}
	public, private := scheme.DeriveKeyPair(secret)
	encoded, err := public.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return &Key{
		spki: subjectPublicKeyInfo(algorithm, nil, encoded), pkcs8: seedPKCS8(algorithm, secret),
		kem: mlkemKey{scheme, public, private},
	}, nil
}

type mlkemKey struct {
	scheme  kem.Scheme
	public  kem.PublicKey
	private kem.PrivateKey
}

func (k mlkemKey) encapsulate(random io.Reader) (secret, ciphertext []byte, err error) {
	seed := make([]byte, k.scheme.EncapsulationSeedSize())
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, nil, err
	}
	ciphertext, secret, err = k.scheme.EncapsulateDeterministically(k.public, seed)
	return secret, ciphertext, err
}

func (k mlkemKey) decapsulate(ciphertext []byte) ([]byte, bool) {
	if len(ciphertext) != k.scheme.CiphertextSize() {
		return nil, false
	}
	secret, err := k.scheme.Decapsulate(k.private, ciphertext)
	return secret, err == nil
}

var errNoKEM = errors.New("the key does not encapsulate")

// Encapsulate makes a shared secret of 32 bytes and its encapsulated form.
func (k *Key) Encapsulate(random io.Reader) (secret, ciphertext []byte, err error) {
	if k.kem == nil {
		return nil, nil, errNoKEM
	}
	return k.kem.encapsulate(random)
}

// Decapsulate recovers a shared secret. A ciphertext of another length than the
// key's is an InvalidCiphertextException without a text; any other that the key
// has not made gives a secret that nobody else has, and no error: the implicit
// rejection of FIPS 203.
func (k *Key) Decapsulate(ciphertext []byte) ([]byte, error) {
	if k.kem == nil {
		return nil, errNoKEM
	}
	secret, ok := k.kem.decapsulate(ciphertext)
	if !ok {
		return nil, refuse(invalidCiphertext, "")
	}
	return secret, nil
}
