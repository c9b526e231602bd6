//go:build unix

package cmd_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestVersionAsksTheTerminalNothing runs the program on a terminal that never
// answers. The library below the terminal interface would ask it for its
// background colour as soon as it is linked, and wait for five seconds; the
// guard in pkg/terminal keeps it from that. This holds the order in which Go
// initialises packages, on which the guard relies.
func TestVersionAsksTheTerminalNothing(t *testing.T) {
	t.Parallel()
	for _, term := range []string{"xterm-256color", "xterm", "screen", "dumb"} {
		t.Run(term, func(t *testing.T) {
			t.Parallel()
			c := exec.CommandContext(t.Context(), "mrkctl", "version")
			c.Env = []string{"TERM=" + term, "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "COLORTERM=truecolor"}
			start := time.Now()
			tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 24, Cols: 100})
			if err != nil {
				t.Skipf("no pseudo-terminal here: %v", err)
			}
			defer tty.Close()
			var out bytes.Buffer
			// A Linux terminal ends with EIO once its program has gone.
			if _, err := io.Copy(&out, tty); err != nil && !errors.Is(err, syscall.EIO) {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Fatalf("%v, with output %q", err, out.String())
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v: something waits for the terminal", took)
			}
			if bytes.ContainsRune(out.Bytes(), '\x1b') {
				t.Errorf("an escape byte in %q", out.String())
			}
			if !bytes.Contains(out.Bytes(), []byte("VERSION")) {
				t.Errorf("no version in %q", out.String())
			}
		})
	}
}
