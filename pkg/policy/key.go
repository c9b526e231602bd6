package policy

import (
	"slices"
	"strings"
)

// keysOfKMS are the condition keys of KMS, without prefix and in lower case
// (KMS developer guide, "AWS KMS condition keys", 2026).
func keysOfKMS() []string {
	return strings.Fields(`bypasspolicylockoutsafetycheck calleraccount customermasterkeyspec customermasterkeyusage
		datakeypairspec encryptionalgorithm encryptioncontextkeys expirationmodel grantconstraintsourcearn grantconstrainttype
		grantisforawsresource grantoperations granteeprincipal granteeserviceprincipal keyagreementalgorithm keyorigin keyspec
		keyusage macalgorithm messagetype multiregion multiregionkeytype primaryregion reencryptonsamekey replicaregion
		requestalias resourcealiases retiringprincipal retiringserviceprincipal rotationperiodindays
		schedulekeydeletionpendingwindowindays signingalgorithm trailingdayswithoutkeyusage validto viaservice
		wrappingalgorithm wrappingkeyspec`)
}

// KnownKey says whether a condition key is one of KMS's. Of keys of other
// prefixes only the form is looked at: there are many, and new ones come.
func KnownKey(key string) bool {
	key = strings.ToLower(key)
	prefix, name, ok := strings.Cut(key, ":")
	switch {
	case !ok || name == "":
		return false
	case prefix != "kms":
		return true
	}
	return slices.Contains(keysOfKMS(), name) || strings.HasPrefix(name, "encryptioncontext:") || strings.HasPrefix(name, "recipientattestation:")
}
