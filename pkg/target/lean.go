package target

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go/auth"
	transport "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// lean are the options of the SDK's client for a world in this process: the
// SDK's own code from the input type to the bytes on the wire and back. What is
// left out, by the SDK's own options, would do nothing here and is four tenths
// of what the SDK spends on a call: nobody signs, nobody sends a call again (a
// drill does that by its own clock), and the endpoint stays what it is.
func lean(region string, d wire.Doer) kms.Options {
	return kms.Options{
		Region: region, HTTPClient: d,
		Credentials: aws.AnonymousCredentials{}, AuthSchemeResolver: unsigned{}, Retryer: aws.NopRetryer{},
		EndpointResolverV2: &resolved{},
		APIOptions:         []func(*middleware.Stack) error{leaveOut},
	}
}

// leaveOut takes out of a call's stack what has nothing to do. A middleware
// that another version of the SDK calls by another name stays where it is.
func leaveOut(s *middleware.Stack) error {
	// Headers for AWS's own statistics. RecursionDetection takes them from the
	// environment, on which nothing in a simulated world may depend.
	for _, id := range [...]string{"ClientRequestID", "UserAgent", "RecursionDetection"} {
		_, _ = s.Build.Remove(id)
	}
	// There is one attempt and no signature.
	for _, id := range [...]string{
		"InterceptBeforeRetryLoop", "Retry", "InterceptAttempt",
		"disableHTTPS", "ComputePayloadHash", "setLegacyContextSigningOptions", "Signing",
	} {
		_, _ = s.Finalize.Remove(id)
	}
	// Nobody asks for the raw answer, for a log of it, or when it came by the wall clock.
	for _, id := range [...]string{"AddRawResponseToMetadata", "RecordResponseTiming", "RequestResponseLogger"} {
		_, _ = s.Deserialize.Remove(id)
	}
	return nil
}

// resolved looks the endpoint of its client up once, by the SDK's rules.
type resolved struct {
	once     sync.Once
	endpoint transport.Endpoint
	err      error
}

func (r *resolved) ResolveEndpoint(ctx context.Context, p kms.EndpointParameters) (transport.Endpoint, error) {
	r.once.Do(func() { r.endpoint, r.err = kms.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, p) })
	return r.endpoint, r.err
}

// unsigned asks for no signature.
type unsigned struct{}

func (unsigned) ResolveAuthSchemes(context.Context, *kms.AuthResolverParameters) ([]*auth.Option, error) {
	return []*auth.Option{{SchemeID: auth.SchemeIDAnonymous}}, nil
}
