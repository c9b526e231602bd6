package runbook

// operations are the calls of the KMS API, version 2014-11-01; a runbook may
// name any of them.
func operations() []string {
	return []string{
		"CancelKeyDeletion", "ConnectCustomKeyStore", "CreateAlias", "CreateCustomKeyStore", "CreateGrant", "CreateKey",
		"Decapsulate", "Decrypt", "DeleteAlias", "DeleteCustomKeyStore", "DeleteImportedKeyMaterial", "DeriveSharedSecret",
		"DescribeCustomKeyStores", "DescribeKey", "DisableKey", "DisableKeyRotation", "DisconnectCustomKeyStore",
		"EnableKey", "EnableKeyRotation", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
		"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom",
		"GetKeyLastUsage", "GetKeyPolicy", "GetKeyRotationStatus", "GetParametersForImport", "GetPublicKey",
		"ImportKeyMaterial", "ListAliases", "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListKeys",
		"ListResourceTags", "ListRetirableGrants", "PutKeyPolicy", "ReEncrypt", "ReplicateKey", "RetireGrant",
		"RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion", "Sign", "TagResource", "UntagResource", "UpdateAlias",
		"UpdateCustomKeyStore", "UpdateKeyDescription", "UpdatePrimaryRegion", "Verify", "VerifyMac",
	}
}

// errorCodes are the errors that the KMS API declares, and those that every
// AWS API may give before a request reaches the service.
func errorCodes() []string {
	return []string{
		"AccessDeniedException", "AlreadyExistsException", "CloudHsmClusterInUseException",
		"CloudHsmClusterInvalidConfigurationException", "CloudHsmClusterNotActiveException",
		"CloudHsmClusterNotFoundException", "CloudHsmClusterNotRelatedException", "ConflictException",
		"CustomKeyStoreHasCMKsException", "CustomKeyStoreInvalidStateException", "CustomKeyStoreNameInUseException",
		"CustomKeyStoreNotFoundException", "DependencyTimeoutException", "DisabledException", "DryRunOperationException",
		"ExpiredImportTokenException", "ExpiredTokenException", "IncorrectKeyException", "IncorrectKeyMaterialException",
		"IncorrectTrustAnchorException", "InvalidAliasNameException", "InvalidArnException", "InvalidCiphertextException",
		"InvalidGrantIdException", "InvalidGrantTokenException", "InvalidImportTokenException", "InvalidKeyUsageException",
		"InvalidMarkerException", "InvalidSignatureException", "KMSInternalException", "KMSInvalidMacException",
		"KMSInvalidSignatureException", "KMSInvalidStateException", "KeyUnavailableException", "LimitExceededException",
		"MalformedPolicyDocumentException", "NotFoundException", "TagException", "ThrottlingException",
		"UnrecognizedClientException", "UnsupportedOperationException", "ValidationException",
		"XksKeyAlreadyInUseException", "XksKeyInvalidConfigurationException", "XksKeyNotFoundException",
		"XksProxyIncorrectAuthenticationCredentialException", "XksProxyInvalidConfigurationException",
		"XksProxyInvalidResponseException", "XksProxyUriEndpointInUseException", "XksProxyUriInUseException",
		"XksProxyUriUnreachableException", "XksProxyVpcEndpointServiceInUseException",
		"XksProxyVpcEndpointServiceInvalidConfigurationException", "XksProxyVpcEndpointServiceNotFoundException",
	}
}

// serviceEvents are what AWS does by itself and writes into the audit trail.
func serviceEvents() []string {
	return []string{"DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"}
}
