package sim

// Plane is one half of a Region's service: the calls that use keys or those
// that manage them.
type Plane string

// The two planes of KMS.
const (
	Data    Plane = "data"
	Control Plane = "control"
)

// Operation is one operation of the service and what the world needs to know
// of it besides its method.
type Operation struct {
	// Name is the operation's name on the wire.
	Name string
	// Plane is the half of the service that answers it.
	Plane Plane
	// Changes says that the operation needs exclusive access to the world.
	Changes bool
	// PerSecond is AWS's request quota for one account and Region; for
	// cryptographic operations, whose quota depends on key and Region, it is 0.
	PerSecond float64
}

// Op is an operation's number: its place in Operations.
type Op uint8

// The operations, in the alphabetical order of the service's model.
const (
	opCancelKeyDeletion Op = iota
	opConnectCustomKeyStore
	opCreateAlias
	opCreateCustomKeyStore
	opCreateGrant
	opCreateKey
	opDecapsulate
	opDecrypt
	opDeleteAlias
	opDeleteCustomKeyStore
	opDeleteImportedKeyMaterial
	opDeriveSharedSecret
	opDescribeCustomKeyStores
	opDescribeKey
	opDisableKey
	opDisableKeyRotation
	opDisconnectCustomKeyStore
	opEnableKey
	opEnableKeyRotation
	opEncapsulate
	opEncrypt
	opGenerateDataKey
	opGenerateDataKeyPair
	opGenerateDataKeyPairWithoutPlaintext
	opGenerateDataKeyWithoutPlaintext
	opGenerateMac
	opGenerateRandom
	opGetKeyLastUsage
	opGetKeyPolicy
	opGetKeyRotationStatus
	opGetParametersForImport
	opGetPublicKey
	opImportKeyMaterial
	opListAliases
	opListGrants
	opListKeyPolicies
	opListKeyRotations
	opListKeys
	opListResourceTags
	opListRetirableGrants
	opPutKeyPolicy
	opReEncrypt
	opReplicateKey
	opRetireGrant
	opRevokeGrant
	opRotateKeyOnDemand
	opScheduleKeyDeletion
	opSign
	opTagResource
	opUntagResource
	opUpdateAlias
	opUpdateCustomKeyStore
	opUpdateKeyDescription
	opUpdatePrimaryRegion
	opVerify
	opVerifyMac
	opCount
	// What AWS itself does to a key; such events are in trails, nobody calls them.
	opSynchronizeMultiRegionKey
	opRotateKey
	opDeleteKey
	opDeleteExpiredKeyMaterial
	opAllCount
)

const (
	change = true
	read   = false
)

