package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// run is one drill under way. On real time its processes run side by side, so
// mu guards what they share; it is never held across a wait or a call.
type run struct {
	opts    Options
	book    *runbook.Runbook
	cloud   Cloud
	clock   clock.Clock
	journal *journal.Writer
	history *history.Writer
	ledger  *ledger.Ledger

	mu       sync.Mutex
	clients  map[[2]string]*kms.Client
	keys     map[string]*keySet
	probes   map[string]*probe // running or stopped, by name
	faults   map[string]activeFault
	kept     map[string][]int64 // ciphertext numbers that a step kept, by name
	undo     []undoEntry
	calls    map[string]int // made, by operation
	sealers  map[*kms.Client]sealer
	callID   int64
	members  map[memberID]journal.Member // as last seen
	changed  time.Time                   // when a member was last seen to differ
	random   *rand.Rand
	stale    []string                // loads some of whose callers name no key that is there, by sabotage
	stop     context.CancelCauseFunc // ends the steps: a guard, a signal, the longest
	events   []journal.Event         // all that was written
	writeErr error                   // the first error of journal or history

	processes   clock.Group       // loads and looks
	loadContext context.Context   //nolint:containedctx // of the loads and looks, which outlive the steps
	ownContext  map[string]string // encryption context of the drill's ciphertexts
	began       time.Time
	before      snapshotOf                    // the first snapshot
	policies    map[memberID]string           // key policies as found
	ending      bool                          // loads and looks leave at their next turn
	unlock      []func(context.Context) error // gives the locks of the key sets back
	guarded     bool                          // a guard was broken
	started     bool                          // the journal says so, of a run that goes on
	underWay    map[string]time.Time          // steps that were under way when the process died, by when they began
	done        map[string]bool               // steps that were completed before it died
	made        map[string]bool               // key sets that this run made, by name
	answered    map[string]bool               // steps whose spending call was answered before the process died
	tookBack    bool                          // steps were undone: the end must be as the beginning was
	sealed      bool                          // the history is
	failed      []string                      // steps that did not go as expected
	spent       map[string]int
}

// keySet is a key set of the runbook, found or made.
type keySet struct {
	runbook.Key
	id        string   // key id
	live      []string // Regions that hold a member, as far as the drill knows
	old       string   // current key material before the last rotation
	materials int      // latest version of the key material that the drill imports
	imported  [][]byte // those versions, where they do not follow from the seed
}

type memberID struct{ key, region string }

// blankRun is a run that has opened no file yet.
func blankRun(o Options) *run {
	return &run{
		opts: o, book: o.Book, cloud: o.Cloud, clock: o.Cloud.Clock,
		clients: map[[2]string]*kms.Client{}, keys: map[string]*keySet{}, probes: map[string]*probe{},
		faults: map[string]activeFault{}, kept: map[string][]int64{}, calls: map[string]int{},
		sealers: map[*kms.Client]sealer{},
		members: map[memberID]journal.Member{}, spent: map[string]int{}, underWay: map[string]time.Time{}, done: map[string]bool{}, made: map[string]bool{}, answered: map[string]bool{},
		random:   rand.New(rand.NewChaCha8(seedBytes(o.Seed))),
		policies: map[memberID]string{}, processes: o.Cloud.Clock.Group(),
	}
}

// newRun begins the files of a run.
func newRun(o Options) (*run, error) {
	r := blankRun(o)
	var err error
	if r.journal, err = journal.Create(filepath.Join(o.Dir, JournalFile)); err != nil {
		return nil, err
	}
	if r.history, err = history.Create(filepath.Join(o.Dir, HistoryFile), r.clock.Now()); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if r.ledger, err = ledger.Create(filepath.Join(o.Dir, LedgerFile)); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.history.After(r.ledger.Flush)
	return r, nil
}

func (r *run) close() error {
	errs := []error{r.journal.Close()}
	if r.history != nil && !r.sealed {
		_, err := r.history.Seal()
		errs = append(errs, err)
	}
	if r.ledger != nil {
		errs = append(errs, r.ledger.Close())
	}
	return errors.Join(errs...)
}

// seedBytes spreads a seed over the key of the generator.
func seedBytes(seed uint64) (key [32]byte) {
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	copy(key[8:], "mrkctl drill")
	return key
}

// tell writes an event down and then tells whoever watches. An error is kept
// and ends the drill: what can't be journalled must not be done.
func (r *run) tell(kind journal.Kind, step string, payload any) error {
	r.mu.Lock()
	fresh, failed := r.write(kind, step, payload)
	stop := r.stop
	r.mu.Unlock()
	if failed != nil {
		if stop != nil {
			stop(failed)
		}
		return fmt.Errorf("write the journal: %w", failed)
	}
	if r.opts.Observe != nil {
		for _, event := range fresh {
			r.opts.Observe(event)
		}
	}
	return nil
}

// write appends an event, and before it the line that says where a run was
// resumed. It returns those of them that nobody was told of before, and the
// first error that journal, history or ledger met.
func (r *run) write(kind journal.Kind, step string, payload any) (fresh []journal.Event, err error) {
	if r.writeErr != nil {
		return nil, r.writeErr
	}
	note := func(event journal.Event, again bool) {
		r.events = append(r.events, event)
		if !again {
			fresh = append(fresh, event)
		}
	}
	for {
		from, joins := r.opts.relived.joins()
		if !joins {
			break
		}
		again := r.opts.relived.past()
		event, err := r.journal.Append(journal.DrillResumed, "", r.clock.Now(), from)
		if r.writeErr = errors.Join(err, r.opts.relived.hold(event)); r.writeErr != nil {
			return nil, r.writeErr
		}
		note(event, again)
	}
	again := r.opts.relived.past()
	event, err := r.journal.Append(kind, step, r.clock.Now(), payload)
	if err == nil && !r.cloud.Passing && !r.sealed {
		// A world that lasts is gone on with from these files: what the journal
		// tells must not be ahead of them. A passing one is lived again.
		ledgerErr := r.ledger.Sync()
		_, err = r.history.Sync()
		err = errors.Join(ledgerErr, err)
	}
	r.writeErr = errors.Join(err, r.opts.relived.hold(event))
	note(event, again)
	return fresh, r.writeErr
}

// key returns the key set of a name; an empty name is the only one there is.
func (r *run) key(name string) (*keySet, error) {
	if name == "" && len(r.book.Keys) == 1 {
		name = r.book.Keys[0].Name
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.keys[name]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("no key set named %q", name)
}

// operator returns the handle on all Regions through which a step acts. Calls
// go from the Region that is called, or from one given Region.
func (r *run) operator(from string) mrk.Cloud {
	return mrk.Cloud{
		Clock:   r.clock,
		Regions: r.book.Regions,
		Client: func(region string) *kms.Client {
			if from == "" {
				return r.client(region, region)
			}
			return r.client(from, region)
		},
	}
}

// broken ends the drill because something could not be written down.
func (r *run) broken(err error) {
	r.mu.Lock()
	r.writeErr = errors.Join(r.writeErr, err)
	stop := r.stop
	r.mu.Unlock()
	if stop != nil {
		stop(err)
	}
}
