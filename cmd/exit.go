package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/drill"
)

// The exit codes, the whole contract with scripts: see [ExitCodes].
const (
	exitOK        = 0
	exitError     = 1
	exitUsage     = 2
	exitDrift     = 3
	exitUnknown   = 4
	exitGuard     = 5
	exitRefused   = 6
	exitDirty     = 7
	exitLocked    = 8
	exitDenied    = 9
	exitInterrupt = 130
)

// ExitCode is one row of the table of exit codes.
type ExitCode struct {
	Code    int    `json:"code"`
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
}

// ExitCodes returns the table of exit codes in ascending order. The help
// prints it, the documentation is made from it and the tests hold it.
func ExitCodes() []ExitCode {
	return []ExitCode{
		{exitOK, "ok", "done, or passed; never given without a verdict"},
		{exitError, "error", "an error, or an objective or check that failed"},
		{exitUsage, "usage", "a wrong command line, or a file that is not valid"},
		{exitDrift, "drift", "members of a key set differ"},
		{exitUnknown, "unknown", "not enough evidence for a verdict"},
		{exitGuard, "guard", "a standing guard of the drill stopped it"},
		{exitRefused, "refused", "a safety rule refused it; nothing was changed"},
		{exitDirty, "left dirty", "the undo is incomplete; the way back was printed"},
		{exitLocked, "locked", "another drill holds the key set"},
		{exitDenied, "denied", "no credentials, or a permission is missing"},
		{exitInterrupt, "interrupted", "interrupted, and what had been changed was undone"},
	}
}

// exitError decorations: an error may carry the code it ends the program with
// and a hint for the operator. Domain errors take part by having the methods.
type (
	exitCoder interface{ ExitCode() int }
	hinter    interface{ Hint() string }
)

// codedError is an error with an exit code.
type codedError struct {
	error
	code int
}

func (e codedError) Unwrap() error { return e.error }
func (e codedError) ExitCode() int { return e.code }

// hintedError is an error with advice.
type hintedError struct {
	error
	hint string
}

func (e hintedError) Unwrap() error { return e.error }
func (e hintedError) Hint() string  { return e.hint }

var (
	_ exitCoder = codedError{}
	_ hinter    = hintedError{}
)

// withExit gives err an exit code.
func withExit(code int, err error) error { return codedError{err, code} }

// withHint gives err a hint: what to do next, as a command where there is one.
func withHint(err error, format string, args ...any) error {
	return hintedError{err, fmt.Sprintf(format, args...)}
}

// usageErrorf is an error of the command line.
func usageErrorf(format string, args ...any) error {
	return withExit(exitUsage, fmt.Errorf(format, args...))
}

// verdictError ends a command whose answer has been shown already and is not
// good news: it sets the exit code and prints nothing.
type verdictError struct{ code int }

func (e verdictError) Error() string { return fmt.Sprintf("verdict with exit code %d", e.code) }
func (e verdictError) ExitCode() int { return e.code }

// verdict returns nil for 0 and else the error that ends with that code.
func verdict(code int) error {
	if code == exitOK {
		return nil
	}
	return verdictError{code}
}

// exitCodeOf is the one map from errors to exit codes.
func exitCodeOf(err error) int {
	var coder exitCoder
	var api smithy.APIError
	var stopped drill.Interrupted
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coder):
		return coder.ExitCode()
	case errors.Is(err, context.Canceled), errors.As(err, &stopped):
		return exitInterrupt
	case errors.As(err, &api) && slices.Contains(deniedCodes(), api.ErrorCode()):
		return exitDenied
	default:
		return exitError
	}
}

// deniedCodes are the errors with which AWS refuses a caller rather than a request.
func deniedCodes() []string {
	return []string{
		"AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException",
		"IncompleteSignature", "InvalidClientTokenId", "InvalidSignatureException",
		"MissingAuthenticationToken", "NotAuthorized", "OptInRequired", "UnrecognizedClientException",
	}
}
