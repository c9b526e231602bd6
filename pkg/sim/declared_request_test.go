package sim_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// request is a request of the stage's operation that nothing is wrong with but
// what the stage has done to it.
func (s *stage) request() any {
	s.Helper()
	grantee, data := aws.String("arn:aws:iam::111122223333:role/app"), []byte("data")
	switch s.operation {
	case "CancelKeyDeletion":
		return &kms.CancelKeyDeletionInput{KeyId: s.name}
	case "ConnectCustomKeyStore":
		return &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.name}
	case "CreateAlias":
		return &kms.CreateAliasInput{AliasName: aws.String("alias/a"), TargetKeyId: s.name}
	case "CreateCustomKeyStore":
		return ofCluster("store", clusterOne)
	case "CreateGrant":
		return &kms.CreateGrantInput{KeyId: s.name, GranteePrincipal: grantee, Operations: []types.GrantOperation{types.GrantOperationDescribeKey}}
	case "CreateKey":
		return &kms.CreateKeyInput{}
	case "Decrypt":
		return &kms.DecryptInput{KeyId: s.name, CiphertextBlob: s.sealed()}
	case "DeleteAlias":
		return &kms.DeleteAliasInput{AliasName: aws.String("alias/none")}
	case "DeleteCustomKeyStore":
		return &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: s.name}
	case "DeleteImportedKeyMaterial":
		return &kms.DeleteImportedKeyMaterialInput{KeyId: s.name}
	case "DeriveSharedSecret":
		public := []byte("public")
		if out, err := s.c.GetPublicKey(s.ctx, &kms.GetPublicKeyInput{KeyId: s.key}); err == nil {
			public = out.PublicKey
		}
		return &kms.DeriveSharedSecretInput{KeyId: s.name, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: public}
	case "DescribeCustomKeyStores":
		return &kms.DescribeCustomKeyStoresInput{}
	case "DescribeKey":
		return &kms.DescribeKeyInput{KeyId: s.name}
	case "DisableKey":
		return &kms.DisableKeyInput{KeyId: s.name}
	case "DisableKeyRotation":
		return &kms.DisableKeyRotationInput{KeyId: s.name}
	case "DisconnectCustomKeyStore":
		return &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: s.name}
	case "EnableKey":
		return &kms.EnableKeyInput{KeyId: s.name}
	case "EnableKeyRotation":
		return &kms.EnableKeyRotationInput{KeyId: s.name}
	case "Encrypt":
		return &kms.EncryptInput{KeyId: s.name, Plaintext: data}
	case "GenerateDataKey":
		return &kms.GenerateDataKeyInput{KeyId: s.name, KeySpec: types.DataKeySpecAes256}
	case "GenerateDataKeyPair":
		return &kms.GenerateDataKeyPairInput{KeyId: s.name, KeyPairSpec: types.DataKeyPairSpecEccNistP256}
	case "GenerateDataKeyPairWithoutPlaintext":
		return &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: s.name, KeyPairSpec: types.DataKeyPairSpecEccNistP256}
	case "GenerateDataKeyWithoutPlaintext":
		return &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: s.name, KeySpec: types.DataKeySpecAes256}
	case "GenerateMac":
		return &kms.GenerateMacInput{KeyId: s.name, MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: data}
	case "GenerateRandom":
		return &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(8)}
	case "GetKeyLastUsage":
		return &kms.GetKeyLastUsageInput{KeyId: s.name}
	case "GetKeyPolicy":
		return &kms.GetKeyPolicyInput{KeyId: s.name}
	case "GetKeyRotationStatus":
		return &kms.GetKeyRotationStatusInput{KeyId: s.name}
	case "GetParametersForImport":
		return &kms.GetParametersForImportInput{KeyId: s.name, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
	case "GetPublicKey":
		return &kms.GetPublicKeyInput{KeyId: s.name}
	case "ImportKeyMaterial":
		return &kms.ImportKeyMaterialInput{
			KeyId: s.name, ImportToken: data, EncryptedKeyMaterial: data,
			ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
		}
	case "ListAliases":
		return &kms.ListAliasesInput{KeyId: s.name}
	case "ListGrants":
		return &kms.ListGrantsInput{KeyId: s.name}
	case "ListKeyPolicies":
		return &kms.ListKeyPoliciesInput{KeyId: s.name}
	case "ListKeyRotations":
		return &kms.ListKeyRotationsInput{KeyId: s.name}
	case "ListKeys":
		return &kms.ListKeysInput{}
	case "ListResourceTags":
		return &kms.ListResourceTagsInput{KeyId: s.name}
	case "ListRetirableGrants":
		return &kms.ListRetirableGrantsInput{RetiringPrincipal: grantee}
	case "PutKeyPolicy":
		return &kms.PutKeyPolicyInput{KeyId: s.name, Policy: aws.String(openPolicy)}
	case "ReEncrypt":
		return &kms.ReEncryptInput{SourceKeyId: s.name, CiphertextBlob: s.sealed(), DestinationKeyId: s.name}
	case "ReplicateKey":
		return &kms.ReplicateKeyInput{KeyId: s.name, ReplicaRegion: aws.String("eu-west-1")}
	case "RetireGrant":
		return &kms.RetireGrantInput{KeyId: s.name, GrantId: s.grant()}
	case "RevokeGrant":
		return &kms.RevokeGrantInput{KeyId: s.name, GrantId: s.grant()}
	case "RotateKeyOnDemand":
		return &kms.RotateKeyOnDemandInput{KeyId: s.name}
	case "ScheduleKeyDeletion":
		return &kms.ScheduleKeyDeletionInput{KeyId: s.name}
	case "Sign":
		return &kms.SignInput{KeyId: s.name, Message: data, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}
	case "TagResource":
		return &kms.TagResourceInput{KeyId: s.name, Tags: []types.Tag{{TagKey: aws.String("k"), TagValue: aws.String("v")}}}
	case "UntagResource":
		return &kms.UntagResourceInput{KeyId: s.name, TagKeys: []string{"k"}}
	case "UpdateAlias":
		_, _ = s.c.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/a"), TargetKeyId: s.create(s.c, "", "")})
		return &kms.UpdateAliasInput{AliasName: aws.String("alias/a"), TargetKeyId: s.name}
	case "UpdateCustomKeyStore":
		return &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: s.name}
	case "UpdateKeyDescription":
		return &kms.UpdateKeyDescriptionInput{KeyId: s.name, Description: aws.String("d")}
	case "UpdatePrimaryRegion":
		s.replicate()
		return &kms.UpdatePrimaryRegionInput{KeyId: s.name, PrimaryRegion: aws.String("eu-west-1")}
	case "Verify":
		in := &kms.VerifyInput{KeyId: s.name, Message: data, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256, Signature: data}
		if out, err := s.c.Sign(s.ctx, &kms.SignInput{KeyId: s.key, Message: data, SigningAlgorithm: in.SigningAlgorithm}); err == nil {
			in.Signature = out.Signature
		}
		return in
	case "VerifyMac":
		in := &kms.VerifyMacInput{KeyId: s.name, MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: data, Mac: data}
		if out, err := s.c.GenerateMac(s.ctx, &kms.GenerateMacInput{KeyId: s.key, Message: data, MacAlgorithm: in.MacAlgorithm}); err == nil {
			in.Mac = out.Mac
		}
		return in
	}
	s.Fatalf("no request for %s", s.operation)
	return nil
}

const openPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`

// sealed is a ciphertext of the stage's key; of another one when that can't be
// used any more.
func (s *stage) sealed() []byte {
	s.Helper()
	out, err := s.c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: s.key, Plaintext: []byte("data")})
	if err != nil {
		out, err = s.c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: s.create(s.c, "", ""), Plaintext: []byte("data")})
		s.done("Encrypt", err)
	}
	return out.CiphertextBlob
}

// grant is the id of a grant on the stage's key, or any id when there can be none.
func (s *stage) grant() *string {
	out, err := s.c.CreateGrant(s.ctx, &kms.CreateGrantInput{
		KeyId: s.key, GranteePrincipal: aws.String("arn:aws:iam::111122223333:role/app"),
		Operations: []types.GrantOperation{types.GrantOperationDescribeKey},
	})
	if err != nil {
		return aws.String("0123456789abcdef")
	}
	return out.GrantId
}

// replicate gives the stage's key a replica in eu-west-1, where it can.
func (s *stage) replicate() {
	s.Helper()
	if _, err := s.c.ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: s.key, ReplicaRegion: aws.String("eu-west-1")}); err == nil {
		s.pass(time.Minute)
	}
}
