// Package xks speaks the published API between AWS KMS and external key store
// proxies (aws-kms-xksproxy-api-spec, version 1), from both ends: [Proxy] is a
// proxy with a key manager behind it, [Client] is the side of KMS.
//
// Every request is a POST of JSON, signed with Signature Version 4 for the
// service kms-xks-proxy by a credential that has nothing to do with IAM. Four
// operations exist: the proxy's health, a key's metadata, encryption and
// decryption with AES-256-GCM. Key material never leaves the key manager, and
// what the proxy is asked to encrypt has already been encrypted by KMS.
package xks

// Call says on whose behalf KMS asks, for the proxy's log and authorization.
type Call struct {
	// Principal is the ARN of the caller of KMS; empty for health checks.
	Principal string `json:"awsPrincipalArn,omitempty"`
	// KeyARN is the KMS key; empty while it is being created.
	KeyARN string `json:"kmsKeyArn,omitempty"`
	// Operation is what KMS was asked to do.
	Operation string `json:"kmsOperation"`
	// RequestID is the request's id at KMS.
	RequestID string `json:"kmsRequestId"`
	// ViaService is the AWS service that called on the principal's behalf.
	ViaService string `json:"kmsViaService,omitempty"`
}

// Sealed is what the key manager made of a plaintext.
type Sealed struct {
	Ciphertext []byte `json:"ciphertext"`
	// Metadata is up to 20 bytes of the proxy's own; may be empty.
	Metadata []byte `json:"ciphertextMetadata,omitempty"`
	// IV is 12 or 16 bytes long, Tag 16.
	IV  []byte `json:"initializationVector"`
	Tag []byte `json:"authenticationTag"`
}

// KeyMetadata describes an external key.
type KeyMetadata struct {
	// Spec is AES_256 for keys that KMS can use.
	Spec string `json:"keySpec"`
	// Usage lists what the key may do; KMS needs ENCRYPT and DECRYPT.
	Usage []string `json:"keyUsage"`
	// Status is ENABLED or DISABLED.
	Status string `json:"keyStatus"`
}

// Health describes a proxy and the key managers behind it.
type Health struct {
	FleetSize int       `json:"xksProxyFleetSize"`
	Vendor    string    `json:"xksProxyVendor"`
	Model     string    `json:"xksProxyModel"`
	EKMVendor string    `json:"ekmVendor"`
	Managers  []Manager `json:"ekmFleetDetails"`
}

// Manager is one external key manager as Health shows it.
type Manager struct {
	ID    string `json:"id"`
	Model string `json:"model"`
	// Status is ACTIVE, DEGRADED or UNAVAILABLE.
	Status string `json:"healthStatus"`
}

// The bodies of requests and answers that are more than the types above.
type (
	request struct {
		Call Call `json:"requestMetadata"`
	}
	encryptRequest struct {
		Call      Call   `json:"requestMetadata"`
		AAD       []byte `json:"additionalAuthenticatedData,omitempty"`
		Plaintext []byte `json:"plaintext"`
		Algorithm string `json:"encryptionAlgorithm"`
		Integrity string `json:"ciphertextDataIntegrityValueAlgorithm,omitempty"`
	}
	encryptResponse struct {
		Sealed
		Integrity []byte `json:"ciphertextDataIntegrityValue,omitempty"`
	}
	decryptRequest struct {
		Call Call `json:"requestMetadata"`
		Sealed
		AAD       []byte `json:"additionalAuthenticatedData,omitempty"`
		Algorithm string `json:"encryptionAlgorithm"`
	}
	decryptResponse struct {
		Plaintext []byte `json:"plaintext"`
	}
	errorResponse struct {
		Name    string `json:"errorName"`
		Message string `json:"errorMessage,omitempty"`
	}
)

const (
	aesGCM = "AES_GCM"
	sha256 = "SHA_256"
	// Limits of the specification, in bytes.
	maxPlaintext = 4300
	maxAAD       = 8192
	maxMetadata  = 20
	maxBody      = 1 << 16
)

// ProxyError is why a request to a proxy failed.
type ProxyError struct {
	// Reason is one of the error names of the API, or one of the constants for
	// what goes wrong before a proxy answers.
	Reason string
	// Detail is for logs: the proxy's own words, or the network's.
	Detail string
}

// Error is reason and detail.
func (f *ProxyError) Error() string {
	if f.Detail == "" {
		return "external key store proxy: " + f.Reason
	}
	return "external key store proxy: " + f.Reason + ": " + f.Detail
}

// The error names of the API.
const (
	ValidationFailed     = "ValidationException"
	InvalidState         = "InvalidStateException"
	InvalidCiphertext    = "InvalidCiphertextException"
	InvalidKeyUsage      = "InvalidKeyUsageException"
	AuthenticationFailed = "AuthenticationFailedException"
	AccessDenied         = "AccessDeniedException"
	KeyNotFound          = "KeyNotFoundException"
	InvalidURIPath       = "InvalidUriPathException"
	Throttled            = "ThrottlingException"
	UnsupportedOperation = "UnsupportedOperationException"
	DependencyTimeout    = "DependencyTimeoutException"
	Internal             = "InternalException"
)

// What goes wrong before a proxy answers.
const (
	Unreachable = "unreachable"
	TLSFailed   = "tls"
	TimedOut    = "timeout"
	Malformed   = "malformed"
)

// statusOf is the HTTP status of an error name; 0 for a name that is none.
func statusOf(name string) int {
	switch name {
	case ValidationFailed, InvalidState, InvalidCiphertext, InvalidKeyUsage:
		return 400
	case AuthenticationFailed:
		return 401
	case AccessDenied:
		return 403
	case KeyNotFound, InvalidURIPath:
		return 404
	case Throttled:
		return 429
	case UnsupportedOperation:
		return 501
	case DependencyTimeout:
		return 503
	case Internal:
		return 500
	}
	return 0
}

func failed(reason, detail string) *ProxyError { return &ProxyError{Reason: reason, Detail: detail} }
