package awsjson

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// tape keeps the last answer as it came over the wire.
type tape struct {
	status int
	header http.Header
	body   string
}

func (p *tape) Do(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	p.status, p.header, p.body = resp.StatusCode, resp.Header, string(body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

// TestAnswersTravelAsRecorded looks at answers under the client: MRK-WIRE-01,
// MRK-WIRE-02, MRK-WIRE-03, MRK-WIRE-05, MRK-SIGN-01, MRK-LIST-01
// [F1.2/1-2, F1.3/1-6, F1.4/1, F11.3/1, 2/1-3].
func TestAnswersTravelAsRecorded(t *testing.T) {
	reader := Credential{AccessKey: "reader", Secret: "test", Principal: &sim.Principal{
		ARN: "arn:aws:iam::111122223333:user/reader", Account: "111122223333", Policies: []string{},
	}}
	_, url := served(t, HandlerOptions{Credentials: []Credential{reader}})
	ctx := context.Background()
	var wire tape
	client := func(accessKey string) *kms.Client {
		return kms.New(kms.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair(accessKey, "test"), Retryer: aws.NopRetryer{}, HTTPClient: &wire})
	}
	c := client("test")
	made, err := c.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	key := made.KeyMetadata.Arn
	mac, err := c.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
	if err != nil {
		t.Fatal(err)
	}

	// What succeeds.
	if _, err := c.ListKeys(ctx, &kms.ListKeysInput{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-cache, no-store, must-revalidate, private", "Expires": "0", "Pragma": "no-cache", "Content-Type": "application/x-amz-json-1.1",
	} {
		if got := wire.header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if len(wire.header.Get("X-Amzn-Requestid")) != 36 || wire.header.Get("Date") == "" || wire.header.Get("Content-Length") == "" || wire.header.Get("X-Amzn-Errortype") != "" {
		t.Errorf("headers %v", wire.header)
	}
	want := `{"Keys":[{"KeyArn":"` + *key + `","KeyId":"` + *made.KeyMetadata.KeyId + `"},{"KeyArn":"` + *mac.KeyMetadata.Arn + `","KeyId":"` + *mac.KeyMetadata.KeyId + `"}],"Truncated":false}`
	if wire.status != 200 || wire.body != want {
		t.Errorf("a list travels as %d %s", wire.status, wire.body)
	}
	if _, err := c.EnableKey(ctx, &kms.EnableKeyInput{KeyId: key}); err != nil || wire.status != 200 || wire.body != "" {
		t.Errorf("no output travels as %d %q %v", wire.status, wire.body, err)
	}

	// What fails.
	sealed, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p")})
	if err != nil {
		t.Fatal(err)
	}
	sealed.CiphertextBlob[80] ^= 1
	for _, f := range []struct {
		call func() error
		body string
	}{
		{
			func() error {
				_, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("fake-key-id")})
				return err
			},
			`{"__type":"NotFoundException","message":"Invalid keyId 'fake-key-id'"}`,
		},
		{
			func() error {
				_, err := c.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("x"), TargetKeyId: key})
				return err
			},
			`{"__type":"ValidationException","message":"Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"}`,
		},
		{
			func() error {
				_, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p"), DryRun: aws.Bool(true)})
				return err
			},
			`{"__type":"DryRunOperationException","message":"The request would have succeeded, but the DryRun option is set."}`,
		},
		{
			func() error {
				_, err := c.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: mac.KeyMetadata.KeyId})
				return err
			},
			`{"__type":"UnsupportedOperationException"}`,
		},
		{
			func() error {
				_, err := c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
				return err
			},
			`{"__type":"InvalidCiphertextException"}`,
		},
		{func() error {
			_, err := c.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: mac.KeyMetadata.KeyId, Message: []byte("m"), Mac: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			return err
		}, `{"__type":"KMSInvalidMacException"}`},
		{
			func() error {
				_, err := client("reader").DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key})
				return err
			},
			`{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::111122223333:user/reader is not authorized to perform: kms:DescribeKey on resource: ` + *key + ` because no identity-based policy allows the kms:DescribeKey action"}`,
		},
		{func() error {
			_, err := client("AKIANOBODY").CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
			return err
		}, // [2/1-3]
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
	} {
		if err := f.call(); err == nil || wire.status != 400 || wire.body != f.body {
			t.Errorf("%v travels as %d %s, want 400 %s", err, wire.status, wire.body, f.body)
		}
	}
}

// TestShapesTravelAsRecorded looks at which members answers have, and no
// others: MRK-NAME-06, MRK-KEY-01, MRK-ALIAS-06 [F3/1, F3/3, F11.1/2].
func TestShapesTravelAsRecorded(t *testing.T) {
	_, url := served(t, HandlerOptions{})
	ctx := context.Background()
	var wire tape
	c := kms.New(kms.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair("test", "test"), Retryer: aws.NopRetryer{}, HTTPClient: &wire})
	made, err := c.CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^mrk-[0-9a-f]{32}$`).MatchString(*made.KeyMetadata.KeyId) {
		t.Errorf("key id %s", *made.KeyMetadata.KeyId)
	}
	var described struct{ KeyMetadata map[string]any }
	if err := json.Unmarshal([]byte(wire.body), &described); err != nil {
		t.Fatal(err)
	}
	members(t, described.KeyMetadata, "AWSAccountId", "Arn", "CreationDate", "CurrentKeyMaterialId", "CustomerMasterKeySpec", "Description", "Enabled",
		"EncryptionAlgorithms", "KeyId", "KeyManager", "KeySpec", "KeyState", "KeyUsage", "MultiRegion", "MultiRegionConfiguration", "Origin")
	set, _ := described.KeyMetadata["MultiRegionConfiguration"].(map[string]any)
	members(t, set, "MultiRegionKeyType", "PrimaryKey", "ReplicaKeys")
	if list, ok := set["ReplicaKeys"].([]any); !ok || len(list) != 0 {
		t.Errorf("ReplicaKeys is %v", set["ReplicaKeys"])
	}
	if _, err := c.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/a"), TargetKeyId: made.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ListAliases(ctx, &kms.ListAliasesInput{}); err != nil {
		t.Fatal(err)
	}
	var listed struct{ Aliases []map[string]any }
	if err := json.Unmarshal([]byte(wire.body), &listed); err != nil || len(listed.Aliases) != 1 {
		t.Fatal(wire.body, err)
	}
	members(t, listed.Aliases[0], "AliasArn", "AliasName", "CreationDate", "LastUpdatedDate", "TargetKeyId")
}

// members checks that an object has these members and no others.
func members(t *testing.T, object map[string]any, want ...string) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
}

// TestThrottlingTravelsAsRecorded: MRK-RATE-03, MRK-WIRE-05 [F11.3/1].
func TestThrottlingTravelsAsRecorded(t *testing.T) {
	server, url := served(t, HandlerOptions{})
	w, err := sim.New(sim.Options{Start: server.Now(), Quotas: map[string]float64{"ListKeys": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Replace(w); err != nil {
		t.Fatal(err)
	}
	var wire tape
	c := kms.New(kms.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair("test", "test"), Retryer: aws.NopRetryer{}, HTTPClient: &wire})
	for range 50 {
		if _, err = c.ListKeys(context.Background(), &kms.ListKeysInput{}); err != nil {
			break
		}
	}
	const body = `{"__type":"ThrottlingException","message":"You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."}`
	if codeOf(err) != "ThrottlingException" || wire.status != 400 || wire.body != body {
		t.Errorf("%v travels as %d %s", err, wire.status, wire.body)
	}
}
