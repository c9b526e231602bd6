package cmd

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// completing presses the tab key after a command line.
func completing(t *testing.T, home string, env map[string]string, args ...string) (offers string, took time.Duration) {
	t.Helper()
	p, out, errs := testProcess(append([]string{"__complete"}, args...)...)
	p.InTTY, p.ErrTTY = true, true // somebody could be asked, and must not be
	p.Env = map[string]string{"HOME": home}
	for name, value := range env {
		p.Env[name] = value
	}
	start := time.Now()
	if code := Main(p); code != exitOK {
		t.Errorf("completing %v ended with %d: %s", args, code, errs)
	}
	if strings.Contains(errs.String(), "MFA") {
		t.Errorf("completing %v asked %q", args, errs)
	}
	return out.String(), time.Since(start)
}

// TestCompletionNeverStalls points completion at an endpoint that takes
// connections and never answers: the first press is given up within a second or
// so, and the next ones, for a while, do not even try.
func TestCompletionNeverStalls(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	home := t.TempDir()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", home+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", home+"/none")
	args := []string{"--target", "aws", "--endpoint-url", "http://" + l.Addr().String(), "key", "show", ""}
	offers, took := completing(t, home, nil, args...)
	if took > cachePatient+2*time.Second || strings.Contains(offers, "mrk-") {
		t.Errorf("it took %s and offered %q", took, offers)
	}
	for range 3 {
		if _, took := completing(t, home, nil, args...); took > cachePatient/2 {
			t.Errorf("the next press took %s", took)
		}
	}
}

// TestCompletionOffersWhatOneRegionSaid: a world in which some Region is silent
// still offers the keys of the others.
func TestCompletionOffersWhatOneRegionSaid(t *testing.T) {
	w, err := sim.New(sim.Options{Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(awsjson.New(w, clock.NewReal(1000)).Handler(awsjson.HandlerOptions{}))
	defer s.Close()
	home := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		p, _, errs := testProcess(append(args, "--target", "sim:"+s.URL)...)
		p.Env = map[string]string{"HOME": home}
		if code := Main(p); code != exitOK {
			t.Fatalf("%v ended with %d: %s", args, code, errs)
		}
	}
	run("key", "create", "--alias", "alias/pay", "--regions", "us-east-1,eu-west-1", "--no-wait", "--yes")
	run("sim", "fault", "start", "region-outage", "--in", "eu-west-1", "--looks", "timeout", "--at-most", "10h")
	offers, took := completing(t, home, nil, "--target", "sim:"+s.URL, "alias", "set", "alias/new", "")
	if took > cachePatient+2*time.Second || !strings.Contains(offers, "alias/pay\tprimary in us-east-1") {
		t.Errorf("it took %s and offered %q", took, offers)
	}
}

// TestCompletionDoesNotMixAccounts: what was listed with one profile is not
// offered under another.
func TestCompletionDoesNotMixAccounts(t *testing.T) {
	worlds := map[string]string{}
	for _, env := range []map[string]string{
		{}, {"AWS_PROFILE": "a"}, {"AWS_PROFILE": "b"}, {"AWS_ACCESS_KEY_ID": "AKIA1"}, {"AWS_ENDPOINT_URL_KMS": "http://x"},
	} {
		a := newApp(Process{Env: env})
		a.Config.Target = "aws"
		world := a.cacheWorld()
		if strings.Contains(world, "AKIA") {
			t.Errorf("the cache names the credentials: %s", world)
		}
		for other, is := range worlds {
			if is == world {
				t.Errorf("%v and %s share a cache", env, other)
			}
		}
		worlds[strings.Join([]string{env["AWS_PROFILE"], env["AWS_ACCESS_KEY_ID"], env["AWS_ENDPOINT_URL_KMS"]}, "|")] = world
	}
}
