package target

import (
	"errors"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// pinnedRetryer retries in the same way whatever AWS_RETRY_MODE and its like
// say. It differs from the SDK's in two things. LimitExceededException is a
// quota of KMS, which waiting does not mend. And a change that may have taken
// effect is not repeated: CreateKey and ReplicateKey have no idempotency token.
func pinnedRetryer() aws.Retryer {
	throttles := maps.Clone(retry.DefaultThrottleErrorCodes)
	delete(throttles, "LimitExceededException")
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 4
		o.MaxBackoff = 5 * time.Second
		o.Retryables = []retry.IsErrorRetryable{
			retry.NoRetryCanceledError{},
			retry.RetryableErrorCode{Codes: throttles},
			retry.IsErrorRetryableFunc(unclearChange),
			retry.RetryableError{},
			retry.RetryableConnectionError{},
			retry.RetryableHTTPStatusCode{Codes: retry.DefaultRetryableHTTPStatusCodes},
			retry.RetryableErrorCode{Codes: retry.DefaultRetryableErrorCodes},
		}
	})
}

// unclearChange says no to repeating a change that met a server error.
func unclearChange(err error) aws.Ternary {
	var r *smithyhttp.ResponseError
	if !errors.As(err, &r) || r.Response == nil || r.Response.Request == nil {
		return aws.UnknownTernary
	}
	if r.HTTPStatusCode() >= 500 && wire.Changes(wire.Operation(r.Response.Request)) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}
