package wire

import (
	"net/http"
	"strings"
)

// targetPrefix stands before the operation in the X-Amz-Target header of KMS.
const targetPrefix = "TrentService."

// Operation is the KMS operation that a request asks for; empty when the
// request is none of KMS.
func Operation(req *http.Request) string {
	op, ok := strings.CutPrefix(req.Header.Get("X-Amz-Target"), targetPrefix)
	if !ok {
		return ""
	}
	return op
}

// PlaneOf tells whether an operation uses keys or manages them. An operation
// it does not know counts as control plane, the careful answer for a fault
// that spares one of the planes and for a guard alike.
//
// The split is the one AWS makes between cryptographic operations and the rest
// (KMS developer guide, "Request quotas").
func PlaneOf(op string) Plane {
	switch op {
	case "Encrypt", "Decrypt", "ReEncrypt",
		"GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
		"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
		"GenerateMac", "VerifyMac", "GenerateRandom",
		"Sign", "Verify", "DeriveSharedSecret", "Encapsulate", "Decapsulate":
		return Data
	default:
		return Control
	}
}

// Changes tells whether an operation alters keys, aliases, policies, grants or
// custom key stores. An operation it does not know counts as a change.
func Changes(op string) bool {
	if PlaneOf(op) == Data {
		return false
	}
	switch op {
	case "DescribeKey", "ListKeys", "ListAliases", "GetKeyPolicy", "ListKeyPolicies",
		"ListGrants", "ListRetirableGrants", "ListResourceTags", "ListKeyRotations",
		"GetKeyRotationStatus", "GetKeyLastUsage", "GetPublicKey", "GetParametersForImport",
		"DescribeCustomKeyStores":
		return false
	default:
		return true
	}
}
