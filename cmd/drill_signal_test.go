package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

// servedWorld is a simulated world behind a socket, on wall time, whose members need
// only moments for what takes AWS seconds.
type servedWorld struct {
	t      *testing.T
	url    string
	home   string
	server *awsjson.Server
}

func serveWorld(t *testing.T) *servedWorld {
	t.Helper()
	timing := sim.DefaultTiming()
	moment := sim.Span{Min: 20 * time.Millisecond, Max: 50 * time.Millisecond}
	timing.Creating, timing.Sync = moment, moment
	timing.Updating = sim.Span{Min: time.Second, Max: time.Second}
	w, err := sim.New(sim.Options{Start: time.Now(), Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	server := awsjson.New(w, clock.NewReal(1))
	s := httptest.NewServer(server.Handler(awsjson.HandlerOptions{}))
	t.Cleanup(s.Close)
	return &servedWorld{t: t, url: s.URL, home: t.TempDir(), server: server}
}

// command is the real program as a process of its own, in this world.
func (s *servedWorld) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(context.WithoutCancel(s.t.Context()), os.Args[0], append(args, "--target", "sim:"+s.url)...)
	c.Args[0] = "mrkctl" // by which TestMain knows what it is to be
	c.Env = []string{"HOME=" + s.home, "LANG=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true", "PATH=" + os.Getenv("PATH")}
	c.Dir = s.home
	return c
}

// running is a process that was started, and what it has said.
type running struct {
	*exec.Cmd
	t   *testing.T
	err io.Closer // its stderr, to be closed in its face

	mu    sync.Mutex
	said  bytes.Buffer
	lines chan string
}

// start starts a command.
func (s *servedWorld) start(args ...string) *running {
	s.t.Helper()
	r := s.prepared(args...)
	r.begin()
	return r
}

// prepared is a command that begin starts.
func (s *servedWorld) prepared(args ...string) *running {
	return &running{Cmd: s.command(args...), t: s.t, lines: make(chan string, 1000)}
}

// begin starts the process and reads its stderr line by line.
func (r *running) begin() {
	r.t.Helper()
	pipe, err := r.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	r.err = pipe
	r.Stdout = &lockedWriter{r: r}
	if err := r.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = r.Process.Kill() })
	go func() {
		defer close(r.lines)
		for scan := bufio.NewScanner(pipe); scan.Scan(); {
			_, _ = fmt.Fprintln(r.Stdout, scan.Text())
			r.lines <- scan.Text()
		}
	}()
}

type lockedWriter struct{ r *running }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	return w.r.said.Write(p)
}

func (r *running) everything() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

// until waits for a line of stderr that has these words.
func (r *running) until(words string) {
	r.t.Helper()
	for line := range r.lines {
		if strings.Contains(line, words) {
			return
		}
	}
	r.t.Fatalf("it never said %q:\n%s", words, r.everything())
}

// ends waits for the end of the process and demands an exit code.
func (r *running) ends(code int, words ...string) {
	r.t.Helper()
	for range r.lines { // to the end of its stderr
	}
	_ = r.Wait() // the code says it
	if got := r.ProcessState.ExitCode(); got != code {
		r.t.Errorf("it ended with %d, want %d:\n%s", got, code, r.everything())
	}
	for _, w := range words {
		if !strings.Contains(r.everything(), w) {
			r.t.Errorf("it did not say %q:\n%s", w, r.everything())
		}
	}
}

// holdBook holds the key disabled in one Region until it is stopped.
const holdBook = `runbook: v1
name: %[1]s
about: A drill that holds a key set until somebody stops it.
regions: [us-east-1, eu-west-1]
keys:
  k: { alias: alias/%[1]s, primary: us-east-1, replicas: [eu-west-1] }
safety: { longest: 1h }
faults:
  dark: { kind: region-outage, in: eu-west-1, planes: [data], looks-like: refused, at-most: 30m }
steps:
%[2]s  - { id: off, do: key.disable, in: us-east-1, undo: { do: key.enable, in: us-east-1 } }
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: hold, do: time.pass, for: 30m }
checks: [left-as-found]
`

// promotion is a step of holdBook that takes a while to undo.
const promotion = `  - { id: go, do: key.promote, in: us-east-1, with: { to: eu-west-1 }, expect: { primary: eu-west-1, state: Enabled, in-every-region: true }, undo: { do: key.promote, in: eu-west-1, with: { to: us-east-1 } } }
`

