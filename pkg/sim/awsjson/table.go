package awsjson

import (
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// table lists every operation of the service. A test holds it against the
// methods of the SDK's client.
func table() []operation {
	md := newModel()
	return []operation{
		serves(md, "CancelKeyDeletion", (*sim.World).CancelKeyDeletion),
		serves(md, "ConnectCustomKeyStore", (*sim.World).ConnectCustomKeyStore),
		serves(md, "CreateAlias", (*sim.World).CreateAlias),
		serves(md, "CreateCustomKeyStore", (*sim.World).CreateCustomKeyStore),
		serves(md, "CreateGrant", (*sim.World).CreateGrant),
		serves(md, "CreateKey", (*sim.World).CreateKey),
		serves(md, "Decapsulate", (*sim.World).Decapsulate),
		serves(md, "Decrypt", (*sim.World).Decrypt),
		serves(md, "DeleteAlias", (*sim.World).DeleteAlias),
		serves(md, "DeleteCustomKeyStore", (*sim.World).DeleteCustomKeyStore),
		serves(md, "DeleteImportedKeyMaterial", (*sim.World).DeleteImportedKeyMaterial),
		serves(md, "DeriveSharedSecret", (*sim.World).DeriveSharedSecret),
		serves(md, "DescribeCustomKeyStores", (*sim.World).DescribeCustomKeyStores),
		serves(md, "DescribeKey", (*sim.World).DescribeKey),
		serves(md, "DisableKey", (*sim.World).DisableKey),
		serves(md, "DisableKeyRotation", (*sim.World).DisableKeyRotation),
		serves(md, "DisconnectCustomKeyStore", (*sim.World).DisconnectCustomKeyStore),
		serves(md, "EnableKey", (*sim.World).EnableKey),
		serves(md, "EnableKeyRotation", (*sim.World).EnableKeyRotation),
		serves(md, "Encapsulate", (*sim.World).Encapsulate),
		serves(md, "Encrypt", (*sim.World).Encrypt),
		serves(md, "GenerateDataKey", (*sim.World).GenerateDataKey),
		serves(md, "GenerateDataKeyPair", (*sim.World).GenerateDataKeyPair),
		serves(md, "GenerateDataKeyPairWithoutPlaintext", (*sim.World).GenerateDataKeyPairWithoutPlaintext),
		serves(md, "GenerateDataKeyWithoutPlaintext", (*sim.World).GenerateDataKeyWithoutPlaintext),
		serves(md, "GenerateMac", (*sim.World).GenerateMac),
		serves(md, "GenerateRandom", (*sim.World).GenerateRandom),
		serves(md, "GetKeyLastUsage", (*sim.World).GetKeyLastUsage),
		serves(md, "GetKeyPolicy", (*sim.World).GetKeyPolicy),
		serves(md, "GetKeyRotationStatus", (*sim.World).GetKeyRotationStatus),
		serves(md, "GetParametersForImport", (*sim.World).GetParametersForImport),
		serves(md, "GetPublicKey", (*sim.World).GetPublicKey),
		serves(md, "ImportKeyMaterial", (*sim.World).ImportKeyMaterial),
		serves(md, "ListAliases", (*sim.World).ListAliases),
		serves(md, "ListGrants", (*sim.World).ListGrants),
		serves(md, "ListKeyPolicies", (*sim.World).ListKeyPolicies),
		serves(md, "ListKeyRotations", (*sim.World).ListKeyRotations),
		serves(md, "ListKeys", (*sim.World).ListKeys),
		serves(md, "ListResourceTags", (*sim.World).ListResourceTags),
		serves(md, "ListRetirableGrants", (*sim.World).ListRetirableGrants),
		serves(md, "PutKeyPolicy", (*sim.World).PutKeyPolicy),
		serves(md, "ReEncrypt", (*sim.World).ReEncrypt),
		serves(md, "ReplicateKey", (*sim.World).ReplicateKey),
		serves(md, "RetireGrant", (*sim.World).RetireGrant),
		serves(md, "RevokeGrant", (*sim.World).RevokeGrant),
		serves(md, "RotateKeyOnDemand", (*sim.World).RotateKeyOnDemand),
		serves(md, "ScheduleKeyDeletion", (*sim.World).ScheduleKeyDeletion),
		serves(md, "Sign", (*sim.World).Sign),
		serves(md, "TagResource", (*sim.World).TagResource),
		serves(md, "UntagResource", (*sim.World).UntagResource),
		serves(md, "UpdateAlias", (*sim.World).UpdateAlias),
		serves(md, "UpdateCustomKeyStore", (*sim.World).UpdateCustomKeyStore),
		serves(md, "UpdateKeyDescription", (*sim.World).UpdateKeyDescription),
		serves(md, "UpdatePrimaryRegion", (*sim.World).UpdatePrimaryRegion),
		serves(md, "Verify", (*sim.World).Verify),
		serves(md, "VerifyMac", (*sim.World).VerifyMac),
	}
}
