package cmd_test

import (
	"context"
	"flag"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mrkctl/mrkctl/cmd"
	"github.com/mrkctl/mrkctl/pkg/wire/wiremodel"
)

// TestMain lets the scripts run this test binary as mrkctl: the very code path
// of the real program, from its arguments to its exit code.
func TestMain(m *testing.M) {
	testscript.Main(waiting{m}, map[string]func(){
		"mrkctl": func() {
			p := cmd.OSProcess()
			p.Served = os.Getenv("SERVED") // never the world that somebody serves on this machine
			os.Exit(cmd.Main(p))
		},
	})
}

// waiting runs tests of which most wait for a process that waits itself: more of
// them at a time than there are processors, unless -parallel says how many.
type waiting struct{ tests *testing.M }

func (w waiting) Run() int {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := f.Value.Set(strconv.Itoa(4 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	return w.tests.Run()
}

// TestScripts runs every script under testdata/script, each in an empty home
// without any AWS settings. Run it with -update to rewrite the expected output
// (cmp) of the scripts.
func TestScripts(t *testing.T) {
	t.Parallel()
	root := filepath.Join("testdata", "script")
	var files []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		name, script := strings.CutSuffix(filepath.Base(path), ".txtar")
		if err == nil && script && (!underRace || slices.Contains(busy(), name)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no scripts found under " + root)
	}
	configs, err := filepath.Abs(filepath.Join("..", "configs"))
	if err != nil {
		t.Fatal(err)
	}
	model, err := wiremodel.Load()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "noescape": noEscape, "listening": listening, "days": days,
			"cutafter": cutAfter, "serves": serves, "answers": answersIn, "stand-in": standIn(t, model),
		},
		Setup: func(env *testscript.Env) error {
			served, err := freeAddress()
			if err != nil {
				return err
			}
			env.Setenv("SERVED", served)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("CONFIGS", configs)
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("AWS_CONFIG_FILE", filepath.Join(env.WorkDir, "no-aws-config"))
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(env.WorkDir, "no-aws-credentials"))
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
	})
}

// busy are the scripts in which the program does things side by side: those
// that the race detector watches. What it could find in the others, the tests
// of the packages show it in one process.
func busy() []string {
	return []string{"compare_fleet", "completion_keys", "drill_run", "key_dark", "sim_serve", "sim_xks"}
}

// exits runs a program and demands an exit code: exits CODE PROGRAM ARGS...
// Output goes to stdout and stderr as with exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s exited with %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// noEscape fails when a file (or stdout, stderr) holds an escape byte.
func noEscape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: noescape FILE...")
	}
	for _, name := range args {
		if strings.ContainsRune(ts.ReadFile(name), '\x1b') {
			ts.Fatalf("%s holds an escape byte", name)
		}
	}
}

// freeAddress is an address of this machine at which nobody listens.
func freeAddress() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// listening waits until a program that was started in the background answers
// at an address: listening ADDRESS.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening ADDRESS")
	}
	until := time.Now().Add(time.Minute)
	for {
		c, err := new(net.Dialer).DialContext(context.Background(), "tcp", args[0])
		if err == nil {
			ts.Check(c.Close())
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("nothing listens: %v", err)
		}
		runtime.Gosched()
	}
}
