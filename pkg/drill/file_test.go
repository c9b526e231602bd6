package drill_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// inFile opens the world of a file for a run of ci-smoke in dir.
func inFile(t *testing.T, dir string) (drill.Options, *target.Target) {
	t.Helper()
	w, err := target.Open(t.Context(), "sim:"+filepath.Join(dir, "world"), target.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, "ci-smoke", filepath.Join(dir, "run"), 7, "")
	o.Cloud = drill.Cloud{Client: w.Client, Clock: w.Clock(), Run: w.Run, Lab: w.Lab(), Passing: w.Passing(), Origin: o.Cloud.Origin}
	return o, w
}

// TestDies is the process that dies: a run that is killed as soon as its
// journal has so many lines. It does nothing unless TestKilledInAWorldOfAFile
// starts it.
func TestDies(t *testing.T) {
	dir, line := os.Getenv("MRKCTL_TEST_DIES_IN"), os.Getenv("MRKCTL_TEST_DIES_AT")
	if dir == "" {
		t.Skip("only as a process that is killed")
	}
	at, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := inFile(t, dir)
	o.Observe = func(e journal.Event) {
		if e.N == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	res, err := drill.Run(t.Context(), o)
	t.Fatalf("it lived: %+v, %v", res, err)
}

// A run that was killed in the world of a file is gone on with, or taken back,
// in that world, also when its time is virtual. What the world's audit trail had not brought to the disk is
// lost with the process that simulated it, so that what needs it is unknown.
func TestKilledInAWorldOfAFile(t *testing.T) {
	lines := []int{38, 60, 84}
	if testing.Short() || underRace {
		lines = lines[1:2]
	}
	for _, line := range lines {
		for how, goOn := range map[string]func(drill.Options) (drill.Result, error){
			"resume": func(o drill.Options) (drill.Result, error) { return drill.Resume(t.Context(), o) },
			"undo":   func(o drill.Options) (drill.Result, error) { return drill.TakeBack(t.Context(), o) },
		} {
			t.Run(fmt.Sprintf("%s after line %d", how, line), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				dies := exec.Command(os.Args[0], "-test.run=^TestDies$")
				dies.Env = append(os.Environ(), "MRKCTL_TEST_DIES_IN="+dir, fmt.Sprint("MRKCTL_TEST_DIES_AT=", line))
				if out, err := dies.CombinedOutput(); err == nil || err.Error() != "signal: killed" {
					t.Fatalf("%v: %s", err, out)
				}
				o, w := inFile(t, dir)
				res, err := goOn(o)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				judgeGoneOn(t, o.Dir, how == "undo", res)
			})
		}
	}
}

// judgeGoneOn holds the verdicts of a run that was gone on with or taken back.
func judgeGoneOn(t *testing.T, dir string, undone bool, res drill.Result) {
	t.Helper()
	if _, err := journal.Verify(filepath.Join(dir, drill.JournalFile)); err != nil {
		t.Error(err)
	}
	events, err := journal.Read(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(events, func(a, b journal.Event) int { return a.At.Compare(b.At) }) {
		t.Error("time went back")
	}
	snapshots := 0
	for _, e := range events {
		if e.Kind == journal.SnapshotTaken {
			snapshots++
		}
		if e.Kind != journal.CheckVerdict {
			continue
		}
		c, err := journal.Payload[journal.Check](e)
		if err != nil {
			t.Fatal(err)
		}
		ofTrails := slices.Contains([]string{"no-call-crosses-regions", "audit-trail-complete"}, c.Name)
		if c.Verdict != journal.Pass && (!undone && !ofTrails || c.Verdict == journal.Fail) {
			t.Errorf("%s: %s, %s %q", c.Name, c.Verdict, c.Detail, c.Evidence)
		}
		if c.Name == "left-as-found" && c.Verdict != journal.Pass && snapshots > 1 { // else it died before it had looked
			t.Errorf("left otherwise than found: %q", c.Evidence)
		}
	}
	if res.Verdict == journal.Fail != undone || undone && res.Exit != 130 {
		t.Errorf("ended with %+v", res)
	}
}
