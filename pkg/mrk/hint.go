package mrk

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Hint says what to do about a call that was refused, as a command where there
// is one. It is empty where the answer speaks for itself.
func (e *CallError) Hint() string {
	if hint := hintFor(e.Code, e.Region, e.Message); hint != "" {
		return hint
	}
	var h interface{ Hint() string }
	if errors.As(e.err, &h) {
		return h.Hint()
	}
	return ""
}

// notEnabled are the answers of a Region that does not know the caller's account.
func notEnabled(code string) bool {
	return code == "UnrecognizedClientException" || code == "InvalidClientTokenId" || code == "OptInRequired"
}

// hintFor is what to do about an answer of a Region; empty when it speaks for itself.
func hintFor(code, region, message string) string {
	if notEnabled(code) {
		return fmt.Sprintf("either the credentials are not AWS's, or the account has not enabled %s: aws account enable-region --region-name %s", region, region)
	}
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return "the session has ended: take a new one, for example with `aws sso login`, and run the command again"
	case "AccessDeniedException", "AccessDenied", "NotAuthorized":
		if strings.Contains(message, "iam:CreateServiceLinkedRole") {
			return "an account's first multi-Region key needs the role that keeps its members the same; somebody who may makes it once: " +
				"aws iam create-service-linked-role --aws-service-name mrk.kms.amazonaws.com"
		}
		return "mrkctl doctor --in " + region + " shows what is allowed there"
	case "MalformedPolicyDocumentException":
		return policyHint(message)
	case "LimitExceededException":
		return "a quota of the account is used up: Service Quotas shows it, and raises it where AWS lets it be raised"
	case "ThrottlingException":
		return "KMS answers so many calls a second for all of an account in a Region: wait some seconds and run it again"
	case wire.Unreachable:
		return "mrkctl doctor --in " + region + " shows whether the Region answers again"
	default:
		return ""
	}
}

// policyHint tells from AWS's text why a key policy was refused. A policy that
// can't be read is refused without any text (recorded).
func policyHint(message string) string {
	switch {
	case strings.Contains(message, "invalid principals"):
		return "every principal has to exist before a policy names it; ids such as AROA… and AIDA… are what is left of roles and users that were deleted"
	case strings.Contains(message, "update the key policy"):
		return "let the policy allow kms:PutKeyPolicy to you or to the account's root; " +
			"--bypass-policy-lockout-safety-check sends it all the same, and AWS Support alone could mend it"
	default:
		return "every statement needs an Effect, a Principal, an Action and a Resource, and members that IAM knows"
	}
}

// RegionError says that a change needs a Region which can't be asked.
type RegionError struct {
	Problem
	Need string // what it is needed for
}

func (e *RegionError) Error() string {
	what := "does not answer"
	if notEnabled(e.Code) {
		what = "does not know the account"
	}
	return fmt.Sprintf("%s %s (%s), and %s", e.Region, what, orDefault(e.Look, e.Code), e.Need)
}

// Hint is what to do about it.
func (e *RegionError) Hint() string {
	if hint := hintFor(e.Code, e.Region, e.Problem.Message); hint != "" {
		return hint
	}
	return "mrkctl doctor --in " + e.Region
}

// ExitCode is that of missing permission where the Region refuses us.
func (e *RegionError) ExitCode() int {
	if notEnabled(e.Code) || strings.HasPrefix(e.Code, "AccessDenied") || strings.HasPrefix(e.Code, "ExpiredToken") {
		return 9
	}
	return 1
}
