package mrk

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// prover makes something with a key in one Region and checks it in another.
type prover struct {
	what  string
	make  func(ctx context.Context, c Cloud, region, id string, secret []byte) (token, string, error)
	check func(ctx context.Context, c Cloud, region, id string, t token, secret []byte) (material string, err error)
}

// proverOf returns the proof that fits a key's usage.
func proverOf(m Member) (prover, error) {
	switch types.KeyUsageType(m.Usage) {
	case types.KeyUsageTypeEncryptDecrypt:
		return cipherProver(m), nil
	case types.KeyUsageTypeSignVerify:
		return signProver(), nil
	case types.KeyUsageTypeGenerateVerifyMac:
		return macProver(m), nil
	case types.KeyUsageTypeKeyAgreement:
		return agreementProver(m)
	case types.KeyUsageTypeEncapsulateDecapsulate:
		return encapsulationProver(), nil
	default:
		return prover{}, fmt.Errorf("%s is for %s, which mrkctl can't try out by itself", m.KeyID, m.Usage)
	}
}

// cipherAlgorithm is how a key for encryption encrypts.
func cipherAlgorithm(m Member) types.EncryptionAlgorithmSpec {
	switch types.KeySpec(m.Spec) {
	case types.KeySpecSymmetricDefault:
		return types.EncryptionAlgorithmSpecSymmetricDefault
	case types.KeySpecSm2:
		return types.EncryptionAlgorithmSpecSm2pke
	default:
		return types.EncryptionAlgorithmSpecRsaesOaepSha256
	}
}

func cipherProver(m Member) prover {
	algorithm := cipherAlgorithm(m)
	return prover{
		what: "encrypt and decrypt",
		make: func(ctx context.Context, c Cloud, region, id string, secret []byte) (token, string, error) {
			out, err := call(ctx, c, region, c.Client(region).Encrypt, &kms.EncryptInput{KeyId: aws.String(id), Plaintext: secret, EncryptionAlgorithm: algorithm})
			if err != nil {
				return token{}, "", err
			}
			return token{made: out.CiphertextBlob}, MaterialOf(out.CiphertextBlob), nil
		},
		check: func(ctx context.Context, c Cloud, region, id string, t token, secret []byte) (string, error) {
			out, err := call(ctx, c, region, c.Client(region).Decrypt, &kms.DecryptInput{KeyId: aws.String(id), CiphertextBlob: t.made, EncryptionAlgorithm: algorithm})
			if err != nil {
				return "", err
			}
			if !bytes.Equal(out.Plaintext, secret) {
				return "", fmt.Errorf("decrypt in %s gave another plaintext than was encrypted", region)
			}
			return aws.ToString(out.KeyMaterialId), nil
		},
	}
}

func signProver() prover {
	return prover{
		what: "sign and verify",
		make: func(ctx context.Context, c Cloud, region, id string, secret []byte) (token, string, error) {
			algorithm, err := signingAlgorithm(ctx, c, region, id)
			if err != nil {
				return token{}, "", err
			}
			out, err := call(ctx, c, region, c.Client(region).Sign, &kms.SignInput{KeyId: aws.String(id), Message: secret, SigningAlgorithm: algorithm})
			if err != nil {
				return token{}, "", err
			}
			return token{made: out.Signature, algorithm: string(algorithm)}, "", nil
		},
		check: func(ctx context.Context, c Cloud, region, id string, t token, secret []byte) (string, error) {
			out, err := call(ctx, c, region, c.Client(region).Verify, &kms.VerifyInput{
				KeyId: aws.String(id), Message: secret, Signature: t.made, SigningAlgorithm: types.SigningAlgorithmSpec(t.algorithm),
			})
			if err == nil && !out.SignatureValid {
				err = fmt.Errorf("verify in %s does not accept the signature", region)
			}
			return "", err
		},
	}
}

// signingAlgorithm is the first that a key has for a message as it is. The
// pre-hashed form of Ed25519 takes digests only.
func signingAlgorithm(ctx context.Context, c Cloud, region, id string) (types.SigningAlgorithmSpec, error) {
	out, err := call(ctx, c, region, c.Client(region).DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String(id)})
	if err != nil {
		return "", err
	}
	if out.KeyMetadata != nil {
		for _, a := range out.KeyMetadata.SigningAlgorithms {
			if a != types.SigningAlgorithmSpecEd25519PhSha512 {
				return a, nil
			}
		}
	}
	return "", fmt.Errorf("%s in %s has no signing algorithm", id, region)
}

// macAlgorithm is the one that an HMAC key has.
func macAlgorithm(m Member) types.MacAlgorithmSpec {
	return types.MacAlgorithmSpec("HMAC_SHA_" + m.Spec[max(0, len(m.Spec)-3):])
}

