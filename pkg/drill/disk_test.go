package drill_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// TestFull runs in a process of its own, whose files can't grow any more at some
// moment. It does nothing unless TestAFullDiskLeavesNothingBroken starts it.
//
// A disk that is full stops a drill, which takes back what it did all the same,
// though it cannot write it down. What was acknowledged is there.
func TestFull(t *testing.T) {
	if os.Getenv("MRKCTL_TEST_FULL") == "" {
		t.Skip("only as a process of its own")
	}
	l := newLasting(t, sim.Options{Seed: 7})
	dir := filepath.Join(quickDir(t), "run")
	o := l.options(t, parse(t, killedBook), dir)
	o.Approve = everybody{}
	var acknowledged int64
	full := false
	o.Observe = func(e journal.Event) {
		acknowledged = e.N
		if e.Kind == journal.StepStarted && e.Step == "home" && !full {
			full = true
			limit(t, filepath.Join(dir, drill.JournalFile))
		}
	}
	before := unlimited(t)
	res, err := drill.Run(t.Context(), o)
	restore(t, before)
	if !full || err == nil || !errors.Is(err, syscall.EFBIG) || res.Exit != 1 {
		t.Fatalf("the disk was full: %+v, %v", res, err)
	}
	if on := l.faults(); len(on) > 0 {
		t.Errorf("faults left on: %v", on)
	}
	primary := ""
	l.clock.Run(func() { primary = l.primary(t) })
	if primary != "us-east-1" {
		t.Errorf("the primary was left in %s", primary)
	}
	events, err := journal.Tail(filepath.Join(dir, drill.JournalFile))
	if err != nil || int64(len(events)) < acknowledged {
		t.Errorf("%d lines were acknowledged and %d are there: %v", acknowledged, len(events), err)
	}
}

func TestAFullDiskLeavesNothingBroken(t *testing.T) {
	t.Parallel()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFull$")
	child.Env = append(os.Environ(), "MRKCTL_TEST_FULL=yes")
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAReadOnlyFolderIsRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	l := newLasting(t, sim.Options{Seed: 7})
	dir := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(dir, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	res, err := drill.Run(t.Context(), l.options(t, parse(t, killedBook), filepath.Join(dir, "run")))
	if err == nil || !strings.Contains(err.Error(), dir) || len(l.done) > 0 {
		t.Errorf("%+v, %v, after %v", res, err, l.done)
	}
}

// limit lets no file of this process grow beyond the size that one has now.
func limit(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	restore(t, syscall.Rlimit{Cur: uint64(info.Size()), Max: unlimited(t).Max})
}

func unlimited(t *testing.T) (l syscall.Rlimit) {
	t.Helper()
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func restore(t *testing.T, l syscall.Rlimit) {
	t.Helper()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		t.Fatal(err)
	}
}
