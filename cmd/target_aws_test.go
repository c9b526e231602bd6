package cmd

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// onAWS runs a command line against a served world that it takes for AWS: the
// SDK's configuration, signatures and sockets are the real ones.
func onAWS(t *testing.T, url string, args ...string) (code int, out, errs string) {
	t.Helper()
	p, stdout, stderr := testProcess(append(args, "--target", "aws", "--endpoint-url", url)...)
	code = Main(p)
	return code, stdout.String(), stderr.String()
}

func TestKeysOnAWS(t *testing.T) {
	dir := t.TempDir()
	for name, value := range map[string]string{
		"HOME": dir, "AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"),
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	w, err := sim.New(sim.Options{Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(awsjson.New(w, clock.NewReal(1)).Handler(awsjson.HandlerOptions{}))
	defer s.Close()

	// Nothing is changed without approval, and the account is said first.
	code, out, errs := onAWS(t, s.URL, "key", "create", "--alias", "alias/pay", "--regions", "us-east-1,eu-west-1", "--no-wait")
	if code != exitRefused || out != "" || !strings.Contains(errs, "AWS account 111122223333, as arn:aws:") || !strings.Contains(errs, "1. create the key") {
		t.Errorf("without --yes: %d\n%s\n%s", code, out, errs)
	}
	if code, _, errs := onAWS(t, s.URL, "key", "create", "--alias", "alias/pay", "--regions", "us-east-1,eu-west-1", "--yes", "--read-only"); code != exitRefused || !strings.Contains(errs, "read-only") {
		t.Errorf("read-only: %d\n%s", code, errs)
	}
	if code, _, errs := onAWS(t, s.URL, "key", "create", "--alias", "alias/pay", "--regions", "us-east-1,eu-west-1", "--yes", "--no-wait"); code != exitOK {
		t.Fatalf("create: %d\n%s", code, errs)
	}
	code, out, errs = onAWS(t, s.URL, "key", "list", "--in", "us-east-1,eu-west-1")
	if code != exitOK || !strings.Contains(out, "alias/pay") || !strings.Contains(out, "eu-west-1") {
		t.Errorf("list: %d\n%s\n%s", code, out, errs)
	}

	// A plan made for AWS is not applied to the simulator.
	plan := filepath.Join(dir, "plan.json")
	if code, _, errs := onAWS(t, s.URL, "key", "rotation", "enable", "alias/pay", "--plan-out", plan); code != exitOK {
		t.Fatalf("plan: %d\n%s", code, errs)
	}
	p, _, stderr := testProcess("apply", plan, "--yes", "--target", "sim:"+filepath.Join(dir, "world.db"))
	if code := Main(p); code != exitRefused || !strings.Contains(stderr.String(), "was made for aws 111122223333") {
		t.Errorf("applied elsewhere: %d\n%s", code, stderr.String())
	}

	// Credentials that are not known end with 9.
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
	if code, _, errs := onAWS(t, s.URL, "key", "list", "--in", "us-east-1"); code != exitUnknown && code != exitDenied {
		t.Errorf("unknown credentials: %d\n%s", code, errs)
	}
	if code, _, errs := onAWS(t, s.URL, "key", "create", "--alias", "alias/x", "--regions", "us-east-1", "--yes"); code != exitDenied {
		t.Errorf("unknown credentials: %d\n%s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, ".local", "state", "mrkctl", "sim")); err == nil {
		t.Error("a command on AWS left a simulated world behind")
	}
}
