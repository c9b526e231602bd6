package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// build makes a program of the module from source.
func build(tb testing.TB, pkg string) string {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "program")
	c := exec.CommandContext(tb.Context(), "go", "build", "-o", out, pkg)
	c.Dir, c.Env = "..", append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if text, err := c.CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", pkg, err, text)
	}
	return out
}

// start runs a program once with an empty home.
func start(tb testing.TB, home, program string, args ...string) time.Duration {
	tb.Helper()
	c := exec.CommandContext(tb.Context(), program, args...)
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	began := time.Now()
	if text, err := c.CombinedOutput(); err != nil {
		tb.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, text)
	}
	return time.Since(began)
}

// BenchmarkStart measures "mrkctl version" against an empty cobra program. The
// ratio is that of the medians; runs alternate, so that both meet the same
// machine.
func BenchmarkStart(b *testing.B) {
	mrkctl, empty, home := build(b, "."), build(b, "./cmd/testdata/emptycobra"), b.TempDir()
	var ours, theirs []time.Duration
	for b.Loop() {
		theirs = append(theirs, start(b, home, empty, "version"))
		ours = append(ours, start(b, home, mrkctl, "version"))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(float64(ours[len(ours)/2])/float64(theirs[len(theirs)/2]), "ratio")
}

// TestCheapCommandsReadNoAWSConfiguration runs commands that need no AWS with a
// configuration of AWS that can't be read: whoever touches it fails.
func TestCheapCommandsReadNoAWSConfiguration(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	mrkctl, home := build(t, "."), t.TempDir()
	for _, args := range [][]string{
		{"version"}, {"--help"}, {"key", "create", "--help"}, {"completion", "bash"}, {"__complete", "key", ""}, {"config", "show"},
	} {
		c := exec.CommandContext(t.Context(), mrkctl, append(args, "--target", "aws")...)
		if args[0] == "completion" || args[0] == "__complete" {
			c = exec.CommandContext(t.Context(), mrkctl, args...)
		}
		c.Env = []string{
			"HOME=" + home, "PATH=" + os.Getenv("PATH"), "MRKCTL_TARGET=aws", "AWS_CONFIG_FILE=" + home, "AWS_SHARED_CREDENTIALS_FILE=" + home,
			"AWS_CA_BUNDLE=" + filepath.Join(home, "missing"), "AWS_PROFILE=missing", "AWS_MAX_ATTEMPTS=many",
		}
		if text, err := c.CombinedOutput(); err != nil {
			t.Errorf("mrkctl %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
}
