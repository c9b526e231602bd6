package mrk

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Matrix is the proof that the members of a set are one key: what one made,
// each can open.
type Matrix struct {
	ID      string     `json:"id"`
	What    string     `json:"what"`    // encrypt and decrypt, sign and verify, or MAC
	Regions []string   `json:"regions"` // rows and columns
	Made    []Proof    `json:"made"`    // by each Region
	Opened  [][]Proof  `json:"opened"`  // Opened[i][j]: what Regions[i] made, at Regions[j]
	Holds   bool       `json:"holds"`   // every cell is good
	Silent  []Problem  `json:"silent,omitempty"`
	At      *time.Time `json:"at,omitempty"`
}

// Proof is one call of a matrix.
type Proof struct {
	OK       bool          `json:"ok"`
	Took     time.Duration `json:"took_ns"`
	Material string        `json:"material,omitempty"`
	Code     string        `json:"code,omitempty"`
	Message  string        `json:"message,omitempty"`
}

// token is what a member made: a ciphertext, a signature or a MAC.
type token struct {
	made      []byte
	algorithm string
}

// Verify encrypts 32 random bytes at each member and decrypts each result at
// every member (or signs and verifies, or makes and checks a MAC, by the key's
// usage). It is the only test of a standby that means something: metadata
// says Enabled of a key whose policy lets nobody use it.
func Verify(ctx context.Context, c Cloud, ref string) (Matrix, error) {
	place, err := Find(ctx, c, ref)
	if err != nil {
		return Matrix{}, err
	}
	now := c.Clock.Now()
	m := Matrix{ID: place.ID, Regions: place.Regions, Silent: place.Silent, At: &now, Holds: true}
	var sample Member
	for _, region := range place.Regions {
		if seen, ok := place.members[region]; ok {
			sample = seen
			break
		}
	}
	p, err := proverOf(sample)
	if err != nil {
		return Matrix{}, err
	}
	m.What = p.what
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return Matrix{}, fmt.Errorf("draw a random text: %w", err)
	}
	tokens := make([]token, len(m.Regions))
	m.Made = make([]Proof, len(m.Regions))
	c.inEach(m.Regions, func(i int, region string) {
		start := c.Clock.Now()
		var err error
		tokens[i], m.Made[i].Material, err = p.make(ctx, c, region, m.ID, secret)
		m.Made[i].finish(c, start, err)
	})
	m.Opened = make([][]Proof, len(m.Regions))
	for i := range m.Regions {
		m.Opened[i] = make([]Proof, len(m.Regions))
	}
	c.inEach(m.Regions, func(j int, region string) {
		for i := range m.Regions {
			cell := &m.Opened[i][j]
			if !m.Made[i].OK {
				cell.Code = "not-made"
				continue
			}
			start := c.Clock.Now()
			material, err := p.check(ctx, c, region, m.ID, tokens[i], secret)
			cell.Material = material
			cell.finish(c, start, err)
		}
	})
	for i := range m.Regions {
		m.Holds = m.Holds && m.Made[i].OK
		for _, cell := range m.Opened[i] {
			m.Holds = m.Holds && cell.OK
		}
	}
	m.Holds = m.Holds && len(m.Silent) == 0
	return m, nil
}

func (p *Proof) finish(c Cloud, start time.Time, err error) {
	p.Took = c.Clock.Now().Sub(start)
	p.OK = err == nil
	if err != nil {
		p.Code, p.Message = Code(err), err.Error()
		if p.Code == "" {
			p.Code = "wrong-answer"
		}
	}
}

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
	default:
		return prover{}, fmt.Errorf("%s is for %s, which mrkctl can't try out by itself", m.KeyID, m.Usage)
	}
}

func cipherProver(m Member) prover {
	algorithm := types.EncryptionAlgorithmSpecSymmetricDefault
	if m.Spec != string(types.KeySpecSymmetricDefault) {
		algorithm = types.EncryptionAlgorithmSpecRsaesOaepSha256
		if m.Spec == string(types.KeySpecSm2) {
			algorithm = types.EncryptionAlgorithmSpecSm2pke
		}
	}
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

// signingAlgorithm is the first that a key has.
func signingAlgorithm(ctx context.Context, c Cloud, region, id string) (types.SigningAlgorithmSpec, error) {
	out, err := call(ctx, c, region, c.Client(region).DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String(id)})
	if err != nil {
		return "", err
	}
	if out.KeyMetadata == nil || len(out.KeyMetadata.SigningAlgorithms) == 0 {
		return "", fmt.Errorf("%s in %s has no signing algorithm", id, region)
	}
	return out.KeyMetadata.SigningAlgorithms[0], nil
}

func macProver(m Member) prover {
	algorithm := types.MacAlgorithmSpec("HMAC_SHA_" + m.Spec[max(0, len(m.Spec)-3):])
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

// Unclear tells whether all that is missing from the proof are answers of
// Regions that could not be reached.
func (m Matrix) Unclear() bool {
	if m.Holds {
		return false
	}
	cells := slices.Clone(m.Made)
	for _, row := range m.Opened {
		cells = append(cells, row...)
	}
	return !slices.ContainsFunc(cells, func(p Proof) bool {
		return !p.OK && p.Code != wire.Unreachable && p.Code != "not-made"
	})
}
