package awsjson

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// whole metadata, and what it lacks.
const (
	metadataMembers = "AWSAccountId Arn CreationDate CustomerMasterKeySpec Description Enabled EncryptionAlgorithms KeyId KeyManager KeySpec KeyState KeyUsage MultiRegion Origin"
	rotationMembers = "KeyId KeyMaterialId KeyMaterialState"
)

// answers is a served world and what it last answered, as it came.
type answers struct {
	*testing.T
	ctx  context.Context
	wire *tape
}

// has checks which members the last answer has under a path, and that it has
// no others. In a path * is any one element of a list.
func (a answers) has(path, want string) {
	a.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.wire.body), &v); err != nil {
		a.Fatalf("%s: %s: %v", path, a.wire.body, err)
	}
	for step := range strings.FieldsSeq(path) {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			if len(x) == 0 {
				a.Fatalf("%s: an empty list in %s", path, a.wire.body)
			}
			v = x[0]
			if step == "last" {
				v = x[len(x)-1]
			}
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		a.Fatalf("%s is no object in %s", path, a.wire.body)
	}
	a.Log(path)
	members(a.T, object, strings.Fields(want)...)
}

// ok stops at an error.
func (a answers) ok(_ any, err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// TestMembersOfAnswers holds answers about a set to the members that were
// recorded, the absent ones included: MRK-REPLICATE-09, MRK-REPLICATE-12,
// MRK-ROTATE-11, MRK-ROTATE-14, MRK-CRYPTO-04, MRK-CRYPTO-09, MRK-CRYPTO-10,
// MRK-POLICY-02, MRK-DELETE-01, MRK-DELETE-02, MRK-DELETE-04, MRK-PROMOTE-02,
// MRK-PROMOTE-05, MRK-KEY-07.
func TestMembersOfAnswers(t *testing.T) {
	server, url := frozen(t, HandlerOptions{})
	a := answers{t, context.Background(), &tape{}}
	at := func(region string) *kms.Client {
		return kms.New(kms.Options{Region: region, BaseEndpoint: &url, Credentials: keyPair("test", "test"), Retryer: aws.NopRetryer{}, HTTPClient: a.wire})
	}
	e, w, there := at("us-east-1"), at("us-west-2"), aws.String("us-west-2")
	made, err := e.CreateKey(a.ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	a.ok(made, err)
	key := made.KeyMetadata.KeyId

	a.ok(e.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	a.has("", "KeyId KeyRotationEnabled") // [3/1]
	a.ok(e.EnableKeyRotation(a.ctx, &kms.EnableKeyRotationInput{KeyId: key}))
	if a.wire.body != "" { // [1/14]
		t.Errorf("EnableKeyRotation answers %q", a.wire.body)
	}
	sealed, err := e.Encrypt(a.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")})
	a.ok(sealed, err)
	a.has("", "CiphertextBlob EncryptionAlgorithm KeyId") // [1/15]
	a.ok(e.ReplicateKey(a.ctx, &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: there}))
	a.has("", "ReplicaKeyMetadata ReplicaPolicy") // [1/13]
	creating := strings.Replace(metadataMembers, "MultiRegion Origin", "MultiRegion MultiRegionConfiguration Origin", 1)
	a.has("ReplicaKeyMetadata", creating)
	a.ok(w.DescribeKey(a.ctx, &kms.DescribeKeyInput{KeyId: key}))
	a.has("KeyMetadata", creating) // [1/18]
	a.ok(w.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	a.has("", "KeyId KeyRotationEnabled NextRotationDate RotationPeriodInDays") // [1/19]
	a.ok(nil, server.Skip(time.Minute))

	a.ok(w.GetKeyPolicy(a.ctx, &kms.GetKeyPolicyInput{KeyId: key}))
	a.has("", "Policy PolicyName") // [1/21]
	a.ok(w.ListResourceTags(a.ctx, &kms.ListResourceTagsInput{KeyId: key}))
	if a.wire.body != `{"Tags":[],"Truncated":false}` { // [1/22]
		t.Errorf("no tags are %s", a.wire.body)
	}
	a.ok(w.Decrypt(a.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}))
	a.has("", "EncryptionAlgorithm KeyId KeyMaterialId Plaintext") // [1/29]
	a.ok(w.ReEncrypt(a.ctx, &kms.ReEncryptInput{CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: key}))
	a.has("", "CiphertextBlob DestinationEncryptionAlgorithm DestinationKeyMaterialId KeyId SourceEncryptionAlgorithm SourceKeyId SourceKeyMaterialId") // [1/33]
	a.ok(w.GenerateDataKeyWithoutPlaintext(a.ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: key, KeySpec: types.DataKeySpecAes256}))
	a.has("", "CiphertextBlob KeyId KeyMaterialId") // [3/39]

	a.ok(e.UpdatePrimaryRegion(a.ctx, &kms.UpdatePrimaryRegionInput{KeyId: key, PrimaryRegion: aws.String("us-east-1")}))
	if a.wire.body != "" { // [1/40]
		t.Errorf("UpdatePrimaryRegion answers %q", a.wire.body)
	}
	a.ok(e.RotateKeyOnDemand(a.ctx, &kms.RotateKeyOnDemandInput{KeyId: key}))
	a.has("", "KeyId") // [1/43]
	a.ok(e.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	a.has("", "KeyId KeyRotationEnabled NextRotationDate OnDemandRotationStartDate RotationPeriodInDays") // [1/44]
	a.ok(nil, server.Skip(10*time.Minute))
	a.ok(e.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	a.has("", "KeyId KeyRotationEnabled NextRotationDate RotationPeriodInDays") // [1/45]
	a.ok(w.ListKeyRotations(a.ctx, &kms.ListKeyRotationsInput{KeyId: key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial}))
	a.has("", "Rotations Truncated") // [1/48]
	a.has("Rotations first", rotationMembers)
	a.has("Rotations last", rotationMembers+" RotationDate RotationType")

	a.ok(e.UpdatePrimaryRegion(a.ctx, &kms.UpdatePrimaryRegionInput{KeyId: key, PrimaryRegion: there}))
	a.ok(e.DescribeKey(a.ctx, &kms.DescribeKeyInput{KeyId: key}))
	whole := strings.Replace(creating, "CustomerMasterKeySpec", "CurrentKeyMaterialId CustomerMasterKeySpec", 1)
	a.has("KeyMetadata", whole) // [1/51]
	a.ok(nil, server.Skip(time.Minute))
	a.ok(w.ScheduleKeyDeletion(a.ctx, &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: aws.Int32(7)}))
	a.has("", "KeyId KeyState PendingWindowInDays") // [1/58]
	a.ok(w.DescribeKey(a.ctx, &kms.DescribeKeyInput{KeyId: key}))
	a.has("KeyMetadata", strings.Replace(whole, "Origin", "Origin PendingDeletionWindowInDays", 1)) // [1/59]
	a.ok(w.CancelKeyDeletion(a.ctx, &kms.CancelKeyDeletionInput{KeyId: key}))
	a.has("", "KeyId") // [1/61]
	a.ok(e.ScheduleKeyDeletion(a.ctx, &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: aws.Int32(7)}))
	a.has("", "DeletionDate KeyId KeyState PendingWindowInDays") // [1/63]
	a.ok(e.DescribeKey(a.ctx, &kms.DescribeKeyInput{KeyId: key}))
	a.has("KeyMetadata", strings.Replace(whole, "Description", "DeletionDate Description", 1)) // [1/84a]
	a.ok(e.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: key}))
	a.has("", "KeyId KeyRotationEnabled") // [1/75]
}

