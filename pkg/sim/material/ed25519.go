package material

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func makeEd25519(_ types.KeySpec, random io.Reader) ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
}

func canonicalEd25519(_ types.KeySpec, imported []byte) ([]byte, error) {
	k, err := readEd25519(imported)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}

func readEd25519(der []byte) (ed25519.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	k, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("not an Ed25519 private key")
	}
	return k, nil
}

func parseEd25519(_ types.KeySpec, secret []byte) (*Key, error) {
	k, err := readEd25519(secret)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return nil, err
	}
	return &Key{spki: spki, pkcs8: secret, signer: edKey(k)}, nil
}

type edKey ed25519.PrivateKey

// edOptions are the variants: ED25519_PH_SHA_512 signs a digest as Ed25519ph,
// ED25519_SHA_512 a whole message.
func edOptions(a types.SigningAlgorithmSpec) *ed25519.Options {
	if a == types.SigningAlgorithmSpecEd25519PhSha512 {
		return &ed25519.Options{Hash: crypto.SHA512}
	}
	return &ed25519.Options{}
}

func (k edKey) sign(_ io.Reader, a types.SigningAlgorithmSpec, _ types.MessageType, message []byte) ([]byte, error) {
	return ed25519.PrivateKey(k).Sign(nil, message, edOptions(a))
}

func (k edKey) verify(a types.SigningAlgorithmSpec, _ types.MessageType, message, signature []byte) bool {
	public, ok := ed25519.PrivateKey(k).Public().(ed25519.PublicKey)
	return ok && ed25519.VerifyWithOptions(public, message, signature, edOptions(a)) == nil
}
