package awsjson

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// table lists every operation of the service. A test holds it against the
// methods of the SDK's client.
func table() []operation {
	return []operation{
		serves("CancelKeyDeletion", (*sim.World).CancelKeyDeletion),
		notYet[kms.ConnectCustomKeyStoreInput]("ConnectCustomKeyStore"),
		serves("CreateAlias", (*sim.World).CreateAlias),
		notYet[kms.CreateCustomKeyStoreInput]("CreateCustomKeyStore"),
		notYet[kms.CreateGrantInput]("CreateGrant"),
		serves("CreateKey", (*sim.World).CreateKey),
		serves("Decapsulate", (*sim.World).Decapsulate),
		serves("Decrypt", (*sim.World).Decrypt),
		serves("DeleteAlias", (*sim.World).DeleteAlias),
		notYet[kms.DeleteCustomKeyStoreInput]("DeleteCustomKeyStore"),
		notYet[kms.DeleteImportedKeyMaterialInput]("DeleteImportedKeyMaterial"),
		serves("DeriveSharedSecret", (*sim.World).DeriveSharedSecret),
		notYet[kms.DescribeCustomKeyStoresInput]("DescribeCustomKeyStores"),
		serves("DescribeKey", (*sim.World).DescribeKey),
		serves("DisableKey", (*sim.World).DisableKey),
		serves("DisableKeyRotation", (*sim.World).DisableKeyRotation),
		notYet[kms.DisconnectCustomKeyStoreInput]("DisconnectCustomKeyStore"),
		serves("EnableKey", (*sim.World).EnableKey),
		serves("EnableKeyRotation", (*sim.World).EnableKeyRotation),
		serves("Encapsulate", (*sim.World).Encapsulate),
		serves("Encrypt", (*sim.World).Encrypt),
		serves("GenerateDataKey", (*sim.World).GenerateDataKey),
		serves("GenerateDataKeyPair", (*sim.World).GenerateDataKeyPair),
		serves("GenerateDataKeyPairWithoutPlaintext", (*sim.World).GenerateDataKeyPairWithoutPlaintext),
		serves("GenerateDataKeyWithoutPlaintext", (*sim.World).GenerateDataKeyWithoutPlaintext),
		serves("GenerateMac", (*sim.World).GenerateMac),
		serves("GenerateRandom", (*sim.World).GenerateRandom),
		serves("GetKeyLastUsage", (*sim.World).GetKeyLastUsage),
		serves("GetKeyPolicy", (*sim.World).GetKeyPolicy),
		serves("GetKeyRotationStatus", (*sim.World).GetKeyRotationStatus),
		notYet[kms.GetParametersForImportInput]("GetParametersForImport"),
		serves("GetPublicKey", (*sim.World).GetPublicKey),
		notYet[kms.ImportKeyMaterialInput]("ImportKeyMaterial"),
		serves("ListAliases", (*sim.World).ListAliases),
		notYet[kms.ListGrantsInput]("ListGrants"),
		serves("ListKeyPolicies", (*sim.World).ListKeyPolicies),
		serves("ListKeyRotations", (*sim.World).ListKeyRotations),
		serves("ListKeys", (*sim.World).ListKeys),
		serves("ListResourceTags", (*sim.World).ListResourceTags),
		notYet[kms.ListRetirableGrantsInput]("ListRetirableGrants"),
		serves("PutKeyPolicy", (*sim.World).PutKeyPolicy),
		serves("ReEncrypt", (*sim.World).ReEncrypt),
		serves("ReplicateKey", (*sim.World).ReplicateKey),
		notYet[kms.RetireGrantInput]("RetireGrant"),
		notYet[kms.RevokeGrantInput]("RevokeGrant"),
		serves("RotateKeyOnDemand", (*sim.World).RotateKeyOnDemand),
		serves("ScheduleKeyDeletion", (*sim.World).ScheduleKeyDeletion),
		serves("Sign", (*sim.World).Sign),
		serves("TagResource", (*sim.World).TagResource),
		serves("UntagResource", (*sim.World).UntagResource),
		serves("UpdateAlias", (*sim.World).UpdateAlias),
		notYet[kms.UpdateCustomKeyStoreInput]("UpdateCustomKeyStore"),
		serves("UpdateKeyDescription", (*sim.World).UpdateKeyDescription),
		serves("UpdatePrimaryRegion", (*sim.World).UpdatePrimaryRegion),
		serves("Verify", (*sim.World).Verify),
		serves("VerifyMac", (*sim.World).VerifyMac),
	}
}