// operations is the table of all operations, in the order of the constants.
// Quotas: AWS's documentation of 2026.
//
//nolint:gochecknoglobals // a table that nothing changes
var operations = [opAllCount]Operation{
	opCancelKeyDeletion:                   {"CancelKeyDeletion", Control, change, 5},
	opConnectCustomKeyStore:               {"ConnectCustomKeyStore", Control, change, 5},
	opCreateAlias:                         {"CreateAlias", Control, change, 5},
	opCreateCustomKeyStore:                {"CreateCustomKeyStore", Control, change, 5},
	opCreateGrant:                         {"CreateGrant", Control, change, 50},
	opCreateKey:                           {"CreateKey", Control, change, 5},
	opDecapsulate:                         {"Decapsulate", Data, read, 0},
	opDecrypt:                             {"Decrypt", Data, read, 0},
	opDeleteAlias:                         {"DeleteAlias", Control, change, 15},
	opDeleteCustomKeyStore:                {"DeleteCustomKeyStore", Control, change, 5},
	opDeleteImportedKeyMaterial:           {"DeleteImportedKeyMaterial", Control, change, 15},
	opDeriveSharedSecret:                  {"DeriveSharedSecret", Data, read, 0},
	opDescribeCustomKeyStores:             {"DescribeCustomKeyStores", Control, read, 5},
	opDescribeKey:                         {"DescribeKey", Control, read, 2000},
	opDisableKey:                          {"DisableKey", Control, change, 5},
	opDisableKeyRotation:                  {"DisableKeyRotation", Control, change, 5},
	opDisconnectCustomKeyStore:            {"DisconnectCustomKeyStore", Control, change, 5},
	opEnableKey:                           {"EnableKey", Control, change, 5},
	opEnableKeyRotation:                   {"EnableKeyRotation", Control, change, 15},
	opEncapsulate:                         {"Encapsulate", Data, read, 0},
	opEncrypt:                             {"Encrypt", Data, read, 0},
	opGenerateDataKey:                     {"GenerateDataKey", Data, read, 0},
	opGenerateDataKeyPair:                 {"GenerateDataKeyPair", Data, read, 0},
	opGenerateDataKeyPairWithoutPlaintext: {"GenerateDataKeyPairWithoutPlaintext", Data, read, 0},
	opGenerateDataKeyWithoutPlaintext:     {"GenerateDataKeyWithoutPlaintext", Data, read, 0},
	opGenerateMac:                         {"GenerateMac", Data, read, 0},
	opGenerateRandom:                      {"GenerateRandom", Data, read, 0},
	opGetKeyLastUsage:                     {"GetKeyLastUsage", Control, read, 5},
	opGetKeyPolicy:                        {"GetKeyPolicy", Control, read, 1000},
	opGetKeyRotationStatus:                {"GetKeyRotationStatus", Control, read, 1000},
	opGetParametersForImport:              {"GetParametersForImport", Control, change, 1},
	opGetPublicKey:                        {"GetPublicKey", Data, read, 2000},
	opImportKeyMaterial:                   {"ImportKeyMaterial", Control, change, 15},
	opListAliases:                         {"ListAliases", Control, read, 500},
	opListGrants:                          {"ListGrants", Control, read, 100},
	opListKeyPolicies:                     {"ListKeyPolicies", Control, read, 100},
	opListKeyRotations:                    {"ListKeyRotations", Control, read, 100},
	opListKeys:                            {"ListKeys", Control, read, 500},
	opListResourceTags:                    {"ListResourceTags", Control, read, 2000},
	opListRetirableGrants:                 {"ListRetirableGrants", Control, read, 100},
	opPutKeyPolicy:                        {"PutKeyPolicy", Control, change, 15},
	opReEncrypt:                           {"ReEncrypt", Data, read, 0},
	opReplicateKey:                        {"ReplicateKey", Control, change, 5},
	opRetireGrant:                         {"RetireGrant", Control, change, 50},
	opRevokeGrant:                         {"RevokeGrant", Control, change, 50},
	opRotateKeyOnDemand:                   {"RotateKeyOnDemand", Control, change, 5},
	opScheduleKeyDeletion:                 {"ScheduleKeyDeletion", Control, change, 15},
	opSign:                                {"Sign", Data, read, 0},
	opTagResource:                         {"TagResource", Control, change, 10},
	opUntagResource:                       {"UntagResource", Control, change, 5},
	opUpdateAlias:                         {"UpdateAlias", Control, change, 5},
	opUpdateCustomKeyStore:                {"UpdateCustomKeyStore", Control, change, 5},
	opUpdateKeyDescription:                {"UpdateKeyDescription", Control, change, 5},
	opUpdatePrimaryRegion:                 {"UpdatePrimaryRegion", Control, change, 5},
	opVerify:                              {"Verify", Data, read, 0},
	opVerifyMac:                           {"VerifyMac", Data, read, 0},

	opSynchronizeMultiRegionKey: {"SynchronizeMultiRegionKey", Control, change, 0},
	opRotateKey:                 {"RotateKey", Control, change, 0},
	opDeleteKey:                 {"DeleteKey", Control, change, 0},
	opDeleteExpiredKeyMaterial:  {"DeleteExpiredKeyMaterial", Control, change, 0},
}

// Operations lists the 56 operations of the service, in alphabetical order.
func Operations() []Operation {
	return append([]Operation(nil), operations[:opCount]...)
}

// LookupOperation finds an operation by its name on the wire.
func LookupOperation(name string) (Operation, bool) {
	if op, ok := opByName(name); ok {
		return operations[op], true
	}
	return Operation{}, false
}

// opByName is a binary search in the table, which is sorted by name.
func opByName(name string) (Op, bool) {
	lo, hi := 0, int(opCount)
	for lo < hi {
		mid := (lo + hi) / 2
		if operations[mid].Name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < int(opCount) && operations[lo].Name == name {
		return Op(lo), true
	}
	return 0, false
}

// String is the operation's name on the wire.
func (o Op) String() string { return operations[o].Name }
