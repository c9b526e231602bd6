// Package drill runs a runbook against a world of KMS keys and says whether
// what was promised held.
//
// A run goes in one order: make or find the keys, take a snapshot, bring up the
// load and see that it is healthy, do the steps, take back what has to be taken
// back, compare with the snapshot, judge objectives and checks, seal. Each
// event is written to the journal before it is acted on, and every single call
// goes to the history; terminal, report and exit code are read from those.
//
// The engine never asks which world it is in, nor which timeline: it waits on
// the Clock it is given and breaks things through the Lab.
package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// The files of a run, in its folder.
const (
	JournalFile = "journal.jsonl"
	HistoryFile = "history.jsonl"
	LedgerFile  = "ledger.bin"
)

// Options says what to run, where and how.
type Options struct {
	Book  *runbook.Runbook
	Cloud Cloud
	// Dir is the folder of the run; it is made, and must not hold a run yet.
	Dir string
	// ID names the run in the journal and on the terminal.
	ID string
	// Seed is where every random choice of the drill comes from: plaintexts,
	// and which ciphertext a reader opens next.
	Seed uint64
	// By is who starts the run; empty on virtual time, where the same seed gives
	// the same journal to everybody.
	By string
	// Speed is how time goes: virtual, real, or so many times real time: 20x.
	Speed string
	// Version is of the program, for the journal.
	Version string
	// Sabotage is the name of what was broken on purpose; empty for none.
	Sabotage string
	// Observe is told of every event once it is in the journal. May be nil.
	Observe func(journal.Event)
	// Approve asks people; nil refuses every step that needs approval.
	Approve Approver
	// Foretold is what the same runbook did on a copy of the key sets; nil when
	// nobody planned it.
	Foretold *journal.Prediction
	// Locks is the folder of the locks of key sets in worlds that last; empty
	// for none. On AWS the lock is an alias.
	Locks string
	// Halt is the file that stops every drill of this user while it is there.
	Halt string

	// Rehearsal says that the run is on a copy: what safety says of the world
	// that it is in does not count.
	Rehearsal bool

	relived *relived // when a run is lived again
}

// virtualTime is the Speed of a run whose waits cost nothing.
const virtualTime = "virtual"

// Result is how a run ended.
type Result struct {
	Verdict  journal.Verdict
	Exit     int // of the process, by the table in the command line's help
	Headline string
}

// The exit codes that a drill decides on.
const (
	exitPassed      = 0
	exitFailed      = 1
	exitUnknown     = 4
	exitGuard       = 5
	exitRefused     = 6
	exitDirty       = 7
	exitLocked      = 8
	exitInterrupted = 130
)

// Run runs a drill to its end. The error tells why a run could not be carried
// through; whatever was journalled by then stays. A drill that ran and did not
// pass is no error: the Result says so.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := permit(o); err != nil {
		return refused(err)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Result{}, notBegun(o.Dir, err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, JournalFile)); err == nil {
		return Result{}, fmt.Errorf("%s holds a run already; name another folder with --out, or go on with: mrkctl drill resume %s", o.Dir, o.Dir)
	}
	r, err := newRun(o)
	if err != nil {
		return Result{}, notBegun(o.Dir, err)
	}
	var res Result
	o.Cloud.Run(func() { res, err = r.drive(ctx) })
	return res, errors.Join(err, r.close())
}

// notBegun is the error of a run whose files could not be begun.
func notBegun(dir string, err error) error {
	return fmt.Errorf("nothing was done, since the run can't be written to %s: %w; let this user write there, or name another folder with --out", dir, err)
}
