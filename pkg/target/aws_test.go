package target_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// servedAWS serves a simulated world and sets the environment that an operator
// of AWS has: nothing of this process's own leaks in. The target is told that
// it is AWS, so all of the SDK's configuration is on the way.
func servedAWS(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"),
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_KMS": "",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
	w, err := sim.New(sim.Options{Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	h := awsjson.New(w, clock.NewReal(1)).Handler(awsjson.HandlerOptions{})
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAWSThroughTheSDKsOwnConfiguration(t *testing.T) {
	url := servedAWS(t, nil)
	tg := open(t, "aws", target.Options{EndpointURL: url, Accounts: []string{"111122223333"}, Retry: true})
	defer tg.Close()
	o, err := tg.Origin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Kind != target.AWS || o.Account != "111122223333" || !strings.HasPrefix(o.Caller, "arn:aws:") {
		t.Errorf("origin %+v", o)
	}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		out, err := tg.Client("us-east-1", region, "").CreateKey(t.Context(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		if arn := aws.ToString(out.KeyMetadata.Arn); !strings.Contains(arn, ":"+region+":") {
			t.Errorf("the client of %s made %s", region, arn)
		}
	}
}

func TestEndpointOfTheEnvironmentIsUsed(t *testing.T) {
	url := servedAWS(t, nil)
	t.Setenv("AWS_ENDPOINT_URL_KMS", url)
	tg := open(t, "aws", target.Options{})
	defer tg.Close()
	if _, err := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Errorf("AWS_ENDPOINT_URL_KMS was not honoured: %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	tg = open(t, "aws", target.Options{})
	defer tg.Close()
	if o, err := tg.Origin(t.Context()); err != nil || o.Endpoint != url {
		t.Errorf("the stamp of origin names the endpoint %q: %v", o.Endpoint, err)
	}
}

func TestEndpointTemplateNamesTheRegion(t *testing.T) {
	var paths []string
	url := servedAWS(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.URL.Path)
			h.ServeHTTP(w, r)
		})
	})
	tg := open(t, "aws", target.Options{EndpointURL: url + "/{region}"})
	defer tg.Close()
	_, _ = tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{}) // the simulator answers at its root only
	if len(paths) == 0 || !strings.HasPrefix(paths[0], "/eu-west-1") {
		t.Errorf("paths called: %v", paths)
	}
}

func TestOnlyListedAccountsAreChanged(t *testing.T) {
	url := servedAWS(t, nil)
	tg := open(t, "aws", target.Options{EndpointURL: url, Accounts: []string{"444455556666"}})
	defer tg.Close()
	c := tg.Client("", "eu-west-1", "")
	_, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	var forbidden *wire.ForbiddenError
	if !errors.As(err, &forbidden) || !strings.Contains(err.Error(), "account 111122223333 is not on the list") {
		t.Errorf("a change in an account that is not listed: %v", err)
	}
	if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Errorf("a read there: %v", err)
	}
}

func TestCertificateBundleOfTheEnvironment(t *testing.T) {
	// A custom http.Client would break here: the SDK could not give it the bundle.
	url := servedAWS(t, nil)
	tls := httptest.NewUnstartedServer(nil)
	tls.StartTLS()
	defer tls.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})
	if err := os.WriteFile(bundle, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	tg := open(t, "aws", target.Options{EndpointURL: url})
	defer tg.Close()
	if _, err := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Errorf("with AWS_CA_BUNDLE set: %v", err)
	}
}

func TestMissingCredentialsSaySo(t *testing.T) {
	url := servedAWS(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	tg := open(t, "aws", target.Options{EndpointURL: url})
	defer tg.Close()
	_, err := tg.Origin(t.Context())
	var c *target.CredentialsError
	if !errors.As(err, &c) || c.ExitCode() != 9 || c.Hint() == "" {
		t.Errorf("without credentials: %v", err)
	}
	tg = open(t, "aws", target.Options{EndpointURL: url, Profile: "no-such-profile"})
	defer tg.Close()
	if _, err := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{}); err == nil || !strings.Contains(err.Error(), "no-such-profile") {
		t.Errorf("with a profile that does not exist: %v", err)
	}
}

