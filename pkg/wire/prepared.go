package wire

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// PreparedCall makes one operation of a client.
type PreparedCall[In, Out any] = func(context.Context, *In) (*Out, error)

// method is the client's method for an operation.
type method[In, Out any] = func(context.Context, *In, ...func(*kms.Options)) (*Out, error)

// Prepare returns a call that sends what the client's method sends and answers
// what it answers, but for the result's metadata, and costs a third less: the
// SDK builds the stack of middleware of an operation anew for each call, and a
// prepared call keeps it.
//
// A stack that signs or retries has more state than is known here. Its method
// is returned as it is.
func Prepare[In, Out any](m method[In, Out]) PreparedCall[In, Out] {
	if s := capture(m); s == nil || !s.plain {
		return func(ctx context.Context, in *In) (*Out, error) { return m(ctx, in) }
	}
	p := &prepared[In, Out]{method: m}
	return p.call
}

// prepared are the stacks of one operation of one client that no call uses now.
// A stack serves one call at a time, since its steps are linked by each call.
type prepared[In, Out any] struct {
	method method[In, Out]
	mu     sync.Mutex // guards free
	free   []*stack
}

// stack is an operation's chain of middleware as the SDK built it.
type stack struct {
	operation string
	plain     bool            // neither signs nor retries
	values    context.Context // what the SDK's client says of the operation
	chain     middleware.InitializeHandler
}

// errCaptured ends the call that was made for its stack alone.
var errCaptured = errors.New("the stack was captured")

// capture has the client build a stack, and stops before anything is sent.
func capture[In, Out any](m method[In, Out]) *stack {
	var s *stack
	_, _ = m(context.Background(), new(In), func(o *kms.Options) {
		o.APIOptions = append(o.APIOptions, func(built *middleware.Stack) error {
			_, retries := built.Finalize.Get("Retry")
			_, signs := built.Finalize.Get("Signing")
			return built.Initialize.Add(middleware.InitializeMiddlewareFunc("Capture",
				func(ctx context.Context, _ middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
					s = &stack{built.ID(), !retries && !signs, ctx, next}
					return middleware.InitializeOutput{}, middleware.Metadata{}, errCaptured
				}), middleware.Before)
		})
	})
	return s
}

func (p *prepared[In, Out]) call(ctx context.Context, in *In) (*Out, error) {
	if in == nil {
		in = new(In) // as the client's methods do
	}
	s := p.take()                                                                                                       //nolint:contextcheck // a stack is built for many calls
	result, _, err := s.chain.HandleInitialize(stackContext{ctx, s.values}, middleware.InitializeInput{Parameters: in}) //nolint:contextcheck // ctx is in it
	if err != nil {
		// What a failure leaves in a stack is not looked into: it is dropped.
		return nil, &smithy.OperationError{ServiceID: kms.ServiceID, OperationName: s.operation, Err: err}
	}
	// A stack reads every answer into the same output.
	into := result.Result.(*Out)
	out := *into
	*into = *new(Out)
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
	return &out, nil
}

func (p *prepared[In, Out]) take() *stack {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	return capture(p.method)
}

// stackContext is a caller's context with what the SDK says of the operation.
type stackContext struct {
	context.Context
	values context.Context
}

func (c stackContext) Value(key any) any {
	if v := c.values.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}
