package sim_test

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// stateCall is one operation, the kind of key it is tried with, and the call.
type stateCall struct {
	name string
	on   kind
	call func(*subject) error
}

// stateCalls are the operations whose answer may depend on a key's state.
func stateCalls() []stateCall {
	message := []byte("m")
	return []stateCall{
		{"CancelKeyDeletion", symmetric, func(s *subject) error {
			return second(s.c.CancelKeyDeletion(s.ctx, &kms.CancelKeyDeletionInput{KeyId: s.key}))
		}},
		{"CreateAlias", symmetric, func(s *subject) error {
			return second(s.c.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/" + *s.key), TargetKeyId: s.key}))
		}},
		{"CreateGrant", symmetric, func(s *subject) error {
			return second(s.c.CreateGrant(s.ctx, &kms.CreateGrantInput{KeyId: s.key, GranteePrincipal: aws.String("arn:aws:iam::111122223333:role/app"), Operations: []types.GrantOperation{"Decrypt"}}))
		}},
		{"Decapsulate", kems, func(s *subject) error {
			return second(s.c.Decapsulate(s.ctx, &kms.DecapsulateInput{KeyId: s.key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: bytes.Repeat(message, 768)}))
		}},
		{"Decrypt", symmetric, func(s *subject) error {
			return second(s.c.Decrypt(s.ctx, &kms.DecryptInput{KeyId: s.key, CiphertextBlob: append(s.blob, make([]byte, max(0, 1-len(s.blob)))...)}))
		}},
		{"DeleteImportedKeyMaterial", imported, func(s *subject) error {
			return second(s.c.DeleteImportedKeyMaterial(s.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: s.key}))
		}},
		{"DeriveSharedSecret", agreeing, func(s *subject) error {
			public, err := s.at("us-east-1").GetPublicKey(s.ctx, &kms.GetPublicKeyInput{KeyId: s.key})
			if err != nil {
				public = &kms.GetPublicKeyOutput{PublicKey: message}
			}
			return second(s.c.DeriveSharedSecret(s.ctx, &kms.DeriveSharedSecretInput{KeyId: s.key, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: public.PublicKey}))
		}},
		{"DescribeKey", symmetric, func(s *subject) error {
			return second(s.c.DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: s.key}))
		}},
		{"DisableKey", symmetric, func(s *subject) error {
			return second(s.c.DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: s.key}))
		}},
		{"DisableKeyRotation", symmetric, func(s *subject) error {
			return second(s.c.DisableKeyRotation(s.ctx, &kms.DisableKeyRotationInput{KeyId: s.key}))
		}},
		{"EnableKey", symmetric, func(s *subject) error {
			return second(s.c.EnableKey(s.ctx, &kms.EnableKeyInput{KeyId: s.key}))
		}},
		{"EnableKeyRotation", symmetric, func(s *subject) error {
			return second(s.c.EnableKeyRotation(s.ctx, &kms.EnableKeyRotationInput{KeyId: s.key}))
		}},
		{"Encapsulate", kems, func(s *subject) error {
			return second(s.c.Encapsulate(s.ctx, &kms.EncapsulateInput{KeyId: s.key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem}))
		}},
		{"Encrypt", symmetric, func(s *subject) error {
			return second(s.c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: s.key, Plaintext: message}))
		}},
		{"GenerateDataKey", symmetric, func(s *subject) error {
			return second(s.c.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: s.key, KeySpec: types.DataKeySpecAes256}))
		}},
		{"GenerateDataKeyPair", symmetric, func(s *subject) error {
			return second(s.c.GenerateDataKeyPair(s.ctx, &kms.GenerateDataKeyPairInput{KeyId: s.key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
		}},
		{"GenerateDataKeyPairWithoutPlaintext", symmetric, func(s *subject) error {
			return second(s.c.GenerateDataKeyPairWithoutPlaintext(s.ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: s.key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
		}},
		{"GenerateDataKeyWithoutPlaintext", symmetric, func(s *subject) error {
			return second(s.c.GenerateDataKeyWithoutPlaintext(s.ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: s.key, KeySpec: types.DataKeySpecAes256}))
		}},
		{"GenerateMac", macs, func(s *subject) error {
			return second(s.c.GenerateMac(s.ctx, &kms.GenerateMacInput{KeyId: s.key, Message: message, MacAlgorithm: types.MacAlgorithmSpecHmacSha256}))
		}},
		{"GetKeyLastUsage", symmetric, func(s *subject) error {
			return second(s.c.GetKeyLastUsage(s.ctx, &kms.GetKeyLastUsageInput{KeyId: s.key}))
		}},
		{"GetKeyPolicy", symmetric, func(s *subject) error {
			return second(s.c.GetKeyPolicy(s.ctx, &kms.GetKeyPolicyInput{KeyId: s.key}))
		}},
		{"GetKeyRotationStatus", symmetric, func(s *subject) error {
			return second(s.c.GetKeyRotationStatus(s.ctx, &kms.GetKeyRotationStatusInput{KeyId: s.key}))
		}},
		{"GetParametersForImport", imported, func(s *subject) error {
			return second(s.c.GetParametersForImport(s.ctx, &kms.GetParametersForImportInput{KeyId: s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}))
		}},
		{"GetPublicKey", signing, func(s *subject) error {
			return second(s.c.GetPublicKey(s.ctx, &kms.GetPublicKeyInput{KeyId: s.key}))
		}},
		{"ImportKeyMaterial", imported, func(s *subject) error {
			return second(s.load())
		}},
		{"ListAliases", symmetric, func(s *subject) error {
			return second(s.c.ListAliases(s.ctx, &kms.ListAliasesInput{KeyId: s.key}))
		}},
		{"ListGrants", symmetric, func(s *subject) error {
			return second(s.c.ListGrants(s.ctx, &kms.ListGrantsInput{KeyId: s.key}))
		}},
		{"ListKeyPolicies", symmetric, func(s *subject) error {
			return second(s.c.ListKeyPolicies(s.ctx, &kms.ListKeyPoliciesInput{KeyId: s.key}))
		}},
		{"ListKeyRotations", symmetric, func(s *subject) error {
			return second(s.c.ListKeyRotations(s.ctx, &kms.ListKeyRotationsInput{KeyId: s.key}))
		}},
		{"ListResourceTags", symmetric, func(s *subject) error {
			return second(s.c.ListResourceTags(s.ctx, &kms.ListResourceTagsInput{KeyId: s.key}))
		}},
		{"PutKeyPolicy", symmetric, func(s *subject) error {
			return second(s.c.PutKeyPolicy(s.ctx, &kms.PutKeyPolicyInput{KeyId: s.key, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`)}))
		}},
		{"ReEncrypt", symmetric, func(s *subject) error {
			return second(s.c.ReEncrypt(s.ctx, &kms.ReEncryptInput{SourceKeyId: s.key, CiphertextBlob: append(s.blob, make([]byte, max(0, 1-len(s.blob)))...), DestinationKeyId: s.key}))
		}},
		{"ReplicateKey", symmetric, func(s *subject) error {
			return second(s.c.ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: s.key, ReplicaRegion: aws.String("eu-west-1")}))
		}},
		{"RotateKeyOnDemand", symmetric, func(s *subject) error {
			return second(s.c.RotateKeyOnDemand(s.ctx, &kms.RotateKeyOnDemandInput{KeyId: s.key}))
		}},
		{"ScheduleKeyDeletion", symmetric, func(s *subject) error {
			return second(s.c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: s.key}))
		}},
		{"Sign", signing, func(s *subject) error {
			return second(s.c.Sign(s.ctx, &kms.SignInput{KeyId: s.key, Message: message, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}))
		}},
		{"TagResource", symmetric, func(s *subject) error {
			return second(s.c.TagResource(s.ctx, &kms.TagResourceInput{KeyId: s.key, Tags: []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("b")}}}))
		}},
		{"UntagResource", symmetric, func(s *subject) error {
			return second(s.c.UntagResource(s.ctx, &kms.UntagResourceInput{KeyId: s.key, TagKeys: []string{"a"}}))
		}},
		{"UpdateAlias", symmetric, func(s *subject) error {
			other, err := s.c.CreateKey(s.ctx, &kms.CreateKeyInput{})
			s.done("CreateKey", err)
			alias := aws.String("alias/" + *other.KeyMetadata.KeyId)
			s.done("CreateAlias", second(s.c.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: other.KeyMetadata.KeyId})))
			return second(s.c.UpdateAlias(s.ctx, &kms.UpdateAliasInput{AliasName: alias, TargetKeyId: s.key}))
		}},
		{"UpdateKeyDescription", symmetric, func(s *subject) error {
			return second(s.c.UpdateKeyDescription(s.ctx, &kms.UpdateKeyDescriptionInput{KeyId: s.key, Description: aws.String("d")}))
		}},
		{"UpdatePrimaryRegion", symmetric, func(s *subject) error {
			// Back again, where there is a replica; else it stays where it is.
			return second(s.c.UpdatePrimaryRegion(s.ctx, &kms.UpdatePrimaryRegionInput{KeyId: s.key, PrimaryRegion: aws.String("us-east-1")}))
		}},
		{"Verify", signing, func(s *subject) error {
			err := second(s.c.Verify(s.ctx, &kms.VerifyInput{KeyId: s.key, Message: message, Signature: message, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}))
			return unlessWrong(err)
		}},
		{"VerifyMac", macs, func(s *subject) error {
			err := second(s.c.VerifyMac(s.ctx, &kms.VerifyMacInput{KeyId: s.key, Message: message, Mac: message, MacAlgorithm: types.MacAlgorithmSpecHmacSha256}))
			return unlessWrong(err)
		}},
	}
}

// unlessWrong takes a wrong signature or MAC for success: the state let it be
// looked at.
func unlessWrong(err error) error {
	if code := cell(err); code == "KMSInvalidSignatureException" || code == "KMSInvalidMacException" {
		return nil
	}
	return err
}
