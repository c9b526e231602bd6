//go:build unix

package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// withMFA answers STS's AssumeRole in front of a served world, and only to the
// right code of the device.
func withMFA(t *testing.T, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "" {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch {
		case !bytes.Contains(body, []byte("Action=AssumeRole")):
			next.ServeHTTP(w, r)
		case bytes.Contains(body, []byte("SerialNumber=arn%3Aaws%3Aiam%3A%3A111122223333%3Amfa%2Fme")) && bytes.Contains(body, []byte("TokenCode=123456")):
			_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>test.admin.me</AccessKeyId><SecretAccessKey>test</SecretAccessKey><SessionToken></SessionToken><Expiration>%s</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		default:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error></ErrorResponse>`)
		}
	})
}

// answers plays a person at a terminal: it types each reply once its question
// shows, and returns what was on the screen and how the program ended.
func answers(t *testing.T, c *exec.Cmd, replies [][2]string) (screen string, err error) {
	t.Helper()
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 40, Cols: 160})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer tty.Close()
	var seen bytes.Buffer
	from, buf := 0, make([]byte, 64<<10)
	for {
		n, err := tty.Read(buf)
		seen.Write(buf[:n])
		for len(replies) > 0 {
			at := bytes.Index(seen.Bytes()[from:], []byte(replies[0][0]))
			if at < 0 {
				break
			}
			from += at + len(replies[0][0])
			if _, err := tty.WriteString(replies[0][1] + "\n"); err != nil {
				t.Fatal(err)
			}
			replies = replies[1:]
		}
		if errors.Is(err, syscall.EIO) || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	err = c.Wait()
	if len(replies) > 0 {
		t.Errorf("it never asked %q; the terminal shows %q", replies[0][0], seen.String())
	}
	return seen.String(), err
}

// TestMFAAndApprovalOnATerminal creates a key on what the program takes for
// AWS, as an operator whose role needs a code: asked once, then shown account,
// caller and plan, then asked for approval.
func TestMFAAndApprovalOnATerminal(t *testing.T) {
	t.Parallel()
	w, err := sim.New(sim.Options{Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(withMFA(t, awsjson.New(w, clock.NewReal(1000)).Handler(awsjson.HandlerOptions{})))
	defer s.Close()
	dir := t.TempDir()
	config := "[profile base]\nregion = eu-west-1\naws_access_key_id = test\naws_secret_access_key = test\n" +
		"[profile admin]\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/admin\nmfa_serial = arn:aws:iam::111122223333:mfa/me\nregion = eu-west-1\n"
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	mrkctl := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "mrkctl", append(args, "--target", "aws", "--profile", "admin", "--endpoint-url", s.URL)...)
		c.Dir = dir
		c.Env = []string{
			"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + dir, "PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=" + filepath.Join(dir, "config"),
			"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "none"), "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL_STS=" + s.URL,
		}
		return c
	}
	create := []string{"key", "create", "--alias", "alias/pay", "--regions", "eu-west-1,us-east-1", "--no-wait"}
	const code, approve = "MFA code of arn:aws:iam::111122223333:mfa/me: ", `Type "yes" to go on: `

	screen, err := answers(t, mrkctl(create...), [][2]string{{code, "123456"}, {approve, "no"}})
	if exitOf(err) != 6 || !strings.Contains(screen, `not approved, since the answer was "no" and not "yes"; nothing was changed`) {
		t.Errorf("not approved: %v\n%s", err, screen)
	}
	screen, err = answers(t, mrkctl(create...), [][2]string{{code, "123456"}, {approve, "yes"}})
	if err != nil {
		t.Fatalf("%v\n%s", err, screen)
	}
	for _, word := range []string{"AWS account 111122223333 (profile admin), as arn:aws:sts::111122223333:assumed-role/admin/me", "Regions eu-west-1, us-east-1", "done: replicate the key"} {
		if !strings.Contains(screen, word) {
			t.Errorf("%q is missing on the screen:\n%s", word, screen)
		}
	}
	if n := strings.Count(screen, code); n != 1 {
		t.Errorf("it asked for a code %d times", n)
	}
	if screen, err = answers(t, mrkctl("key", "list"), [][2]string{{code, "000000"}}); exitOf(err) != 9 || !strings.Contains(screen, "MultiFactorAuthentication failed") {
		t.Errorf("a wrong code: %v\n%s", err, screen)
	}
	// In a pipe there is nobody to ask, and completion never asks.
	c := mrkctl("key", "list")
	out, err := c.CombinedOutput()
	if exitOf(err) != 9 || !strings.Contains(string(out), "there is no terminal to ask on") || strings.Contains(string(out), code) {
		t.Errorf("in a pipe: %v\n%s", err, out)
	}
	c = exec.CommandContext(t.Context(), "mrkctl", "__complete", "--target", "aws", "--profile", "admin", "--endpoint-url", s.URL, "key", "show", "")
	c.Dir, c.Env = dir, mrkctl().Env
	if screen, err = answers(t, c, nil); err != nil || strings.Contains(screen, code) {
		t.Errorf("completing on a terminal: %v\n%s", err, screen)
	}
}

func exitOf(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.ExitCode()
	}
	return -1
}
