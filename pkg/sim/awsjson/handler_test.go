package awsjson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

// served starts a world behind a real socket.
func served(t testing.TB, o HandlerOptions) (*Server, string) {
	t.Helper()
	c := clock.NewReal(1)
	w, err := sim.New(sim.Options{Start: c.Now(), NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	s := New(w, c)
	server := httptest.NewServer(s.Handler(o))
	t.Cleanup(server.Close)
	return s, server.URL
}

func keyPair(id, secret string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
}

func signingClient(url, region string, creds aws.CredentialsProvider) *kms.Client {
	return kms.New(kms.Options{Region: region, BaseEndpoint: &url, Credentials: creds, Retryer: aws.NopRetryer{}, HTTPClient: whole{}})
}

// whole reads answers to their end before it hands them on. The SDK closes a
// request's body as soon as it has the beginning of the answer, and net/http
// then sometimes takes the connection away from under a long answer.
type whole struct{}

func (whole) Do(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestServedKeyWorksAcrossRegions(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	ctx := context.Background()
	here, there := signingClient(url, "us-east-1", keyPair("test", "test")), signingClient(url, "eu-west-1", keyPair("test", "test"))
	made, err := here.CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	id := made.KeyMetadata.KeyId
	if _, err := here.ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: id, ReplicaRegion: aws.String("eu-west-1")}); err != nil {
		t.Fatal(err)
	}
	if _, err := here.TagResource(ctx, &kms.TagResourceInput{KeyId: id}); codeOf(err) != "" {
		t.Errorf("an input the client refuses was sent: %v", err)
	}
	if _, err := there.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id}); err != nil {
		t.Error(err)
	}
	if _, err := signingClient(url, "eu-west-2", keyPair("test", "test")).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id}); codeOf(err) != "NotFoundException" {
		t.Errorf("in a Region without the key: %v", err)
	}
}

// TestSignatureIsHeld: MRK-SIGN-01, MRK-SIGN-02, MRK-SIGN-03 [F1.6/1-2].
func TestSignatureIsHeld(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	now := time.Now()
	_, late := served(t, HandlerOptions{Wall: func() time.Time { return now.Add(6 * time.Minute) }})
	_, early := served(t, HandlerOptions{Wall: func() time.Time { return now.Add(-6 * time.Minute) }})
	for name, c := range map[string]struct {
		url, key, secret, region, code, text string
	}{
		"right":              {url, "test", "test", "eu-west-1", "", ""},
		"role":               {url, "test.reader.eu-west-1", "test", "eu-west-1", "", ""},
		"wrong secret":       {url, "test", "tset", "eu-west-1", "InvalidSignatureException", "The request signature we calculated does not match"},
		"unknown key":        {url, "AKIAEXAMPLE", "test", "eu-west-1", "UnrecognizedClientException", "The security token included in the request is invalid."},
		"odd role":           {url, "test.a/b.c", "test", "eu-west-1", "UnrecognizedClientException", ""},
		"unknown Region":     {url, "test", "test", "mars-north-1", "InvalidSignatureException", "valid Region"},
		"too late":           {late, "test", "test", "eu-west-1", "InvalidSignatureException", "Signature expired: "},
		"too early":          {early, "test", "test", "eu-west-1", "InvalidSignatureException", "Signature not yet current: "},
		"host of the Region": {strings.Replace(url, "127.0.0.1", "kms.eu-west-1.localhost", 1), "test", "test", "eu-west-1", "", ""},
		"host of another":    {strings.Replace(url, "127.0.0.1", "kms.us-east-1.localhost", 1), "test", "test", "eu-west-1", "InvalidSignatureException", "not 'eu-west-1'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := signingClient(c.url, c.region, keyPair(c.key, c.secret))
			_, err := client.ListKeys(context.Background(), &kms.ListKeysInput{}, func(o *kms.Options) {
				// A name under localhost is this machine, whatever the resolver says.
				o.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					_, port, err := net.SplitHostPort(addr)
					if err != nil {
						return nil, err
					}
					return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
				}}}
			})
			if codeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %s with %q", err, c.code, c.text)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	for key, want := range map[string]string{
		"test":                  "arn:aws:iam::111122223333:user/test",
		"test.writer.us-east-1": "arn:aws:sts::111122223333:assumed-role/writer/us-east-1",
	} {
		client := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair(key, "test"), Retryer: aws.NopRetryer{}})
		out, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if *out.Arn != want || *out.Account != "111122223333" || *out.UserId == "" {
			t.Errorf("%s is %s of %s, want %s", key, *out.Arn, *out.Account, want)
		}
	}
	bad := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair("test", "no"), Retryer: aws.NopRetryer{}})
	if _, err := bad.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{}); codeOf(err) != "InvalidSignatureException" {
		t.Errorf("with a wrong secret: %v", err)
	}
	if _, err := bad.GetSessionToken(context.Background(), &sts.GetSessionTokenInput{}); err == nil {
		t.Error("an operation that STS does not have here was answered")
	}
}

