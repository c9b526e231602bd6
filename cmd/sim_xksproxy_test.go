package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/cmd"
)

// served is a command that serves until it is told to stop.
type served struct {
	url     string
	signals chan os.Signal
	code    chan int
	err     *log
}

// log is a stream that a test reads while a command writes it.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve starts a command and waits for the address that it prints.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	s := &served{signals: make(chan os.Signal, 2), code: make(chan int, 1), err: &log{}}
	out, in := io.Pipe()
	go func() {
		s.code <- cmd.Main(cmd.Process{
			Args: args, Env: map[string]string{"HOME": t.TempDir(), "LANG": "C.UTF-8"}, In: strings.NewReader(""), Out: in, Err: s.err,
			Size:    func() (int, int) { return 0, 0 },
			Signals: func() (<-chan os.Signal, func()) { return s.signals, func() {} },
		})
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, s.err)
	}
	s.url = strings.TrimSpace(line)
	return s
}

func (s *served) stop() int {
	s.signals <- syscall.SIGTERM
	return <-s.code
}

// TestExternalKeyLeavesTheSimulator: a key in an external key store encrypts in
// another process's place, and not at all once that is gone.
func TestExternalKeyLeavesTheSimulator(t *testing.T) {
	proxy := serve(t, "sim", "xks-proxy", "--listen", "127.0.0.1:0", "--key", "payments", "--state", filepath.Join(t.TempDir(), "keys.json"))
	// A second is a quarter of an hour in this world: connecting takes no time.
	world := serve(t, "sim", "serve", "--listen", "127.0.0.1:0", "--time-scale", "900", "--no-quotas", "--xks-proxy", "https://xks.example.com="+proxy.url)
	defer world.stop()
	ctx := context.Background()
	c := kms.New(kms.Options{
		Region: "us-east-1", BaseEndpoint: &world.url, Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	store, err := c.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("outside"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint:  aws.String("https://xks.example.com"), XksProxyUriPath: aws.String("/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("MRKCTLXKSPROXYACCESS"), RawSecretAccessKey: aws.String("mrkctl+external+key+store+proxy+credential/0"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store.CustomKeyStoreId}); err != nil {
		t.Fatal(err)
	}
	for state := types.ConnectionStateTypeConnecting; state != types.ConnectionStateTypeConnected; {
		list, err := c.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{})
		if err != nil {
			t.Fatal(err)
		}
		if state = list.CustomKeyStores[0].ConnectionState; state == types.ConnectionStateTypeFailed {
			t.Fatalf("connecting failed: %s", list.CustomKeyStores[0].ConnectionErrorCode)
		}
	}
	key, err := c.CreateKey(ctx, &kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store.CustomKeyStoreId, XksKeyId: aws.String("payments")})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("plaintext")})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if err != nil || string(opened.Plaintext) != "plaintext" {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"/health ok for CreateCustomKeyStore", "/keys/payments/metadata ok for CreateKey", "/keys/payments/encrypt ok for Encrypt", "/keys/payments/decrypt ok for Decrypt"} {
		if !strings.Contains(proxy.err.String(), want) {
			t.Errorf("the proxy does not say %q:\n%s", want, proxy.err)
		}
	}
	if strings.Contains(proxy.err.String(), "plaintext") {
		t.Error("the proxy's log holds the plaintext")
	}
	if code := proxy.stop(); code != 0 {
		t.Errorf("the proxy ended with %d: %s", code, proxy.err)
	}
	_, err = c.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "KMSInvalidStateException" || !strings.Contains(e.ErrorMessage(), "cannot communicate with the external key store proxy") {
		t.Errorf("without the proxy: %v", err)
	}
}
