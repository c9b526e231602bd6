package sim_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestImportedPairsInSets: a set of imported MAC keys or key pairs wants the
// same bytes at every member, and then does the same everywhere (MRK-IMPORT-22,
// MRK-MAC-01, MRK-PAIR-01).
func TestImportedPairsInSets(t *testing.T) {
	l := newLab(t, "us-east-1", "eu-west-1")
	here, there := l.at("us-east-1"), l.at("eu-west-1")
	for spec, usage := range map[types.KeySpec]types.KeyUsageType{types.KeySpecHmac256: useToMac, types.KeySpecEccNistP256: useToSign} {
		key := l.create(here, spec, usage, external, func(in *kms.CreateKeyInput) { in.MultiRegion = aws.Bool(true) })
		first := importer{l, here, key, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa3072}
		secret := l.secretOf(spec, 1)
		l.done("import", second(first.load(secret)))
		l.done("replicate", second(here.ReplicateKey(l.ctx, &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: aws.String("eu-west-1")})))
		l.pass(time.Minute)
		replica := strings.Replace(*key, "us-east-1", "eu-west-1", 1)
		if m := l.metadata(there, &replica); m.KeyState != types.KeyStatePendingImport || m.CurrentKeyMaterialId != nil {
			t.Errorf("%s: the replica is %s", spec, m.KeyState)
		}
		other := importer{l, there, &replica, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa3072}
		_, err := other.load(l.secretOf(spec, 2))
		if err == nil || !strings.Contains(err.Error(), "IncorrectKeyMaterialException: Imported key material does not have the expected identifier (") {
			t.Errorf("%s: other key material: %v", spec, err)
		}
		l.done("import", second(other.load(secret)))
		if m := l.metadata(there, &replica); m.KeyState != types.KeyStateEnabled {
			t.Errorf("%s: the replica is %s", spec, m.KeyState)
		}
		if usage == useToMac {
			one, err := here.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: key, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			l.done("GenerateMac", err)
			two, err := there.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: &replica, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			l.done("GenerateMac", err)
			if !bytes.Equal(one.Mac, two.Mac) {
				t.Error("the members make different MACs")
			}
			continue
		}
		s, err := here.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		l.done("Sign", err)
		l.done("Verify", second(there.Verify(l.ctx, &kms.VerifyInput{KeyId: &replica, Message: []byte("m"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})))
		// Expiry and deletion are a member's own.
		l.done("delete", second(here.DeleteImportedKeyMaterial(l.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: key})))
		l.done("Verify", second(there.Verify(l.ctx, &kms.VerifyInput{KeyId: &replica, Message: []byte("m"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})))
		_, err = here.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		l.refused("without material", err, "KMSInvalidStateException", *key+" is pending import.")
	}
}
