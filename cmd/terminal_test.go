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
			if !bytes.Contains(out.Bytes(), []byte("mrkctl ")) {
				t.Errorf("no version in %q", out.String())
			}
		})
	}
}

// TestDrillOnATerminal runs a drill as a person would: the interface draws, q
// leaves it in the middle, and the verdict is still printed.
func TestDrillOnATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "mrkctl", "drill", "run", "ci-smoke", "--pace", "10", "--out", "run")
	c.Dir = dir
	c.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer tty.Close()
	var screen bytes.Buffer
	left, buf := false, make([]byte, 64<<10)
	for {
		n, err := tty.Read(buf)
		screen.Write(buf[:n])
		if !left && bytes.Contains(screen.Bytes(), []byte("members-agree")) {
			left = true
			if _, err := tty.WriteString("q"); err != nil {
				t.Fatal(err)
			}
		}
		if errors.Is(err, syscall.EIO) || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v; the terminal shows %q", err, screen.String())
	}
	drawn, after, given := bytes.Cut(screen.Bytes(), []byte("\x1b[?1049l"))
	if !left || !given || !bytes.Contains(drawn, []byte("\x1b[?1049h")) {
		t.Fatalf("the interface did not draw, or did not give the screen back: %q", screen.String())
	}
	for _, word := range []string{"t+", "ci-smoke: PASSED", "report.html"} {
		if !bytes.Contains(after, []byte(word)) {
			t.Errorf("after leaving, %q is missing in %q", word, after)
		}
	}
}
