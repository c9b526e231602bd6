package awsjson

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// The two benchmarks make the same calls with the same client options, one
// against the simulator in process, one against a transport that reads the
// request and replies a constant. Their ratio is what simulating costs.

var benchPrincipal = &sim.Principal{ARN: "arn:aws:iam::111122223333:user/bench", Account: "111122223333"}

func benchClient(d kms.HTTPClient) *kms.Client {
	return kms.New(kms.Options{
		Region: "eu-west-1", HTTPClient: d,
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	})
}

func BenchmarkSimulatedCall(b *testing.B) {
	w, err := sim.New(sim.Options{})
	if err != nil {
		b.Fatal(err)
	}
	server := New(w, clock.NewVirtual(w.Now()))
	client := benchClient(server.Transport("eu-west-1", "eu-west-1", benchPrincipal))
	key, err := client.CreateKey(context.Background(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		b.Fatal(err)
	}
	benchCalls(b, client, *key.KeyMetadata.Arn)
}

func BenchmarkConstantTransport(b *testing.B) {
	const arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	benchCalls(b, benchClient(constant{arn}), arn)
}

// benchCalls times an Encrypt and a Decrypt of 32 bytes.
func benchCalls(b *testing.B, client *kms.Client, key string) {
	ctx := context.Background()
	plain := bytes.Repeat([]byte{7}, 32)
	sealed, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plain})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Encrypt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plain}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Decrypt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed.CiphertextBlob})
			if err != nil || len(out.Plaintext) != 32 {
				b.Fatal(err)
			}
		}
	})
}

// constant replies the same to every call of an operation.
type constant struct{ arn string }

func (c constant) Do(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	body := `{"CiphertextBlob":"` + constantBlob + `","EncryptionAlgorithm":"SYMMETRIC_DEFAULT","KeyId":"` + c.arn + `"}`
	if req.Header.Get("X-Amz-Target") == "TrentService.Decrypt" {
		body = `{"EncryptionAlgorithm":"SYMMETRIC_DEFAULT","KeyId":"` + c.arn + `","KeyMaterialId":"` + constantMaterial +
			`","Plaintext":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(body)), Request: req,
		Header: http.Header{"Content-Type": {contentType}, "X-Amzn-Requestid": {"b2ddbb8e-9f1b-4d0e-8a54-2d0b0f1a7c11"}},
		Body:   io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}

var (
	constantBlob     = string(bytes.Repeat([]byte("AQIC"), 61)) + "AA=="
	constantMaterial = string(bytes.Repeat([]byte("ab"), 32))
)

// BenchmarkCallRatio makes the two kinds of call in turns, so that both see the
// same machine, and reports how many times a constant transport's call a
// simulated one costs.
func BenchmarkCallRatio(b *testing.B) {
	w, err := sim.New(sim.Options{})
	if err != nil {
		b.Fatal(err)
	}
	server := New(w, clock.NewVirtual(w.Now()))
	simulated := benchClient(server.Transport("eu-west-1", "eu-west-1", benchPrincipal))
	made, err := simulated.CreateKey(context.Background(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		b.Fatal(err)
	}
	arn := *made.KeyMetadata.Arn
	fixed := benchClient(constant{arn})
	const turn = 200
	var cost, base []float64
	for b.Loop() {
		cost = append(cost, timeCalls(b, simulated, arn, turn))
		base = append(base, timeCalls(b, fixed, arn, turn))
	}
	slices.Sort(cost)
	slices.Sort(base)
	middle := len(cost) / 2
	b.ReportMetric(cost[middle]/base[middle], "ratio")
	b.ReportMetric(cost[middle]/turn/2, "simulated-ns/call")
	b.ReportMetric(base[middle]/turn/2, "constant-ns/call")
	b.ReportMetric(0, "ns/op")
}

// timeCalls makes n Encrypts and n Decrypts and returns the nanoseconds they took.
func timeCalls(b *testing.B, client *kms.Client, key string, n int) float64 {
	ctx, plain := context.Background(), make([]byte, 32)
	start := time.Now()
	for range n {
		sealed, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plain})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed.CiphertextBlob}); err != nil {
			b.Fatal(err)
		}
	}
	return float64(time.Since(start).Nanoseconds())
}

func TestSimulatedCallTakesTheNetworksTime(t *testing.T) {
	w, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	line := clock.NewVirtual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	client := benchClient(New(w, line).Transport("us-east-1", "eu-west-1", benchPrincipal))
	before := line.Now()
	if _, err := client.ListKeys(context.Background(), &kms.ListKeysInput{}); err != nil {
		t.Fatal(err)
	}
	if took := line.Now().Sub(before); took < 70*time.Millisecond || took > 110*time.Millisecond {
		t.Errorf("a call across the Atlantic took %v", took)
	}
}
