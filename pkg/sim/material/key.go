package material

import (
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Key is key material ready for use. It never changes and may be used by
// several callers at once. The zero value can do nothing.
type Key struct {
	spec  types.KeySpec
	spki  []byte
	pkcs8 []byte
	// What the key can do; nil for what its family cannot.
	signer    signer
	encrypter encrypter
	agreer    agreer
	kem       encapsulator
	mac       macer
}

// signer signs what a message comes down to. For digests that is the hash, for
// the others the message itself; form says which.
type signer interface {
	sign(random io.Reader, algorithm types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error)
	verify(algorithm types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) bool
}

// encrypter is a key pair that encrypts.
type encrypter interface {
	encrypt(random io.Reader, algorithm types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error)
	decrypt(algorithm types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, bool)
}

// agreer derives a secret with the public key of somebody else.
type agreer interface {
	agree(peer []byte) ([]byte, bool)
}

// encapsulator is a key encapsulation mechanism.
type encapsulator interface {
	encapsulate(random io.Reader) (secret, ciphertext []byte, err error)
	decapsulate(ciphertext []byte) ([]byte, bool)
}

// macer authenticates messages.
type macer interface {
	authenticate(message []byte) []byte
}

// family is what differs between the kinds of key.
type family struct {
	// make draws a secret.
	make func(spec types.KeySpec, random io.Reader) ([]byte, error)
	// parse makes a secret usable. It fails on anything that is no secret of the spec.
	parse func(spec types.KeySpec, secret []byte) (*Key, error)
	// canonical turns imported key material into the secret; nil where nothing
	// can be imported.
	canonical func(spec types.KeySpec, imported []byte) ([]byte, error)
}

func familyOf(spec types.KeySpec) (family, bool) {
	switch spec {
	case types.KeySpecSymmetricDefault, types.KeySpecHmac224, types.KeySpecHmac256, types.KeySpecHmac384, types.KeySpecHmac512:
		return family{makeBytes, parseBytes, checkBytes}, true
	case types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096:
		return family{makeRSA, parseRSA, canonicalRSA}, true
	case types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521, types.KeySpecEccSecgP256k1:
		return family{makeECC, parseECC, canonicalECC}, true
	case types.KeySpecEccNistEdwards25519:
		return family{makeEd25519, parseEd25519, canonicalEd25519}, true
	case types.KeySpecSm2:
		return family{makeSM2, parseSM2, canonicalECC}, true
	case types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87:
		return family{makeSeed, parseMLDSA, nil}, true
	case types.KeySpecMlKem512, types.KeySpecMlKem768, types.KeySpecMlKem1024:
		return family{makeSeed, parseMLKEM, nil}, true
	default:
		return family{}, false
	}
}

// Generate draws a new secret of a spec. RSA takes longest: about a second at
// 4096 bits. It fails when the spec is unknown or the reader fails.
func Generate(spec types.KeySpec, random io.Reader) ([]byte, error) {
	f, ok := familyOf(spec)
	if !ok {
		return nil, fmt.Errorf("generate key material: unknown key spec %q", spec)
	}
	secret, err := f.make(spec, random)
	if err != nil {
		return nil, fmt.Errorf("generate key material of %s: %w", spec, err)
	}
	return secret, nil
}

// Parse makes a secret usable. It fails when it is not a secret of that spec.
func Parse(spec types.KeySpec, secret []byte) (*Key, error) {
	f, ok := familyOf(spec)
	if !ok {
		return nil, fmt.Errorf("parse key material: unknown key spec %q", spec)
	}
	k, err := f.parse(spec, secret)
	if err != nil {
		return nil, fmt.Errorf("parse key material of %s: %w", spec, err)
	}
	k.spec = spec
	return k, nil
}

// Canonical turns unwrapped key material, as a client imports it, into a
// secret: raw bytes of the right length for symmetric and HMAC keys, a PKCS#8
// structure for key pairs, in DER or in BER (AWS takes BER
// of RSA and of the Weierstrass curves, not of Ed25519). It fails when the
// material does not suit the spec.
func Canonical(spec types.KeySpec, imported []byte) ([]byte, error) {
	f, ok := familyOf(spec)
	if !ok || f.canonical == nil {
		return nil, fmt.Errorf("import key material: nothing can be imported into a key of spec %q", spec)
	}
	secret, err := f.canonical(spec, imported)
	if err != nil {
		return nil, fmt.Errorf("import key material of %s: %w", spec, err)
	}
	return secret, nil
}

// Spec is the key spec that the key was parsed as.
func (k *Key) Spec() types.KeySpec { return k.spec }

// Public is the public key as a SubjectPublicKeyInfo in DER, always the same
// bytes for one key; nil for keys without a public half. It is not to be
// changed.
func (k *Key) Public() []byte { return k.spki }

// PKCS8 is the private key as a PKCS#8 structure in DER, for key pairs that are
// handed out: RSA, ECC, SM2, and ML-KEM in its seed form. It is not to be
// changed.
func (k *Key) PKCS8() []byte { return k.pkcs8 }

// RefusalError is a request that AWS refuses because of what it asks of a key.
type RefusalError struct {
	// Code is the error's name on the wire.
	Code string
	// Text is AWS's text; empty where AWS sends none.
	Text string
}

// Error is code and text.
func (r *RefusalError) Error() string {
	if r.Text == "" {
		return r.Code
	}
	return r.Code + ": " + r.Text
}

func refuse(code, format string, args ...any) error {
	return &RefusalError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// The codes of refusals.
const (
	invalidUsage      = "InvalidKeyUsageException"
	invalidCiphertext = "InvalidCiphertextException"
	invalidMac        = "KMSInvalidMacException"
	invalidSignature  = "KMSInvalidSignatureException"
	validation        = "ValidationException"
)

// incompatible is the answer to an algorithm that a key cannot do.
func incompatible(algorithm any, spec types.KeySpec) error {
	return refuse(invalidUsage, "Algorithm %v is incompatible with key spec %s.", algorithm, spec)
}
