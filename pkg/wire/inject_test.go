package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// constant answers every request with one reply.
type constant struct {
	status int
	body   string
	err    error
}

func (c constant) Do(req *http.Request) (*http.Response, error) {
	if c.err != nil {
		return nil, c.err
	}
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"X-Amzn-Requestid": {"r-1"}},
		Body: io.NopCloser(strings.NewReader(c.body)), Request: req,
	}, nil
}

func client(d wire.Doer) *kms.Client {
	return kms.New(kms.Options{Region: "eu-west-1", HTTPClient: d, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}})
}

func TestInjectedOutageIsClassifiedAsItLooks(t *testing.T) {
	for _, look := range []string{"timeout", "refused", "dns", "503"} {
		t.Run(look, func(t *testing.T) {
			v := clock.NewVirtual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
			in := wire.NewInjector(v, 1)
			if err := in.Start(wire.Fault{Name: "dark", Kind: "region-outage", In: []string{"eu-west-1"}, Looks: look, AtMost: time.Hour}); err != nil {
				t.Fatal(err)
			}
			c := client(in.Inject(constant{status: 200, body: "{}"}, "eu-west-1"))
			ctx, cancel := v.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("k")})
			a := wire.Classify(err)
			if a.Outcome != wire.Failed || a.Code != wire.Unreachable || a.Look != look {
				t.Errorf("read of a dark Region: %+v", a)
			}
			_, err = c.DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String("k")})
			want := wire.Unclear
			if look == "refused" || look == "dns" {
				want = wire.Failed // it was certainly never sent
			}
			if a := wire.Classify(err); a.Outcome != want {
				t.Errorf("change in a dark Region: %+v, want outcome %s", a, want)
			}
			v.Sleep(t.Context(), 2*time.Hour)
			if _, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")}); err != nil {
				t.Errorf("the fault did not end by itself: %v", err)
			}
		})
	}
}

func TestInjectSparesOtherPlaneRegionAndCalls(t *testing.T) {
	in := wire.NewInjector(clock.NewReal(1), 1)
	if err := in.Start(wire.Fault{Name: "no-promotion", Kind: "api-error", Looks: "KMSInternalException", Calls: []string{"UpdatePrimaryRegion"}, In: []string{"eu-west-1"}, AtMost: time.Minute}); err != nil {
		t.Fatal(err)
	}
	here := client(in.Inject(constant{status: 200, body: "{}"}, "eu-west-1"))
	there := client(in.Inject(constant{status: 200, body: "{}"}, "us-east-1"))
	promote := &kms.UpdatePrimaryRegionInput{KeyId: aws.String("k"), PrimaryRegion: aws.String("us-east-1")}
	if _, err := here.UpdatePrimaryRegion(t.Context(), promote); wire.Classify(err).Code != "KMSInternalException" {
		t.Errorf("got %v", err)
	}
	if _, err := there.UpdatePrimaryRegion(t.Context(), promote); err != nil {
		t.Errorf("another Region suffers too: %v", err)
	}
	if _, err := here.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")}); err != nil {
		t.Errorf("another call suffers too: %v", err)
	}
	in.Stop("no-promotion")
	if _, err := here.UpdatePrimaryRegion(t.Context(), promote); err != nil || len(in.Active()) != 0 {
		t.Errorf("a stopped fault goes on: %v, %v", err, in.Active())
	}
}

func TestInjectShareHitsThatShare(t *testing.T) {
	in := wire.NewInjector(clock.NewReal(1), 7)
	if err := in.Start(wire.Fault{Name: "some", Kind: "throttle", Share: 0.3, AtMost: time.Minute}); err != nil {
		t.Fatal(err)
	}
	c := client(in.Inject(constant{status: 200, body: "{}"}, "eu-west-1"))
	hit := 0
	for range 1000 {
		if _, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")}); err != nil {
			hit++
		}
	}
	if hit < 250 || hit > 350 {
		t.Errorf("%d of 1000 calls were hit, want about 300", hit)
	}
}

func TestInjectorRefusesWhatItCannotDo(t *testing.T) {
	in := wire.NewInjector(clock.NewReal(1), 1)
	for name, f := range map[string]wire.Fault{
		"no name":        {Kind: "throttle", AtMost: time.Second},
		"no at-most":     {Name: "x", Kind: "throttle"},
		"server-side":    {Name: "x", Kind: "replication-lag", AtMost: time.Second},
		"unknown look":   {Name: "x", Kind: "region-outage", Looks: "sad", AtMost: time.Second},
		"not slow":       {Name: "x", Kind: "region-slow", AtMost: time.Second},
		"error of which": {Name: "x", Kind: "api-error", AtMost: time.Second},
	} {
		if in.Start(f) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGuardStopsChangesOnly(t *testing.T) {
	no := errors.New("read only")
	c := client(wire.Guard(constant{status: 200, body: "{}"}, "eu-west-1", func(string, string) error { return no }))
	if _, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")}); err != nil {
		t.Errorf("a read was stopped: %v", err)
	}
	_, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String("k")})
	var f *wire.ForbiddenError
	if !errors.As(err, &f) || !errors.Is(err, no) || f.Op != "DisableKey" {
		t.Errorf("a change passed the guard: %v", err)
	}
	if a := wire.Classify(err); a.Outcome != wire.Failed {
		t.Errorf("a call that was never sent: %+v", a)
	}
}

func TestRecordTellsEveryAttempt(t *testing.T) {
	var calls []wire.Call
	d := wire.Record(constant{status: 400, body: `{"__type":"com.amazonaws.kms#NotFoundException","Message":"gone"}`},
		clock.NewReal(1), "us-east-1", "eu-west-1", func(c wire.Call) { calls = append(calls, c) })
	_, err := client(d).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")})
	if len(calls) != 1 || calls[0].Op != "DescribeKey" || calls[0].Code != "NotFoundException" || calls[0].Message != "gone" || calls[0].RequestID != "r-1" {
		t.Fatalf("recorded %+v", calls)
	}
	if a := wire.Classify(err); a.Code != "NotFoundException" || a.Message != "gone" || a.RequestID != "r-1" || a.Status != 400 {
		t.Errorf("the SDK could no longer read the reply, or Classify not the error: %+v", a)
	}
}

func TestClassifyCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(constant{err: context.Canceled}).DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String("k")})
	if a := wire.Classify(err); a.Code != wire.Canceled {
		t.Errorf("got %+v from %v", a, err)
	}
}

func TestEveryOperationHasItsPlace(t *testing.T) {
	for op, want := range map[string][2]bool{ // data plane, changes
		"Encrypt": {true, false}, "GetPublicKey": {false, false}, "ReplicateKey": {false, true},
		"UpdatePrimaryRegion": {false, true}, "ListGrants": {false, false}, "NoSuchOperation": {false, true},
	} {
		if got := [2]bool{wire.PlaneOf(op) == wire.Data, wire.Changes(op)}; got != want {
			t.Errorf("%s: data plane, changes = %v, want %v", op, got, want)
		}
	}
}
