package drill_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

const lastingAccount = "111122223333"

// lasting is a simulated world that outlives the processes which use it, as a
// served one and AWS do. It is on virtual time, and can be forked: a fork is the
// world as it stands when a drill's process dies.
type lasting struct {
	server *awsjson.Server
	clock  *clock.Virtual
	// sent and handled, if set, are told of each call of the operator just
	// before it arrives and just after it was handled.
	sent, handled func(op string)
	done          map[string]int // changes that were accepted, by operation
}

func newLasting(t *testing.T, o sim.Options) *lasting {
	t.Helper()
	w, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return lastingOf(w, 0)
}

// lastingOf serves a world a while after it was left.
func lastingOf(w *sim.World, later time.Duration) *lasting {
	c := clock.NewVirtual(w.Now().Add(later))
	return &lasting{server: awsjson.New(w, c), clock: c, done: map[string]int{}}
}

// fork returns a copy of the world as it is now, in a place of its own.
func (l *lasting) fork(t *testing.T) *sim.World {
	t.Helper()
	var w *sim.World
	var err error
	l.server.View(func(now *sim.World) { w, err = now.Fork() })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// options are those of a run in this world.
func (l *lasting) options(t *testing.T, book *runbook.Runbook, dir string) drill.Options {
	t.Helper()
	return drill.Options{
		Book: book, Dir: dir, ID: "lasting", Seed: 7, Speed: "real", Version: "test",
		Locks: filepath.Join(filepath.Dir(dir), "locks"),
		Cloud: drill.Cloud{
			Client: l.client, Clock: l.clock, Run: l.clock.Run, Lab: lastingLab{l},
			Origin: journal.Origin{Kind: "sim", Detail: "served", Account: lastingAccount, Caller: caller("", "us-east-1").ARN},
		},
	}
}

func caller(role, from string) *sim.Principal {
	name := "mrkctl-operator"
	if role != "" {
		name = "drill-" + role
	}
	return &sim.Principal{
		ARN: fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", lastingAccount, name, from), Account: lastingAccount,
		ID: "AROA" + strings.ToUpper(name) + ":" + from, Operator: role == "",
	}
}

// operator is the client of a Region for the operator there.
func (l *lasting) operator(region string) *kms.Client { return l.client(region, region, "") }

func (l *lasting) client(from, to, role string) *kms.Client {
	return kms.New(kms.Options{
		Region: to, HTTPClient: watchedTransport{l, role, l.server.Transport(from, to, caller(role, from))},
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	})
}

// watchedTransport tells of the operator's calls.
type watchedTransport struct {
	*lasting
	role string
	next wire.Doer
}

func (w watchedTransport) Do(req *http.Request) (*http.Response, error) {
	op := wire.Operation(req)
	if w.role == "" && w.sent != nil {
		w.sent(op)
	}
	resp, err := w.next.Do(req)
	if w.role == "" && err == nil && resp.StatusCode == http.StatusOK {
		w.done[op]++
	}
	if w.role == "" && w.handled != nil {
		w.handled(op)
	}
	return resp, err
}

// lastingLab breaks the world from the inside.
type lastingLab struct{ *lasting }

func (l lastingLab) StartFault(_ context.Context, f wire.Fault) error {
	s := sim.Fault{Name: f.Name, Kind: sim.FaultKind(f.Kind), In: f.In, Calls: f.Calls, Looks: f.Looks, Share: f.Share, By: f.By, Key: f.Key, AtMost: f.AtMost}
	for _, p := range f.Planes {
		s.Planes = append(s.Planes, sim.Plane(p))
	}
	return l.server.Change(func(w *sim.World) error { return w.StartFault(s) })
}

func (l lastingLab) StopFault(_ context.Context, name string) error {
	return l.server.Change(func(w *sim.World) error { return w.StopFault(name) })
}

func (lastingLab) Where() string { return "sim" }

func (l lastingLab) Trail(_ context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) {
	var events []wire.TrailEvent
	l.server.View(func(w *sim.World) {
		for _, e := range w.Trail(region, from, to) {
			events = append(events, wire.TrailEvent{
				Time: e.Time, Op: e.Op, Region: e.Region, Principal: e.Principal, CallerRegion: e.CallerRegion, RequestID: e.RequestID, Code: e.Code, Key: e.Key,
			})
		}
	})
	return events, nil
}

// faults are the names of the faults that are on in the world.
func (l *lasting) faults() (names []string) {
	l.server.View(func(w *sim.World) {
		for _, f := range w.Faults() {
			names = append(names, f.Name)
		}
	})
	return names
}

// quickDir is a folder in memory where there is one: tests of dying processes
// write many small files and need no disk to hold them.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "mrkctl-drill-") //nolint:usetesting // that would be on the disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// copyRun copies the files of a run as they are on the disk at this moment.
func copyRun(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{drill.JournalFile, drill.HistoryFile, drill.LedgerFile} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t *testing.T, text string) *runbook.Runbook {
	t.Helper()
	book, err := runbook.Parse("test.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// primary is the Region of the primary of the only key set.
func (l *lasting) primary(t *testing.T) string {
	t.Helper()
	fleet, err := mrk.List(t.Context(), mrk.Cloud{Client: l.operator, Clock: l.clock, Regions: []string{"us-east-1", "eu-west-1"}}, mrk.Listing{All: true})
	if err != nil || len(fleet.Sets) != 1 {
		t.Fatalf("%d key sets: %v", len(fleet.Sets), err)
	}
	return fleet.Sets[0].Primary
}