func TestLookupEvents(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	ctx := context.Background()
	client := signingClient(url, "eu-west-1", keyPair("test", "test"))
	made, err := client.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if _, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: made.KeyMetadata.Arn}); err != nil {
			t.Fatal(err)
		}
	}
	trail := cloudtrail.New(cloudtrail.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: keyPair("test", "test"), Retryer: aws.NopRetryer{}, HTTPClient: whole{}})
	count, names := 0, map[string]int{}
	pages := cloudtrail.NewLookupEventsPaginator(trail, &cloudtrail.LookupEventsInput{
		StartTime:        aws.Time(time.Now().Add(-time.Minute)),
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventSource, AttributeValue: aws.String("kms.amazonaws.com")}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			count++
			names[*e.EventName]++
			if !json.Valid([]byte(*e.CloudTrailEvent)) {
				t.Errorf("the record of %s is not JSON", *e.EventName)
			}
		}
	}
	if count != 61 || names["CreateKey"] != 1 || names["DescribeKey"] != 60 {
		t.Errorf("found %d events: %v", count, names)
	}
}

func TestBadRequests(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	post := func(body io.Reader, length int64, headers ...string) (int, string) {
		req, _ := http.NewRequest(http.MethodPost, url, body)
		if length > 0 {
			req.ContentLength = length
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		out, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(out)
	}
	for name, c := range map[string]struct {
		body    io.Reader
		length  int64
		headers []string
		status  int
		text    string
	}{
		"unsigned":       {strings.NewReader("{}"), 0, nil, 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		"other scheme":   {strings.NewReader("{}"), 0, []string{"Authorization", "Basic abc"}, 400, "IncompleteSignatureException"},
		"cut header":     {strings.NewReader("{}"), 0, []string{"Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1"}, 400, "IncompleteSignatureException"},
		"a 100 MB body":  {io.LimitReader(zeros{}, 100<<20), 100 << 20, nil, 413, "RequestEntityTooLargeException"},
		"without length": {io.LimitReader(zeros{}, 2<<20), 0, nil, 413, "RequestEntityTooLargeException"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, text := post(c.body, c.length, c.headers...)
			// A server that closes early may be seen as a broken pipe.
			if status != c.status && !(c.status == 413 && status == 0) || status != 0 && !strings.Contains(text, c.text) {
				t.Errorf("got %d %s", status, text)
			}
		})
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("GET is answered with %s", resp.Status)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestControl(t *testing.T) {
	s, url := served(t, HandlerOptions{Program: "mrkctl test"})
	ctx := context.Background()
	c := &control.Client{URL: url}
	client := signingClient(url, "us-east-1", keyPair("test", "test"))
	if _, err := client.CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	fault := control.Fault{Name: "dark", Kind: "region-outage", In: []string{"us-east-1"}, Looks: "503", AtMost: control.Duration(time.Minute)}
	if err := c.StartFault(ctx, fault); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListKeys(ctx, &kms.ListKeysInput{}); err == nil {
		t.Error("a dark Region answered")
	}
	status, err := c.Status(ctx)
	if err != nil || len(status.Faults) != 1 || status.Faults[0].Name != "dark" || len(status.Regions) != 1 || status.Regions[0].Primaries != 1 {
		t.Errorf("status %+v, %v", status, err)
	}
	if err := c.StopFault(ctx, "dark"); err != nil {
		t.Error(err)
	}
	fault.Looks = "refused"
	if err := c.StartFault(ctx, fault); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListKeys(ctx, &kms.ListKeysInput{}); err == nil || codeOf(err) != "" {
		t.Errorf("a Region that refuses connections answered %v", err)
	}
	before := s.Now()
	if err := c.Advance(ctx, 48*time.Hour); err != nil || s.Now().Sub(before) < 48*time.Hour {
		t.Errorf("advance: %v", err)
	}
	if _, err := client.ListKeys(ctx, &kms.ListKeysInput{}); err != nil {
		t.Errorf("the fault outlived its time: %v", err)
	}
	events, err := c.Trail(ctx, "us-east-1", time.Time{}, time.Time{})
	if err != nil || len(events) < 2 || events[0].Op != "CreateKey" {
		t.Errorf("trail %v, %v", events, err)
	}
	if err := c.Reset(ctx); err != nil {
		t.Error(err)
	}
	if out, err := client.ListKeys(ctx, &kms.ListKeysInput{}); err != nil || len(out.Keys) != 0 {
		t.Errorf("after a reset: %v, %v", out, err)
	}
	if err := c.StartFault(ctx, control.Fault{Name: "x", Kind: "meteor"}); err == nil || !strings.Contains(err.Error(), "unknown kind") {
		t.Errorf("an unknown fault: %v", err)
	}
}

func TestControlIsForThisMachineOnly(t *testing.T) {
	s, _ := served(t, HandlerOptions{})
	h := s.Handler(HandlerOptions{})
	for name, c := range map[string]struct{ from, host, header string }{
		"another machine": {"192.0.2.1:1234", "127.0.0.1:4599", "1"},
		"another host":    {"127.0.0.1:1234", "evil.example", "1"},
		"a browser":       {"127.0.0.1:1234", "127.0.0.1:4599", ""},
	} {
		r := httptest.NewRequest(http.MethodPost, control.Path+"reset", bytes.NewReader(nil))
		r.RemoteAddr, r.Host = c.from, c.host
		if c.header != "" {
			r.Header.Set(control.Header, c.header)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s got %d", name, w.Code)
		}
	}
}