func macProver(m Member) prover {
	algorithm := macAlgorithm(m)
	return prover{
		what: "make and check a MAC",
		make: func(ctx context.Context, c Cloud, region, id string, secret []byte) (token, string, error) {
			out, err := call(ctx, c, region, c.Client(region).GenerateMac, &kms.GenerateMacInput{KeyId: aws.String(id), Message: secret, MacAlgorithm: algorithm})
			if err != nil {
				return token{}, "", err
			}
			return token{made: out.Mac}, "", nil
		},
		check: func(ctx context.Context, c Cloud, region, id string, t token, secret []byte) (string, error) {
			out, err := call(ctx, c, region, c.Client(region).VerifyMac, &kms.VerifyMacInput{KeyId: aws.String(id), Message: secret, Mac: t.made, MacAlgorithm: algorithm})
			if err == nil && !out.MacValid {
				err = fmt.Errorf("the MAC is not accepted in %s", region)
			}
			return "", err
		},
	}
}

// agreementCurve is the curve of a key agreement key, where Go knows it.
func agreementCurve(m Member) (ecdh.Curve, bool) {
	curve, ok := map[types.KeySpec]ecdh.Curve{
		types.KeySpecEccNistP256: ecdh.P256(), types.KeySpecEccNistP384: ecdh.P384(), types.KeySpecEccNistP521: ecdh.P521(),
	}[types.KeySpec(m.Spec)]
	return curve, ok
}

// agreementProver agrees on a secret with each member, as the other side of a
// key agreement would: with a key pair of its own that lives as long as the
// proof. What one member derives, every other must derive too.
func agreementProver(m Member) (prover, error) {
	curve, ok := agreementCurve(m)
	if !ok {
		return prover{}, fmt.Errorf("%s is a key agreement key of spec %s, whose other side mrkctl can't play", m.KeyID, m.Spec)
	}
	derive := func(ctx context.Context, c Cloud, region, id string, peer []byte) ([]byte, error) {
		out, err := call(ctx, c, region, c.Client(region).DeriveSharedSecret, &kms.DeriveSharedSecretInput{
			KeyId: aws.String(id), PublicKey: peer, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh,
		})
		if err != nil {
			return nil, err
		}
		return out.SharedSecret, nil
	}
	return prover{
		what: "agree on a secret",
		make: func(ctx context.Context, c Cloud, region, id string, _ []byte) (token, string, error) {
			mine, err := curve.GenerateKey(rand.Reader)
			if err != nil {
				return token{}, "", err
			}
			peer, err := x509.MarshalPKIXPublicKey(mine.PublicKey())
			if err != nil {
				return token{}, "", err
			}
			shared, err := derive(ctx, c, region, id, peer)
			if err != nil {
				return token{}, "", err
			}
			expected, err := agreed(ctx, c, region, id, mine)
			if err == nil && !bytes.Equal(shared, expected) {
				err = fmt.Errorf("the secret derived in %s is not the one that the other side derives", region)
			}
			return token{made: peer, shared: shared}, "", err
		},
		check: func(ctx context.Context, c Cloud, region, id string, t token, _ []byte) (string, error) {
			shared, err := derive(ctx, c, region, id, t.made)
			if err == nil && !bytes.Equal(shared, t.shared) {
				err = fmt.Errorf("the secret derived in %s is another", region)
			}
			return "", err
		},
	}, nil
}

// agreed is the secret that the other side derives from a member's public key.
func agreed(ctx context.Context, c Cloud, region, id string, mine *ecdh.PrivateKey) ([]byte, error) {
	der, err := publicKey(ctx, c, region, id)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	theirs, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the public key of %s in %s is a %T", id, region, parsed)
	}
	point, err := theirs.ECDH()
	if err != nil {
		return nil, err
	}
	return mine.ECDH(point)
}

// encapsulationProver encapsulates a secret at one member and recovers it at
// another.
func encapsulationProver() prover {
	return prover{
		what: "encapsulate and decapsulate",
		make: func(ctx context.Context, c Cloud, region, id string, _ []byte) (token, string, error) {
			out, err := call(ctx, c, region, c.Client(region).Encapsulate, &kms.EncapsulateInput{
				KeyId: aws.String(id), EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem,
			})
			if err != nil {
				return token{}, "", err
			}
			return token{made: out.SharedSecretCiphertextBlob, shared: out.SharedSecret}, "", nil
		},
		check: func(ctx context.Context, c Cloud, region, id string, t token, _ []byte) (string, error) {
			out, err := call(ctx, c, region, c.Client(region).Decapsulate, &kms.DecapsulateInput{
				KeyId: aws.String(id), SharedSecretCiphertextBlob: t.made, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem,
			})
			if err == nil && !bytes.Equal(out.SharedSecret, t.shared) {
				err = fmt.Errorf("decapsulate in %s gave another secret", region) // ML-KEM has no error for it
			}
			return "", err
		},
	}
}
