package sim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// lab is a world with real clients of the SDK in front of it.
type lab struct {
	*testing.T
	world  *sim.World
	server *awsjson.Server
	ctx    context.Context
	store  *string // a custom key store, once one was needed
}

func newLab(t *testing.T, regions ...string) *lab {
	t.Helper()
	w, err := sim.New(sim.Options{Regions: regions, NoRateLimits: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return &lab{T: t, world: w, server: awsjson.New(w, clock.NewVirtual(w.Now())), ctx: context.Background()}
}

// at is a client of a Region.
func (l *lab) at(region string) *kms.Client {
	p := &sim.Principal{ARN: "arn:aws:iam::111122223333:user/admin", Account: "111122223333", ID: "AIDAEXAMPLEADMIN", Operator: true}
	return kms.New(kms.Options{
		Region: region, HTTPClient: l.server.Transport(region, region, p),
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	})
}

// pass lets time pass.
func (l *lab) pass(d time.Duration) {
	l.Helper()
	if err := l.server.Skip(d); err != nil {
		l.Fatal(err)
	}
}

// create makes a key and returns its ARN.
func (l *lab) create(c *kms.Client, spec types.KeySpec, usage types.KeyUsageType, change ...func(*kms.CreateKeyInput)) *string {
	l.Helper()
	in := &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage}
	for _, f := range change {
		f(in)
	}
	out, err := c.CreateKey(l.ctx, in)
	if err != nil {
		l.Fatalf("create %s: %v", spec, err)
	}
	return out.KeyMetadata.Arn
}

// refused checks code and text of an error; an empty text means that AWS sends
// none, for which the SDK puts words of its own when it does not know the error.
func (l *lab) refused(what string, err error, code, text string) {
	l.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		l.Errorf("%s: got %v, want %s: %s", what, err, code, text)
		return
	}
	got := e.ErrorMessage()
	if text == "" && got == "UnknownError" {
		got = ""
	}
	if e.ErrorCode() != code || got != text {
		l.Errorf("%s: got %s: %q, want %s: %q", what, e.ErrorCode(), got, code, text)
	}
}

// done checks that a call succeeded.
func (l *lab) done(what string, err error) {
	l.Helper()
	if err != nil {
		l.Fatalf("%s: %v", what, err)
	}
}

// dryRun is the text of a dry run that would have succeeded.
const dryRun = "The request would have succeeded, but the DryRun option is set."
