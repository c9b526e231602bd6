package cmd_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// readOnlyBook needs a key set that is there, in a world that is kept.
const readOnlyBook = `runbook: v1
name: toggle
about: The replica is switched off and on again, and nothing else is done.
regions: [us-east-1, eu-west-1]
keys:
  pay: { alias: alias/pay, primary: us-east-1, replicas: [eu-west-1] }
steps:
  - { id: off, do: key.disable, in: eu-west-1, with: { key: pay }, expect: { state: Disabled }, undo: { do: key.enable, in: eu-west-1 } }
  - { id: on, do: key.enable, in: eu-west-1, with: { key: pay }, expect: { state: Enabled }, undo: { do: nothing, why: it is as it was } }
`

// readOnlyHome is a home in which the folder $RO can't be written to by anybody,
// root included: in a mount namespace of its own it is a file system that is
// mounted for reading only.
type readOnlyHome struct{ dir string }

func newReadOnlyHome(t *testing.T) readOnlyHome {
	t.Helper()
	h := readOnlyHome{t.TempDir()}
	for _, dir := range []string{"ro", "bin"} {
		if err := os.Mkdir(filepath.Join(h.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(h.dir, "bin", "mrkctl")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "toggle.yaml"), []byte(readOnlyBook), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// try runs a shell script of this home: first what fills $RO, then with $RO closed
// the rest. It returns the exit code and what was said.
func (h readOnlyHome) try(t *testing.T, fill, script string) (code int, said string) {
	t.Helper()
	const closing = `mount -t tmpfs none "$RO" && (eval "$FILL") && mount -o remount,ro "$RO" && ! touch "$RO/x" 2>/dev/null || exit 125; eval "$SCRIPT"`
	c := exec.CommandContext(t.Context(), "sh", "-c", closing)
	c.Dir = h.dir
	c.Env = []string{
		"HOME=" + h.dir, "PATH=" + filepath.Join(h.dir, "bin") + ":" + os.Getenv("PATH"), "RO=" + filepath.Join(h.dir, "ro"), "FILL=true;" + fill, "SCRIPT=" + script,
		"MRKCTL_TARGET=sim:" + filepath.Join(h.dir, "world.db"), "AWS_EC2_METADATA_DISABLED=true",
	}
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || c.ProcessState.ExitCode() == 125 {
		t.Skipf("NOT TESTED: this machine lets nobody mount a folder for reading only in a namespace of its own: %v %s", err, out.String())
	}
	return c.ProcessState.ExitCode(), out.String()
}

// What can't be written is refused before anything is done. The exit code tells,
// and the message names the folder or the file, and what to do.
func TestReadOnlyFoldersAreRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("it starts the program often, each time for nothing that runs side by side")
	}
	const unwritable = "let this user write there, or name another folder with --out"
	for name, c := range map[string]struct {
		fill, do string
		code     int
		said     []string
	}{
		"a run below it": {
			do: "mrkctl drill run toggle.yaml --progress quiet --out $RO/run", code: 1,
			said: []string{"nothing was done, since the run can't be written to $RO/run: mkdir $RO/run: read-only file system", unwritable},
		},
		"a run in it": {
			do: "mrkctl drill run toggle.yaml --progress quiet --out $RO", code: 1,
			said: []string{"nothing was done, since the run can't be written to $RO: ", "$RO/journal.jsonl: read-only file system", unwritable},
		},
		"runs in it": {
			do: "MRKCTL_RUNS_DIR=$RO mrkctl drill run toggle.yaml --progress quiet", code: 1,
			said: []string{"nothing was done, since the run can't be written to $RO/", "-toggle: mkdir", unwritable},
		},
		"locks in it": {
			do: "export XDG_STATE_HOME=$RO; mrkctl drill run toggle.yaml --progress quiet --out run", code: 6,
			said: []string{"refused, nothing was changed: key sets can't be locked: mkdir $RO/mrkctl: read-only file system; let this user write to that folder, or choose another with XDG_STATE_HOME"},
		},
		"locks in one that is there": {
			fill: "mkdir -p $RO/mrkctl/locks", do: "export XDG_STATE_HOME=$RO; mrkctl drill run toggle.yaml --progress quiet --out run", code: 6,
			said: []string{"key sets can't be locked: open $RO/mrkctl/locks/.lock-", "read-only file system"},
		},
		"a halt into it": {
			do: "export XDG_STATE_HOME=$RO; mrkctl halt", code: 1,
			said: []string{"drills are not halted: mkdir $RO/mrkctl: read-only file system", "hint: let this user write to $RO/mrkctl"},
		},
		"a halt that is there": {
			fill: "mkdir $RO/mrkctl; touch $RO/mrkctl/halt", do: "export XDG_STATE_HOME=$RO; mrkctl drill run toggle.yaml --progress quiet --out run", code: 6,
			said: []string{"refused, nothing was changed: drills are halted ($RO/mrkctl/halt is there)"},
		},
		"a halt to be lifted": {
			fill: "mkdir $RO/mrkctl; touch $RO/mrkctl/halt", do: "export XDG_STATE_HOME=$RO; mrkctl halt --lift", code: 1,
			said: []string{"drills are still halted: remove $RO/mrkctl/halt: read-only file system", "hint: let this user write to $RO/mrkctl"},
		},
		"a state folder that is a file": {
			do: "touch state; export XDG_STATE_HOME=$PWD/state; mrkctl drill run toggle.yaml --progress quiet --out run", code: 6,
			said: []string{"refused, nothing was changed: whether drills are halted can't be told: stat", "/state/mrkctl/halt: not a directory"},
		},
		"a run to be gone on with": {
			fill: "(mrkctl drill run toggle.yaml --progress quiet --out $RO/run --target sim && cd $RO/run && head -n 20 journal.jsonl > j && mv j journal.jsonl) >/dev/null",
			do:   "mrkctl drill resume $RO/run --progress quiet --target sim", code: 1, said: []string{"$RO/run/.resuming: read-only file system; let this user write to $RO/run, or resume a copy of it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newReadOnlyHome(t)
			code, said := h.try(t, c.fill, c.do)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, words := range c.said {
				if words = strings.ReplaceAll(words, "$RO", filepath.Join(h.dir, "ro")); !strings.Contains(said, words) {
					t.Errorf("it does not say %q", words)
				}
			}
			if t.Failed() {
				t.Log(said)
			}
			if _, err := os.Stat(filepath.Join(h.dir, "run")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a run was begun: %v", err)
			}
			// No key set was made in the world that is kept.
			_, said = h.try(t, "", "mrkctl key list -q")
			if strings.Contains(said, "mrk-") {
				t.Errorf("the world was changed: %s", said)
			}
		})
	}
}

// A missing state folder is made, and a world that goes with its process needs
// neither lock nor state.
func TestNoStateFolderIsNeededWhereNothingIsKept(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"missing":   "export XDG_STATE_HOME=$PWD/none/yet; mrkctl drill run toggle.yaml --progress quiet --out run",
		"read-only": "export XDG_STATE_HOME=$RO; mrkctl drill run toggle.yaml --progress quiet --out run --target sim",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, said := newReadOnlyHome(t).try(t, "", script); code != 0 {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
}