// TestMembersOfOtherKeys is the same for other keys: MRK-IMPORT-01,
// MRK-IMPORT-02, MRK-IMPORT-15, MRK-GRANT-02, MRK-GRANT-09, MRK-MAC-01,
// MRK-KEY-10, MRK-PAIR-07, MRK-PAIR-13, MRK-PAIR-15.
func TestMembersOfOtherKeys(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	a := answers{t, context.Background(), &tape{}}
	c := kms.New(kms.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair("test", "test"), Retryer: aws.NopRetryer{}, HTTPClient: a.wire})
	make := func(in *kms.CreateKeyInput) *string {
		t.Helper()
		out, err := c.CreateKey(a.ctx, in)
		a.ok(out, err)
		return out.KeyMetadata.KeyId
	}
	imported := make(&kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	a.has("KeyMetadata", metadataMembers) // [4/1]
	a.ok(c.DeleteImportedKeyMaterial(a.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: imported}))
	a.has("", "KeyId") // [4/3]
	a.ok(c.GetKeyRotationStatus(a.ctx, &kms.GetKeyRotationStatusInput{KeyId: imported}))
	a.has("", "KeyId KeyRotationEnabled") // [4/9]
	a.ok(c.GetParametersForImport(a.ctx, &kms.GetParametersForImportInput{KeyId: imported, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}))
	a.has("", "ImportToken KeyId ParametersValidTo PublicKey") // [4/12]

	key := make(&kms.CreateKeyInput{})
	who := aws.String("arn:aws:sts::111122223333:assumed-role/app/target")
	a.ok(c.CreateGrant(a.ctx, &kms.CreateGrantInput{KeyId: key, Name: aws.String("one"), GranteePrincipal: who, RetiringPrincipal: who, Operations: []types.GrantOperation{"Decrypt", "RetireGrant"}}))
	a.has("", "GrantId GrantToken") // [12/1]
	a.ok(c.ListGrants(a.ctx, &kms.ListGrantsInput{KeyId: key}))
	a.has("Grants first", "CreationDate GrantId GranteePrincipal IssuingAccount KeyId Name Operations RetiringPrincipal") // [12/7]
	a.ok(c.ListRetirableGrants(a.ctx, &kms.ListRetirableGrantsInput{RetiringPrincipal: who}))
	a.has("Grants first", "CreationDate GrantId GranteePrincipal IssuingAccount KeyId Name Operations RetiringPrincipal") // [12/8]
	a.ok(c.GenerateDataKeyPair(a.ctx, &kms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
	a.has("", "KeyId KeyMaterialId KeyPairSpec PrivateKeyCiphertextBlob PrivateKeyPlaintext PublicKey") // [14/21]
	a.ok(c.GenerateDataKeyPairWithoutPlaintext(a.ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
	a.has("", "KeyId KeyMaterialId KeyPairSpec PrivateKeyCiphertextBlob PublicKey") // [15/18]

	mac := make(&kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
	a.has("KeyMetadata", strings.Replace(strings.Replace(metadataMembers, "EncryptionAlgorithms ", "", 1), "MultiRegion", "MacAlgorithms MultiRegion", 1))
	made, err := c.GenerateMac(a.ctx, &kms.GenerateMacInput{KeyId: mac, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
	a.ok(made, err)
	a.has("", "KeyId Mac MacAlgorithm") // [13/2]
	a.ok(c.VerifyMac(a.ctx, &kms.VerifyMacInput{KeyId: mac, Message: []byte("m"), Mac: made.Mac, MacAlgorithm: types.MacAlgorithmSpecHmacSha256}))
	a.has("", "KeyId MacAlgorithm MacValid") // [13/4]

	rsa := make(&kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeEncryptDecrypt})
	a.ok(c.GetPublicKey(a.ctx, &kms.GetPublicKeyInput{KeyId: rsa}))
	a.has("", "CustomerMasterKeySpec EncryptionAlgorithms KeyId KeySpec KeyUsage PublicKey") // [14/2]
	sealed, err := c.Encrypt(a.ctx, &kms.EncryptInput{KeyId: rsa, Plaintext: []byte("p"), EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
	a.ok(sealed, err)
	a.ok(c.Decrypt(a.ctx, &kms.DecryptInput{KeyId: rsa, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256}))
	a.has("", "EncryptionAlgorithm KeyId Plaintext") // [14/3]
	curve := make(&kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeKeyAgreement})
	public, err := c.GetPublicKey(a.ctx, &kms.GetPublicKeyInput{KeyId: curve})
	a.ok(public, err)
	a.has("", "CustomerMasterKeySpec KeyAgreementAlgorithms KeyId KeySpec KeyUsage PublicKey") // [15/2]
	a.ok(c.DeriveSharedSecret(a.ctx, &kms.DeriveSharedSecretInput{KeyId: curve, PublicKey: public.PublicKey, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh}))
	a.has("", "KeyAgreementAlgorithm KeyId KeyOrigin SharedSecret") // [15/12]
}
