package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

func TestPreparedCallSendsTheSameBytes(t *testing.T) {
	for _, r := range sim.AllRegions() {
		var a, b sent
		seal(t, lean(r.Name, &a))
		encrypt := wire.Prepare(kms.New(lean(r.Name, &b)).Encrypt)
		for range 2 { // by a stack that is new, and by the same again
			b = sent{}
			out, err := encrypt(t.Context(), &kms.EncryptInput{
				KeyId: aws.String("alias/k"), Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "b"},
			})
			if err != nil || aws.ToString(out.KeyId) != "k" || !bytes.Equal(out.CiphertextBlob, make([]byte, 3)) {
				t.Fatalf("%s: %+v, %v", r.Name, out, err)
			}
			if a.req.Method != b.req.Method || a.req.URL.String() != b.req.URL.String() || a.req.Host != b.req.Host ||
				!bytes.Equal(a.body, b.body) || !maps.EqualFunc(a.req.Header, b.req.Header, slices.Equal) {
				t.Errorf("%s: %s %s %v %s\nprepared: %s %s %v %s", r.Name, a.req.Method, a.req.URL, a.req.Header, a.body, b.req.Method, b.req.URL, b.req.Header, b.body)
			}
		}
	}
}

// answers gives one answer after another.
type answers struct {
	mu   sync.Mutex
	list []answer
}

func (a *answers) Do(*http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := a.list[0]
	a.list = append(a.list[1:], next)
	return next.response()
}

// answer is what a transport gives.
type answer struct {
	status int
	body   string
	err    error
}

func (a answer) response() (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amzn-Requestid": {"r-1"}},
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// TestPreparedCallAnswersTheSame gives the client and a prepared call the same
// answers, good and bad in turns.
func TestPreparedCallAnswersTheSame(t *testing.T) {
	script := func() *answers {
		return &answers{list: []answer{
			{status: 200, body: `{"KeyId":"k","Plaintext":"AAAA","KeyMaterialId":"m"}`},
			{status: 400, body: `{"__type":"DisabledException","message":"k is disabled."}`},
			{status: 200, body: `{"KeyId":"k2"}`}, // nothing of the first one may be left in it
			{status: 200, body: `{"KeyId":"k","Plaintext":"not base64"}`},
			{err: errors.New("no route to host")},
			{status: 503, body: `Service Unavailable`},
			{status: 200, body: `{"KeyId":"k3","Plaintext":"BBBB"}`},
		}}
	}
	plain := kms.New(lean("us-east-1", script()))
	decrypt := wire.Prepare(kms.New(lean("us-east-1", script())).Decrypt)
	var kept []*kms.DecryptOutput
	for i := range 14 {
		in := &kms.DecryptInput{CiphertextBlob: []byte("c")}
		want, wantErr := plain.Decrypt(t.Context(), in)
		got, err := decrypt(t.Context(), in)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || wire.Classify(err) != wire.Classify(wantErr) {
			t.Errorf("%d: %v\nthe client says: %v", i, err, wantErr)
		}
		if err != nil {
			var op *smithy.OperationError
			if !errors.As(err, &op) || op.Operation() != "Decrypt" {
				t.Errorf("%d: %v is no error of the operation", i, err)
			}
			continue
		}
		if aws.ToString(got.KeyId) != aws.ToString(want.KeyId) || !bytes.Equal(got.Plaintext, want.Plaintext) || aws.ToString(got.KeyMaterialId) != aws.ToString(want.KeyMaterialId) {
			t.Errorf("%d: %+v\nthe client says: %+v", i, got, want)
		}
		kept = append(kept, got)
	}
	if aws.ToString(kept[0].KeyId) != "k" || aws.ToString(kept[1].KeyId) != "k2" || kept[1].Plaintext != nil {
		t.Errorf("a later call wrote over an earlier answer: %+v, %+v", kept[0], kept[1])
	}
	_, err := decrypt(t.Context(), nil)
	if _, wantErr := plain.Decrypt(t.Context(), nil); (err == nil) != (wantErr == nil) {
		t.Errorf("without an input: %v\nthe client says: %v", err, wantErr)
	}
}

func TestPreparedCallServesManyAtATime(t *testing.T) {
	echo := kms.HTTPClient(doerFunc(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		return answer{status: 200, body: string(body)}.response()
	}))
	decrypt := wire.Prepare(kms.New(lean("us-east-1", echo)).Decrypt)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				id := fmt.Sprint(i, "-", n)
				out, err := decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte("c"), KeyId: &id, EncryptionAlgorithm: types.EncryptionAlgorithmSpecSymmetricDefault})
				if err != nil || aws.ToString(out.KeyId) != id {
					t.Errorf("asked about %s: %+v, %v", id, out, err)
				}
			}
		})
	}
	wg.Wait()
}

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

// TestPrepareLeavesTheSDKsRetriesAlone sees that a client that retries goes on
// doing so.
func TestPrepareLeavesTheSDKsRetriesAlone(t *testing.T) {
	sends := 0
	d := doerFunc(func(*http.Request) (*http.Response, error) {
		if sends++; sends == 1 {
			return answer{status: 500, body: `{"__type":"KMSInternalException"}`}.response()
		}
		return answer{status: 200, body: `{"KeyId":"k"}`}.response()
	})
	o := full("us-east-1", d)
	o.Retryer, o.Credentials = nil, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	if _, err := wire.Prepare(kms.New(o).Decrypt)(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte("c")}); err != nil || sends != 2 {
		t.Errorf("%d sends: %v", sends, err)
	}
}
