package awsjson

import (
	"regexp"
	"sync"
)

// rule is what the service's model says of a member, wherever a member of that
// name occurs. A length is counted in characters, bytes or elements.
type rule struct {
	min, max  int64
	pattern   string // must match as a whole
	sensitive bool   // error texts leave the value out
	// compiled is the pattern for Go; nil when there is none.
	compiled func() *regexp.Regexp
}

// rules are the constraints on input members by name; the elements of a list
// are under the list's name with brackets. Within KMS a name means the same
// everywhere, so the operation need not be told. The numbers and patterns are
// those of AWS's published model of the service of August 2026; those of
// Encapsulate and Decapsulate, which came later, are assumed from their like.
func rules() map[string]*rule {
	return map[string]*rule{
		"AccessKeyId":                     limited(20, 30, `^[A-Z2-7]+$`, true),
		"AliasName":                       limited(1, 256, aliasPattern, false),
		"AttestationDocument":             limited(1, 262144, "", false),
		"CiphertextBlob":                  limited(1, 6144, "", false),
		"CloudHsmClusterId":               limited(19, 24, `cluster-[2-7a-zA-Z]{11,16}`, false),
		"CustomKeyStoreId":                limited(1, 64, "", false),
		"CustomKeyStoreName":              limited(1, 256, "", false),
		"Description":                     limited(0, 8192, "", false),
		"DestinationKeyId":                limited(1, 2048, "", false),
		"EncryptedKeyMaterial":            limited(1, 6144, "", false),
		"GrantId":                         limited(1, 128, "", false),
		"GrantToken":                      limited(1, 8192, "", false),
		"GrantTokens":                     limited(0, 10, "", false),
		"GrantTokens[]":                   limited(1, 8192, "", false),
		"GranteePrincipal":                limited(1, 256, principalPattern, false),
		"GranteeServicePrincipal":         limited(1, 128, servicePattern, false),
		"ImportToken":                     limited(1, 6144, "", false),
		"KeyId":                           limited(1, 2048, "", false),
		"KeyMaterialDescription":          limited(0, 256, `^[a-zA-Z0-9:/_\s.-]+$`, false),
		"KeyMaterialId":                   limited(64, 64, `^[a-f0-9]+$`, false),
		"KeyStorePassword":                limited(7, 32, "", true),
		"Limit":                           limited(1, 1000, "", false),
		"Mac":                             limited(1, 6144, "", false),
		"Marker":                          limited(1, 1024, `[\u0020-\u00FF]*`, false),
		"Message":                         limited(1, 4096, "", true),
		"Name":                            limited(1, 256, aliasPattern, false),
		"NewCustomKeyStoreName":           limited(1, 256, "", false),
		"NumberOfBytes":                   limited(1, 1024, "", false),
		"PendingWindowInDays":             limited(1, 365, "", false),
		"Plaintext":                       limited(1, 4096, "", true),
		"Policy":                          limited(1, 131072, `[\u0009\u000A\u000D\u0020-\u00FF]+`, false),
		"PolicyName":                      limited(1, 128, `[\w]+`, false),
		"PrimaryRegion":                   limited(1, 32, regionPattern, false),
		"PublicKey":                       limited(1, 8192, "", false),
		"RawSecretAccessKey":              limited(43, 64, `^[a-zA-Z0-9\/+=]+$`, true),
		"ReplicaRegion":                   limited(1, 32, regionPattern, false),
		"RetiringPrincipal":               limited(1, 256, principalPattern, false),
		"RetiringServicePrincipal":        limited(1, 128, servicePattern, false),
		"RotationPeriodInDays":            limited(90, 2560, "", false),
		"SharedSecretCiphertextBlob":      limited(1, 6144, "", false),
		"Signature":                       limited(1, 6144, "", false),
		"SourceArn":                       limited(20, 512, `^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$`, false),
		"SourceKeyId":                     limited(1, 2048, "", false),
		"TagKey":                          limited(1, 128, "", false),
		"TagKeys[]":                       limited(1, 128, "", false),
		"TagValue":                        limited(0, 256, "", false),
		"TargetKeyId":                     limited(1, 2048, "", false),
		"TrustAnchorCertificate":          limited(1, 5000, "", false),
		"XksKeyId":                        limited(1, 128, `^[a-zA-Z0-9-_.]+$`, false),
		"XksProxyUriEndpoint":             limited(10, 128, `^https://[a-zA-Z0-9.-]+$`, false),
		"XksProxyUriPath":                 limited(10, 128, `^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$`, false),
		"XksProxyVpcEndpointServiceName":  limited(20, 64, `^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$`, false),
		"XksProxyVpcEndpointServiceOwner": limited(12, 12, `[0-9]{12}`, false),
	}
}

func limited(least, most int64, pattern string, sensitive bool) *rule {
	r := &rule{min: least, max: most, pattern: pattern, sensitive: sensitive}
	if pattern != "" {
		r.compiled = sync.OnceValue(func() *regexp.Regexp { return compile(pattern) })
	}
	return r
}

