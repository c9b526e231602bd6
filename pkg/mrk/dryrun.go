package mrk

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// dryRun is a call that KMS only pretends to make. One that would succeed is
// answered with DryRunOperationException.
type dryRun struct {
	op  string
	try func(context.Context) error
}

// dryRuns are the calls on a key that KMS has a dry run for and that need
// nothing but the key (API reference, DryRun): what makes something, by the
// key's usage, and CreateGrant. No lifecycle call has one.
func dryRuns(c Cloud, m Member) []dryRun {
	client, id, yes := c.Client(m.Region), aws.String(m.KeyID), aws.Bool(true)
	something := []byte("mrkctl")
	var runs []dryRun
	add := func(op string, try func(context.Context) error) { runs = append(runs, dryRun{op, try}) }
	switch types.KeyUsageType(m.Usage) {
	case types.KeyUsageTypeEncryptDecrypt:
		algorithm := cipherAlgorithm(m)
		add("Encrypt", func(ctx context.Context) error {
			_, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: id, Plaintext: something, EncryptionAlgorithm: algorithm, DryRun: yes})
			return err
		})
		if algorithm == types.EncryptionAlgorithmSpecSymmetricDefault {
			add("GenerateDataKey", func(ctx context.Context) error {
				_, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: id, NumberOfBytes: aws.Int32(32), DryRun: yes})
				return err
			})
		}
	case types.KeyUsageTypeSignVerify:
		add("Sign", func(ctx context.Context) error {
			algorithm, err := signingAlgorithm(ctx, c, m.Region, m.KeyID)
			if err == nil {
				_, err = client.Sign(ctx, &kms.SignInput{KeyId: id, Message: something, SigningAlgorithm: algorithm, DryRun: yes})
			}
			return err
		})
	case types.KeyUsageTypeGenerateVerifyMac:
		add("GenerateMac", func(ctx context.Context) error {
			_, err := client.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: id, Message: something, MacAlgorithm: macAlgorithm(m), DryRun: yes})
			return err
		})
	case types.KeyUsageTypeKeyAgreement:
		if curve, ok := agreementCurve(m); ok {
			add("DeriveSharedSecret", func(ctx context.Context) error {
				peer, err := onePublicKey(curve)
				if err == nil {
					_, err = client.DeriveSharedSecret(ctx, &kms.DeriveSharedSecretInput{
						KeyId: id, PublicKey: peer, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, DryRun: yes,
					})
				}
				return err
			})
		}
	case types.KeyUsageTypeEncapsulateDecapsulate:
		add("Encapsulate", func(ctx context.Context) error {
			_, err := client.Encapsulate(ctx, &kms.EncapsulateInput{KeyId: id, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, DryRun: yes})
			return err
		})
	}
	if part := strings.SplitN(m.ARN, ":", 6); len(part) == 6 {
		root := "arn:" + part[1] + ":iam::" + part[4] + ":root"
		add("CreateGrant", func(ctx context.Context) error {
			_, err := client.CreateGrant(ctx, &kms.CreateGrantInput{
				KeyId: id, GranteePrincipal: aws.String(root), Operations: []types.GrantOperation{types.GrantOperationDescribeKey}, DryRun: yes,
			})
			return err
		})
	}
	return runs
}

// onePublicKey is the public half of a key pair that nobody keeps.
func onePublicKey(curve ecdh.Curve) ([]byte, error) {
	pair, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(pair.PublicKey())
}

// ClosedTo tells whether a key policy certainly lets nobody do something, be it
// by itself or by leaving it to IAM. Of a document that can't be read it is not
// known, and so it is not closed.
func ClosedTo(document, action string) bool {
	doc, err := policy.Parse(document)
	if err != nil {
		return false
	}
	covers := func(actions []string) bool {
		return slices.ContainsFunc(actions, func(a string) bool { return policy.Matches(strings.ToLower(a), strings.ToLower("kms:"+action)) })
	}
	return !slices.ContainsFunc(doc.Statements, func(s policy.Statement) bool {
		return !s.Deny && (covers(s.Actions) || len(s.NotActions) > 0 && !covers(s.NotActions))
	})
}

// closedTo tells it of a member's policy; one that was not read is not closed.
func (m Member) closedTo(action string) bool { return m.Policy != "" && ClosedTo(m.Policy, action) }
