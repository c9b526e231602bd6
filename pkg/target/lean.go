package target

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	transport "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// lean are the options of the SDK's client for a world in this process: the
// SDK's own code from the input type to the bytes on the wire and back. What is
// left out, by the SDK's own options, would do nothing here and is four tenths
// of what the SDK spends on a call: nobody signs, nobody sends a call again (a
// drill does that by its own clock), and the endpoint stays what it is.
func lean(region string, d wire.Doer) kms.Options {
	e := &endpoint{region: region}
	return kms.Options{
		Region: region, HTTPClient: d, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
		APIOptions: []func(*middleware.Stack) error{leaveOut, e.settle},
	}
}

// leaveOut takes out of a call's stack what has nothing to do. A middleware
// that another version of the SDK calls by another name stays where it is.
func leaveOut(s *middleware.Stack) error {
	// Only what chooses an endpoint or a signature by the input asks for it.
	for _, id := range [...]string{"setOperationInput", "ResolveEndpoint"} {
		_, _ = s.Serialize.Remove(id)
	}
	// Headers for AWS's own statistics. RecursionDetection takes them from the
	// environment, on which nothing in a simulated world may depend.
	for _, id := range [...]string{"ClientRequestID", "UserAgent", "RecursionDetection"} {
		_, _ = s.Build.Remove(id)
	}
	// There is one attempt and no signature.
	for _, id := range [...]string{
		"InterceptBeforeRetryLoop", "Retry", "InterceptAttempt", "ResolveAuthScheme", "GetIdentity",
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

// endpoint addresses the calls of a client. It is the SDK's own for the Region,
// looked up once.
type endpoint struct {
	region string
	once   sync.Once
	at     url.URL
	err    error
}

// settle takes the place of the middleware that looks an endpoint up for each call.
func (e *endpoint) settle(s *middleware.Stack) error {
	_, err := s.Finalize.Swap(e.ID(), e)
	return err
}

// ID is the name of the SDK's own middleware.
func (e *endpoint) ID() string { return "ResolveEndpointV2" }

// HandleFinalize addresses one call.
func (e *endpoint) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	e.once.Do(func() {
		var found transport.Endpoint
		found, e.err = kms.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, kms.EndpointParameters{Region: &e.region})
		e.at = found.URI
	})
	req, ok := in.Request.(*smithyhttp.Request)
	switch {
	case e.err != nil:
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("look the endpoint of %s up: %w", e.region, e.err)
	case !ok:
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("address a call: a request of type %T", in.Request)
	}
	req.URL.Scheme, req.URL.Host = e.at.Scheme, e.at.Host
	return next.HandleFinalize(ctx, in)
}
