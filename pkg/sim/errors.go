package sim

import "fmt"

// Error is an error as KMS answers it.
//
// Rules: MRK-WIRE-02, MRK-WIRE-05.
type Error struct {
	// Code is the bare shape name that travels as __type.
	Code string
	// Message is the text; empty means that the answer has no message member.
	Message string
	// Status is the HTTP status: 400 for everything a client did, 500 for what
	// the service failed at.
	Status int
}

// Error is the code and, if there is one, the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// fail is a client error (HTTP 400) with a message, or without when format is empty.
func fail(code, format string, args ...any) *Error {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	return &Error{Code: code, Message: msg, Status: 400}
}

// broken is a server error (HTTP 500), which has no message.
func broken(code string) *Error {
	return &Error{Code: code, Status: 500}
}

// The codes that more than one operation answers with.
const (
	codeAccessDenied      = "AccessDeniedException"
	codeAlreadyExists     = "AlreadyExistsException"
	codeConflict          = "ConflictException"
	codeDisabled          = "DisabledException"
	codeDryRun            = "DryRunOperationException"
	codeIncorrectKey      = "IncorrectKeyException"
	codeInternal          = "KMSInternalException"
	codeInvalidAlias      = "InvalidAliasNameException"
	codeInvalidArn        = "InvalidArnException"
	codeInvalidCiphertext = "InvalidCiphertextException"
	codeInvalidKeyUsage   = "InvalidKeyUsageException"
	codeInvalidMarker     = "InvalidMarkerException"
	codeInvalidState      = "KMSInvalidStateException"
	codeLimitExceeded     = "LimitExceededException"
	codeMalformedPolicy   = "MalformedPolicyDocumentException"
	codeNotFound          = "NotFoundException"
	codeTag               = "TagException"
	codeThrottling        = "ThrottlingException"
	codeUnsupported       = "UnsupportedOperationException"
	codeValidation        = "ValidationException"
)
