package awsjson

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// lab is a world on virtual time.
func lab(t *testing.T) (*Server, *clock.Virtual) {
	t.Helper()
	w, err := sim.New(sim.Options{NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	line := clock.NewVirtual(w.Now())
	return New(w, line), line
}

func start(t *testing.T, s *Server, f sim.Fault) {
	t.Helper()
	if err := s.Change(func(w *sim.World) error { return w.StartFault(f) }); err != nil {
		t.Fatal(err)
	}
}

// TestOutageLooks holds what a caller sees of a dark Region, and how long it
// takes to see it.
func TestOutageLooks(t *testing.T) {
	for looks, c := range map[string]struct {
		least, most time.Duration
		is          func(error) bool
	}{
		"timeout": {time.Minute, time.Minute, func(err error) bool {
			var op *net.OpError
			return errors.As(err, &op) && op.Timeout()
		}},
		"refused": {time.Millisecond, 5 * time.Millisecond, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
		"dns": {0, 5 * time.Millisecond, func(err error) bool {
			var dns *net.DNSError
			return errors.As(err, &dns) && dns.IsNotFound
		}},
		"503": {time.Millisecond, 5 * time.Millisecond, func(err error) bool {
			var resp *awshttp.ResponseError
			return errors.As(err, &resp) && resp.HTTPStatusCode() == 503
		}},
	} {
		t.Run(looks, func(t *testing.T) {
			t.Parallel()
			s, line := lab(t)
			start(t, s, sim.Fault{Name: "dark", Kind: sim.RegionOutage, In: []string{"eu-west-1"}, Looks: looks, AtMost: time.Hour})
			client := benchClient(s.Transport("eu-west-1", "eu-west-1", benchPrincipal))
			before := line.Now()
			_, err := client.ListKeys(context.Background(), &kms.ListKeysInput{})
			if !c.is(err) {
				t.Errorf("got %v", err)
			}
			if took := line.Now().Sub(before); took < c.least || took > c.most {
				t.Errorf("it took %v", took)
			}
			if _, err := benchClient(s.Transport("eu-west-1", "us-east-1", benchPrincipal)).ListKeys(context.Background(), &kms.ListKeysInput{}); err != nil {
				t.Errorf("another Region: %v", err)
			}
		})
	}
}

func TestCallersDeadlineEndsASilence(t *testing.T) {
	s, line := lab(t)
	start(t, s, sim.Fault{Name: "dark", Kind: sim.RegionOutage, AtMost: time.Hour})
	client := benchClient(s.Transport("eu-west-1", "eu-west-1", benchPrincipal))
	before := line.Now()
	ctx, cancel := line.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := client.ListKeys(ctx, &kms.ListKeysInput{})
	if !errors.Is(err, context.DeadlineExceeded) || line.Now().Sub(before) != 3*time.Second {
		t.Errorf("after %v: %v", line.Now().Sub(before), err)
	}
}

// TestLostReplyHappened shows that a call whose answer is lost took effect.
func TestLostReplyHappened(t *testing.T) {
	s, _ := lab(t)
	start(t, s, sim.Fault{Name: "lost", Kind: sim.LostReply, Calls: []string{"CreateKey"}, AtMost: time.Hour})
	client := benchClient(s.Transport("eu-west-1", "eu-west-1", benchPrincipal))
	ctx := context.Background()
	_, err := client.CreateKey(ctx, &kms.CreateKeyInput{})
	var op *net.OpError
	if !errors.As(err, &op) || !op.Timeout() {
		t.Errorf("got %v", err)
	}
	keys, err := client.ListKeys(ctx, &kms.ListKeysInput{})
	if err != nil || len(keys.Keys) != 1 {
		t.Errorf("there are %v keys, %v", keys, err)
	}
}

// TestServerErrorsAreAnswered: MRK-WIRE-02 [F1.4/1].
func TestServerErrorsAreAnswered(t *testing.T) {
	s, _ := lab(t)
	start(t, s, sim.Fault{Name: "bad", Kind: sim.APIError, Looks: "KMSInternalException", AtMost: time.Hour})
	client := benchClient(s.Transport("eu-west-1", "eu-west-1", benchPrincipal))
	_, err := client.ListKeys(context.Background(), &kms.ListKeysInput{})
	var resp *awshttp.ResponseError
	if codeOf(err) != "KMSInternalException" || !errors.As(err, &resp) || resp.HTTPStatusCode() != 500 || resp.ServiceRequestID() == "" {
		t.Errorf("got %v", err)
	}
}

// TestSameSeedSameAnswers runs the same calls in two worlds.
func TestSameSeedSameAnswers(t *testing.T) {
	run := func() (string, []byte, time.Time) {
		s, line := lab(t)
		client := benchClient(s.Transport("us-east-1", "eu-west-1", benchPrincipal))
		made, err := client.CreateKey(context.Background(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := client.Encrypt(context.Background(), &kms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return *made.KeyMetadata.Arn, sealed.CiphertextBlob, line.Now()
	}
	arn1, blob1, end1 := run()
	arn2, blob2, end2 := run()
	if arn1 != arn2 || string(blob1) != string(blob2) || !end1.Equal(end2) {
		t.Errorf("%s %x %v\n%s %x %v", arn1, blob1, end1, arn2, blob2, end2)
	}
}
