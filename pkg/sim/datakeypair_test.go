package sim_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// TestDataKeyPairs is the recordings rsa and ecc: MRK-PAIR-15, MRK-CRYPTO-13
// [14/20-21, 15/18]. A blob is 157 to 162 bytes longer than the private key in it.
func TestDataKeyPairs(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	key := l.create(c, "", "")
	for spec, want := range map[types.DataKeyPairSpec][2]int{
		types.DataKeyPairSpecRsa4096: {2374, 2536}, types.DataKeyPairSpecRsa2048: {1217, 1379},
		types.DataKeyPairSpecEccNistP256: {150, 307}, types.DataKeyPairSpecEccNistP384: {194, 355},
		types.DataKeyPairSpecEccNistP521: {250, 412}, types.DataKeyPairSpecEccSecgP256k1: {144, 301},
		types.DataKeyPairSpecEccNistEdwards25519: {48, 201},
	} {
		if testing.Short() && spec == types.DataKeyPairSpecRsa4096 {
			continue
		}
		context := map[string]string{"app": "payments"}
		out, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: spec, EncryptionContext: context})
		l.done(string(spec), err)
		// The numbers in an RSA key are now and then a byte shorter.
		slack := 0
		if spec == types.DataKeyPairSpecRsa2048 || spec == types.DataKeyPairSpecRsa4096 {
			slack = 6
		}
		if d := len(out.PrivateKeyPlaintext) - want[0]; d < -slack || d > slack {
			t.Errorf("%s: private key of %d bytes, want %d", spec, len(out.PrivateKeyPlaintext), want[0])
		}
		if overhead := len(out.PrivateKeyCiphertextBlob) - len(out.PrivateKeyPlaintext); overhead != want[1]-want[0] {
			t.Errorf("%s: blob is %d bytes longer, want %d", spec, overhead, want[1]-want[0])
		}
		if out.PrivateKeyCiphertextBlob[2] != 3 || out.KeyPairSpec != spec || *out.KeyId != *key || out.KeyMaterialId == nil {
			t.Errorf("%s: %+v", spec, out)
		}
		opened, err := c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: out.PrivateKeyCiphertextBlob, EncryptionContext: context})
		l.done("decrypt", err)
		if !bytes.Equal(opened.Plaintext, out.PrivateKeyPlaintext) {
			t.Errorf("%s: another private key comes back", spec)
		}
		if spec != types.DataKeyPairSpecEccSecgP256k1 { // crypto/x509 does not know that curve
			if _, err := x509.ParsePKCS8PrivateKey(out.PrivateKeyPlaintext); err != nil {
				t.Errorf("%s: %v", spec, err)
			}
			if _, err := x509.ParsePKIXPublicKey(out.PublicKey); err != nil {
				t.Errorf("%s: %v", spec, err)
			}
		}
		without, err := c.GenerateDataKeyPairWithoutPlaintext(l.ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: key, KeyPairSpec: spec})
		l.done("without plaintext", err)
		if len(without.PublicKey) == 0 || len(without.PrivateKeyCiphertextBlob) == 0 || without.KeyMaterialId == nil || bytes.Equal(without.PublicKey, out.PublicKey) {
			t.Errorf("%s: %+v", spec, without)
		}
	}
	// ML-KEM private keys are seeds, of one length (API reference; MRK-PAIR-20).
	for spec, public := range map[types.DataKeyPairSpec]int{types.DataKeyPairSpecMlKem512: 822, types.DataKeyPairSpecMlKem768: 1206, types.DataKeyPairSpecMlKem1024: 1590} {
		out, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: spec})
		l.done(string(spec), err)
		if len(out.PrivateKeyPlaintext) != 86 || len(out.PublicKey) != public {
			t.Errorf("%s: private key of %d bytes, public key of %d", spec, len(out.PrivateKeyPlaintext), len(out.PublicKey))
		}
		k, err := material.Parse(types.KeySpec(spec), out.PrivateKeyPlaintext[22:])
		l.done("parse", err)
		if !bytes.Equal(k.Public(), out.PublicKey) {
			t.Errorf("%s: the seed has another public key", spec)
		}
	}
	_, err := c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256, DryRun: aws.Bool(true)})
	l.refused("dry run", err, "DryRunOperationException", dryRun)
	_, err = c.GenerateDataKeyPairWithoutPlaintext(l.ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256, DryRun: aws.Bool(true)})
	l.refused("dry run", err, "DryRunOperationException", dryRun)
	_, err = c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecSm2})
	l.refused("SM2 outside China", err, "UnsupportedOperationException", "")
}