const (
	aliasPattern     = `^[a-zA-Z0-9:/_-]+$`
	principalPattern = `^[\w+=,.@:/-]+$`
	servicePattern   = `^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`
	regionPattern    = `^([a-z]+-){2,3}\d+$`
)

// requiredMembers are the members a structure cannot do without, by operation
// or, for structures inside an input, by the SDK's name of the type.
func requiredMembers() map[string][]string {
	return map[string][]string{
		"CancelKeyDeletion":                   {"KeyId"},
		"ConnectCustomKeyStore":               {"CustomKeyStoreId"},
		"CreateAlias":                         {"AliasName", "TargetKeyId"},
		"CreateCustomKeyStore":                {"CustomKeyStoreName"},
		"CreateGrant":                         {"KeyId", "Operations"},
		"Decapsulate":                         {"KeyId", "EncapsulationAlgorithm", "SharedSecretCiphertextBlob"},
		"DeleteAlias":                         {"AliasName"},
		"DeleteCustomKeyStore":                {"CustomKeyStoreId"},
		"DeleteImportedKeyMaterial":           {"KeyId"},
		"DeriveSharedSecret":                  {"KeyId", "KeyAgreementAlgorithm", "PublicKey"},
		"DescribeKey":                         {"KeyId"},
		"DisableKey":                          {"KeyId"},
		"DisableKeyRotation":                  {"KeyId"},
		"DisconnectCustomKeyStore":            {"CustomKeyStoreId"},
		"EnableKey":                           {"KeyId"},
		"EnableKeyRotation":                   {"KeyId"},
		"Encapsulate":                         {"KeyId", "EncapsulationAlgorithm"},
		"Encrypt":                             {"KeyId", "Plaintext"},
		"GenerateDataKey":                     {"KeyId"},
		"GenerateDataKeyPair":                 {"KeyId", "KeyPairSpec"},
		"GenerateDataKeyPairWithoutPlaintext": {"KeyId", "KeyPairSpec"},
		"GenerateDataKeyWithoutPlaintext":     {"KeyId"},
		"GenerateMac":                         {"Message", "KeyId", "MacAlgorithm"},
		"GetKeyLastUsage":                     {"KeyId"},
		"GetKeyPolicy":                        {"KeyId"},
		"GetKeyRotationStatus":                {"KeyId"},
		"GetParametersForImport":              {"KeyId", "WrappingAlgorithm", "WrappingKeySpec"},
		"GetPublicKey":                        {"KeyId"},
		"ImportKeyMaterial":                   {"KeyId", "ImportToken", "EncryptedKeyMaterial"},
		"ListGrants":                          {"KeyId"},
		"ListKeyPolicies":                     {"KeyId"},
		"ListKeyRotations":                    {"KeyId"},
		"ListResourceTags":                    {"KeyId"},
		"PutKeyPolicy":                        {"KeyId", "Policy"},
		"ReEncrypt":                           {"DestinationKeyId"},
		"ReplicateKey":                        {"KeyId", "ReplicaRegion"},
		"RevokeGrant":                         {"KeyId", "GrantId"},
		"RotateKeyOnDemand":                   {"KeyId"},
		"ScheduleKeyDeletion":                 {"KeyId"},
		"Sign":                                {"KeyId", "Message", "SigningAlgorithm"},
		"TagResource":                         {"KeyId", "Tags"},
		"UntagResource":                       {"KeyId", "TagKeys"},
		"UpdateAlias":                         {"AliasName", "TargetKeyId"},
		"UpdateCustomKeyStore":                {"CustomKeyStoreId"},
		"UpdateKeyDescription":                {"KeyId", "Description"},
		"UpdatePrimaryRegion":                 {"KeyId", "PrimaryRegion"},
		"Verify":                              {"KeyId", "Message", "Signature", "SigningAlgorithm"},
		"VerifyMac":                           {"Message", "KeyId", "MacAlgorithm", "Mac"},

		"Tag":                                  {"TagKey", "TagValue"},
		"XksProxyAuthenticationCredentialType": {"AccessKeyId", "RawSecretAccessKey"},
	}
}

// enumOrder is how an error text lists a set of values, where AWS was seen to
// do it, by the SDK's name of the type. AWS lists them in the order of a hash
// table; values it has gained since are put last, SM2 is not shown outside China.
func enumOrder() map[string][]string {
	return map[string][]string{
		"KeyUsageType": {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"},
		"KeySpec": {
			"RSA_2048", "ECC_NIST_P384", "ECC_NIST_P256", "ECC_NIST_P521", "HMAC_384", "RSA_3072", "ECC_SECG_P256K1",
			"RSA_4096", "SYMMETRIC_DEFAULT", "HMAC_256", "HMAC_224", "HMAC_512", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87",
			"ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024",
		},
		"MacAlgorithmSpec": {"HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"},
	}
}
