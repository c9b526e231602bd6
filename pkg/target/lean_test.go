package target

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go/middleware"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// sent answers every call alike and keeps the last one.
type sent struct {
	req  *http.Request
	body []byte
}

func (s *sent) Do(req *http.Request) (*http.Response, error) {
	s.req = req
	var err error
	if s.body, err = io.ReadAll(req.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(bytes.NewReader([]byte(`{"KeyId":"k","CiphertextBlob":"AAAA"}`))),
	}, nil
}

func full(region string, d kms.HTTPClient) kms.Options {
	return kms.Options{Region: region, HTTPClient: d, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}}
}

func seal(t *testing.T, o kms.Options) {
	t.Helper()
	_, err := kms.New(o).Encrypt(t.Context(), &kms.EncryptInput{
		KeyId: aws.String("alias/k"), Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLeanClientSendsTheSameBytes holds a call of the lean client against that
// of the SDK's client as it comes: all that AWS would look at is the same.
func TestLeanClientSendsTheSameBytes(t *testing.T) {
	for _, r := range sim.AllRegions() {
		var a, b sent
		seal(t, full(r.Name, &a))
		seal(t, lean(r.Name, &b))
		if a.req.Method != b.req.Method || a.req.URL.String() != b.req.URL.String() || a.req.Host != b.req.Host || !bytes.Equal(a.body, b.body) {
			t.Errorf("%s: %s %s %s\n%s %s %s", r.Name, a.req.Method, a.req.URL, a.body, b.req.Method, b.req.URL, b.body)
		}
		for _, statistics := range []string{"User-Agent", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"} {
			a.req.Header.Del(statistics)
		}
		if !maps.EqualFunc(a.req.Header, b.req.Header, slices.Equal) {
			t.Errorf("%s: headers %v\nlean: %v", r.Name, a.req.Header, b.req.Header)
		}
	}
}

// TestLeanClientKeepsWhatWorks names all that is left between an input and the
// wire. It fails when a new version of the SDK brings something that has to be
// judged, or calls something by another name.
func TestLeanClientKeepsWhatWorks(t *testing.T) {
	var s sent
	var left []string
	o := lean("us-east-1", &s)
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { left = s.List(); return nil })
	seal(t, o)
	want := []string{
		"Encrypt",
		"Initialize stack step", "OperationInputValidation",
		"Serialize stack step", "OperationSerializer",
		"Build stack step",
		"Finalize stack step", "ResolveEndpointV2",
		"Deserialize stack step", "ResponseErrorWrapper", "RequestIDRetriever", "OperationDeserializer",
	}
	if !slices.Equal(left, want) {
		t.Errorf("left are %q", left)
	}
}

// BenchmarkLeanCall sends a call by the SDK's client as it comes and by the
// lean one in turns. The ratio is what a call costs of what it would cost, each
// by the fastest of its turns.
func BenchmarkLeanCall(b *testing.B) {
	var s sent
	clients := []*kms.Client{kms.New(full("us-east-1", &s)), kms.New(lean("us-east-1", &s))}
	best := []time.Duration{time.Hour, time.Hour}
	in := &kms.EncryptInput{KeyId: aws.String("alias/k"), Plaintext: []byte("x")}
	for b.Loop() {
		for i, c := range clients {
			began := time.Now()
			for range 50 {
				if _, err := c.Encrypt(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			best[i] = min(best[i], time.Since(began))
		}
	}
	b.ReportMetric(float64(best[0].Nanoseconds())/50, "full-ns/call")
	b.ReportMetric(float64(best[1].Nanoseconds())/50, "lean-ns/call")
	b.ReportMetric(float64(best[1])/float64(best[0]), "ratio")
}
