package mrk

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// Cloud is the handle on the KMS of several Regions.
type Cloud struct {
	// Client returns the client for a Region's endpoint. It must be set.
	Client func(region string) *kms.Client
	// Clock is the timeline on which calls are made and waits pass. It must be set.
	Clock clock.Clock
	// Regions are where to look for members, the preferred one first.
	Regions []string
	// CallLimit is the longest that one call may take; zero means 15 seconds.
	// It bounds what a dark Region costs.
	CallLimit time.Duration
	// Pace, if set, holds calls back so that request quotas are not exceeded.
	Pace *Pace
}

const defaultCallLimit = 15 * time.Second

// limited returns a context that ends with the Cloud's limit for one call.
func (c Cloud) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := c.CallLimit
	if limit <= 0 {
		limit = defaultCallLimit
	}
	return c.Clock.WithTimeout(ctx, limit)
}

// call makes one call in a Region within the limit and translates its error.
func call[In, Out any](ctx context.Context, c Cloud, region string,
	op func(context.Context, *In, ...func(*kms.Options)) (*Out, error), in *In,
) (*Out, error) {
	if c.Pace != nil { // the wait for a turn is none of the call's own time
		operation := strings.TrimSuffix(reflect.TypeFor[In]().Name(), "Input")
		if err := c.Pace.Take(ctx, region, operation); err != nil {
			return nil, err
		}
	}
	ctx, cancel := c.limited(ctx)
	defer cancel()
	out, err := op(ctx, in)
	if err != nil {
		return nil, translate(region, err)
	}
	return out, nil
}

// inEach runs f for every Region side by side and returns once all have ended.
// f is given the Region's place in the list, to put its result there.
func (c Cloud) inEach(regions []string, f func(i int, region string)) {
	if len(regions) == 1 {
		f(0, regions[0])
		return
	}
	g := c.Clock.Group()
	for i, region := range regions {
		g.Go(func() { f(i, region) })
	}
	g.Wait()
}
