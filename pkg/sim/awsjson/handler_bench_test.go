package awsjson

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// BenchmarkHandler is what a signed Encrypt costs without the network: reading
// the body, the signature, the call, the answer.
func BenchmarkHandler(b *testing.B) {
	c := clock.NewReal(1)
	w, err := sim.New(sim.Options{Start: c.Now(), NoRateLimits: true})
	if err != nil {
		b.Fatal(err)
	}
	server := New(w, c)
	made, err := benchClient(server.Transport("eu-west-1", "eu-west-1", benchPrincipal)).CreateKey(context.Background(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	h := server.Handler(HandlerOptions{Wall: func() time.Time { return now }})
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(encryptRequest(b, "127.0.0.1:4599", *made.KeyMetadata.Arn))))
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(bytes.NewReader(body))
		a := &recordedAnswer{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(a, r)
		if a.status != http.StatusOK {
			b.Fatalf("%d %s", a.status, a.body)
		}
	}
}
