package material

import (
	"crypto"
	_ "crypto/sha256" // registers what the table below names
	_ "crypto/sha512"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/emmansun/gmsm/sm3"
)

// Signs says whether a key of a spec knows a signing algorithm.
func Signs(spec types.KeySpec, algorithm types.SigningAlgorithmSpec) bool {
	return slices.Contains(signingAlgorithms(spec), algorithm)
}

func signingAlgorithms(spec types.KeySpec) []types.SigningAlgorithmSpec {
	switch spec {
	case types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096:
		return []types.SigningAlgorithmSpec{
			types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.SigningAlgorithmSpecRsassaPkcs1V15Sha384,
			types.SigningAlgorithmSpecRsassaPkcs1V15Sha512, types.SigningAlgorithmSpecRsassaPssSha256,
			types.SigningAlgorithmSpecRsassaPssSha384, types.SigningAlgorithmSpecRsassaPssSha512,
		}
	case types.KeySpecEccNistP256, types.KeySpecEccSecgP256k1:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha256}
	case types.KeySpecEccNistP384:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha384}
	case types.KeySpecEccNistP521:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha512}
	case types.KeySpecEccNistEdwards25519:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEd25519PhSha512, types.SigningAlgorithmSpecEd25519Sha512}
	case types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecMlDsaShake256}
	case types.KeySpecSm2:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecSm2dsa}
	default:
		return nil
	}
}

// hashOf is the hash of an algorithm that has one of Go's; 0 for the others.
func hashOf(algorithm types.SigningAlgorithmSpec) crypto.Hash {
	switch {
	case strings.HasSuffix(string(algorithm), "_SHA_256"):
		return crypto.SHA256
	case strings.HasSuffix(string(algorithm), "_SHA_384"):
		return crypto.SHA384
	case strings.HasSuffix(string(algorithm), "_SHA_512"):
		return crypto.SHA512
	}
	return 0
}

// digestSize is how long a message has to be that is not RAW.
func digestSize(algorithm types.SigningAlgorithmSpec) int {
	switch algorithm {
	case types.SigningAlgorithmSpecMlDsaShake256:
		return 64 // µ
	case types.SigningAlgorithmSpecSm2dsa:
		return sm3.Size
	default:
		return hashOf(algorithm).Size()
	}
}

// checkMessage checks algorithm, form and length in the order in which AWS
// does.
func (k *Key) checkMessage(algorithm types.SigningAlgorithmSpec, form types.MessageType, message []byte) error {
	if k.signer == nil || !Signs(k.spec, algorithm) {
		return incompatible(algorithm, k.spec)
	}
	mldsa := algorithm == types.SigningAlgorithmSpecMlDsaShake256
	switch {
	case form == types.MessageTypeExternalMu && !mldsa, form == types.MessageTypeDigest && mldsa:
		return refuse(validation, "Message type %s is incompatible with key spec %s.", form, k.spec)
	case form == types.MessageTypeRaw && algorithm == types.SigningAlgorithmSpecEd25519PhSha512,
		form == types.MessageTypeDigest && algorithm == types.SigningAlgorithmSpecEd25519Sha512:
		return refuse(validation, "Message type %s is incompatible with algorithm %s.", form, algorithm)
	case form == types.MessageTypeExternalMu && len(message) != digestSize(algorithm):
		return refuse(validation, "External Mu is invalid length for algorithm %s.", algorithm)
	case form == types.MessageTypeDigest && len(message) != digestSize(algorithm):
		return refuse(validation, "Digest is invalid length for algorithm %s.", algorithm)
	}
	return nil
}

// Sign signs a message, a digest of one, or the µ of one; no form means RAW.
// RSASSA-PKCS1-v1_5 and Ed25519 give the same signature each time, the others
// another one. A *RefusalError says what AWS would refuse.
func (k *Key) Sign(random io.Reader, algorithm types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error) {
	form = rawUnless(form)
	if err := k.checkMessage(algorithm, form, message); err != nil {
		return nil, err
	}
	return k.signer.sign(random, algorithm, form, message)
}

// Verify checks a signature. One that is wrong is a KMSInvalidSignatureException
// without a text.
func (k *Key) Verify(algorithm types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) error {
	form = rawUnless(form)
	if err := k.checkMessage(algorithm, form, message); err != nil {
		return err
	}
	if !k.signer.verify(algorithm, form, message, signature) {
		return refuse(invalidSignature, "")
	}
	return nil
}

func rawUnless(form types.MessageType) types.MessageType {
	if form == "" {
		return types.MessageTypeRaw
	}
	return form
}

// digest hashes a raw message; what is a digest already stays as it is.
func digest(algorithm types.SigningAlgorithmSpec, form types.MessageType, message []byte) []byte {
	if form != types.MessageTypeRaw {
		return message
	}
	h := hashOf(algorithm).New()
	h.Write(message)
	return h.Sum(nil)
}