func TestMFAIsAskedFor(t *testing.T) {
	url := servedAWS(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	config := "[profile base]\nregion = eu-west-1\naws_access_key_id = test\naws_secret_access_key = test\n" +
		"[profile admin]\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/admin\nmfa_serial = arn:aws:iam::111122223333:mfa/me\nregion = eu-west-1\n"
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", url)
	asked := ""
	tg := open(t, "aws", target.Options{EndpointURL: url, Profile: "admin", MFA: func(_ context.Context, serial string) (string, error) {
		asked = serial
		return "", errors.New("no code today")
	}})
	defer tg.Close()
	_, err := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{})
	if asked != "arn:aws:iam::111122223333:mfa/me" || err == nil || !strings.Contains(err.Error(), "no code today") {
		t.Errorf("asked for %q, error %v", asked, err)
	}
	tg = open(t, "aws", target.Options{EndpointURL: url, Profile: "admin"})
	defer tg.Close()
	if _, err := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{}); err == nil || !strings.Contains(err.Error(), "MFA") {
		t.Errorf("with nobody to ask: %v", err)
	}
}

func TestChangesAreNotRepeatedAfterAServerError(t *testing.T) {
	calls := map[string]int{}
	url := servedAWS(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls[r.Header.Get("X-Amz-Target")]++
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"__type":"KMSInternalException"}`))
		})
	})
	tg := open(t, "aws", target.Options{EndpointURL: url, Retry: true})
	defer tg.Close()
	c := tg.Client("", "eu-west-1", "")
	_, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if a := wire.Classify(err); a.Outcome != wire.Unclear || calls["TrentService.CreateKey"] != 1 {
		t.Errorf("CreateKey was sent %d times, and ended %+v", calls["TrentService.CreateKey"], a)
	}
	_, _ = c.ListKeys(t.Context(), &kms.ListKeysInput{})
	if calls["TrentService.ListKeys"] != 4 {
		t.Errorf("ListKeys was tried %d times, want 4", calls["TrentService.ListKeys"])
	}
}

// TestExpiredSSOSessionNamesItsLogin uses a profile whose SSO session has
// ended, named by the settings and by the environment.
func TestExpiredSSOSessionNamesItsLogin(t *testing.T) {
	url := servedAWS(t, nil)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	config := "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = admin\nregion = eu-west-1\n" +
		"[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n"
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(o target.Options) {
		t.Helper()
		o.EndpointURL = url
		tg := open(t, "aws", o)
		defer tg.Close()
		_, asked := tg.Origin(t.Context())
		_, called := tg.Client("", "eu-west-1", "").ListKeys(t.Context(), &kms.ListKeysInput{})
		for _, err := range []error{asked, called} {
			var c *target.CredentialsError
			if !errors.As(err, &c) || c.ExitCode() != 9 || c.Hint() != "aws sso login --profile corp" || !strings.Contains(c.Error(), "in profile corp") {
				t.Errorf("an SSO session that has ended: %v", err)
			}
		}
	}
	check(target.Options{Profile: "corp"}) // never logged in
	t.Setenv("AWS_PROFILE", "corp")
	check(target.Options{DefaultProfile: "corp"})

	name, err := ssocreds.StandardCachedTokenFilepath("corp")
	if err != nil {
		t.Fatal(err)
	}
	token := `{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"old","expiresAt":"2024-01-01T00:00:00Z"}`
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(token), 0o600)); err != nil {
		t.Fatal(err)
	}
	check(target.Options{Profile: "corp"})
}

func TestSilentSTSIsNoMatterOfCredentials(t *testing.T) {
	servedAWS(t, nil)
	dead := httptest.NewServer(nil)
	dead.Close()
	tg := open(t, "aws", target.Options{EndpointURL: dead.URL})
	defer tg.Close()
	_, err := tg.Origin(t.Context())
	var c *target.CredentialsError
	if err == nil || errors.As(err, &c) || !strings.Contains(err.Error(), "STS in eu-west-1 does not answer (refused)") {
		t.Errorf("nobody answers: %v", err)
	}
}