// hold starts a drill and waits until it holds.
func (s *servedWorld) hold(name, first string) (r *running, dir string) {
	s.t.Helper()
	book := filepath.Join(s.home, name+".yaml")
	if err := os.WriteFile(book, fmt.Appendf(nil, holdBook, name, first), 0o600); err != nil {
		s.t.Fatal(err)
	}
	dir = filepath.Join(s.home, name+"-run")
	r = s.start("drill", "run", book, "--out", dir, "--progress", "plain")
	r.until("start    hold")
	return r, dir
}

// asFound demands that nothing is left of a drill in the world.
func (s *servedWorld) asFound(name string) {
	s.t.Helper()
	out, err := s.command("key", "show", "alias/"+name, "-o", "json").CombinedOutput()
	if text := string(out); err != nil || strings.Contains(text, `"Disabled"`) || !strings.Contains(text, `"primary": "us-east-1"`) {
		s.t.Errorf("the key set is not as it was found: %v\n%s", err, out)
	}
	s.server.View(func(w *sim.World) {
		if on := w.Faults(); len(on) > 0 {
			s.t.Errorf("faults left on: %v", on)
		}
	})
}

func TestEveryRequestToStopUndoesADrill(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := serveWorld(t)
			r, dir := s.hold("held", "")
			if err := r.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			r.ends(130, "INTERRUPTED, and undone: stopped by "+sig.String())
			s.asFound("held")
			if out, err := s.command("report", "verify", dir).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// A terminal that is closed takes the drill's stderr with it. The drill is not
// killed by that: it undoes and writes its report.
func TestAClosedTerminalUndoesADrill(t *testing.T) {
	t.Parallel()
	s := serveWorld(t)
	r, dir := s.hold("closed", "")
	if err := r.err.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.ends(130)
	s.asFound("closed")
	if report, err := os.ReadFile(filepath.Join(dir, "report.md")); err != nil || !bytes.Contains(report, []byte("hangup")) {
		t.Errorf("the report does not say what ended it: %v", err)
	}
}

// The second Ctrl-C leaves at once, says how to mend it, and mrkctl drill undo
// does.
func TestASecondCtrlCLeavesAndPrintsTheWayBack(t *testing.T) {
	t.Parallel()
	s := serveWorld(t)
	r, dir := s.hold("left", promotion)
	for _, words := range []string{"undo       start", ""} {
		if err := r.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if words != "" {
			r.until(words)
		}
	}
	r.ends(7, "mrkctl drill undo "+dir, "mrkctl drill resume "+dir)
	s.start("drill", "undo", dir, "--progress", "plain").ends(130, "TAKEN BACK")
	s.asFound("left")
	s.start("drill", "undo", dir).ends(1, "the run has ended")
}

// A second drill on a key set is refused and told who holds it; once the first
// is dead, its folder is the way to take it back.
func TestASecondDrillOnTheKeyIsToldWhoHoldsIt(t *testing.T) {
	t.Parallel()
	s := serveWorld(t)
	r, dir := s.hold("taken", "")
	second := s.start("drill", "run", filepath.Join(s.home, "taken.yaml"), "--out", filepath.Join(s.home, "second"), "--progress", "plain")
	second.ends(8, "is locked by", dir, fmt.Sprintf("process %d", r.Process.Pid))
	if err := r.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.Wait() // it was killed
	s.start("drill", "undo", dir, "--progress", "quiet").ends(130)
	s.asFound("taken")
}

// mrkctl halt stops every drill of the user, and lets none begin.
func TestHaltStopsEveryDrill(t *testing.T) {
	t.Parallel()
	s := serveWorld(t)
	one, _ := s.hold("one", "")
	two, _ := s.hold("two", "")
	s.start("halt").ends(0)
	one.ends(130, "stopped by mrkctl halt")
	two.ends(130, "stopped by mrkctl halt")
	s.asFound("one")
	s.asFound("two")
	again := []string{"drill", "run", filepath.Join(s.home, "one.yaml"), "--out", filepath.Join(s.home, "again"), "--progress", "quiet"}
	s.start(again...).ends(6, "mrkctl halt --lift")
	s.start("halt", "--lift").ends(0)
	if r := s.start(append(again, "--progress", "plain")...); true {
		r.until("start    hold")
		if err := r.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		r.ends(130)
	}
}
