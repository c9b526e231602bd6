package target

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Kind is a kind of world.
type Kind string

// The kinds of world.
const (
	Sim Kind = "sim"
	AWS Kind = "aws"
)

// Options say how to open a target. The zero value opens an embedded simulator
// on virtual time with seed 0.
type Options struct {
	// Regions are where to look for keys; empty means every Region of the
	// simulated cloud, or those that every AWS account has.
	Regions []string
	// Region is where to look first, and where the operator's own calls come
	// from; empty means us-east-1 in a simulated cloud, and the Region of the
	// AWS configuration on AWS.
	Region string
	// ReadOnly refuses every call that would change something.
	ReadOnly bool
	// Retry repeats a call that was throttled, and a read that failed, as the
	// SDK's own retryer would. A drill leaves it off and sees every failure.
	Retry bool

	// Seed, Start and Sabotage are those of a new simulated world. A world that
	// was kept in a file has its own.
	Seed     uint64
	Start    time.Time
	Sabotage []string
	// Account is the simulated account; empty means 111122223333. As is the ARN
	// of every caller in it, for a world that stands in for an account of AWS;
	// empty means a role for the operator and one for each application.
	Account, As string
	// Speed is the pace of the embedded simulator's clock: zero means virtual
	// time, on which a wait costs nothing; 1 is wall time.
	Speed float64
	// State is the file in which the target "sim" keeps its world; empty means
	// that the world is new and forgotten at the end.
	State string

	// Profile is the profile of the AWS configuration. DefaultProfile is the one
	// that the environment names, for texts alone: the SDK reads it by itself.
	Profile, DefaultProfile string
	// EndpointURL replaces the endpoints of AWS; {region} stands for the Region.
	EndpointURL string
	// Accounts are the AWS accounts that may be changed; empty means any.
	Accounts []string
	// MFA asks the operator for a code of the device with that serial number;
	// nil means that nobody can be asked.
	MFA func(ctx context.Context, serial string) (string, error)
}

// Origin says which world something was done in.
type Origin struct {
	Kind     Kind   `json:"kind"`
	Detail   string `json:"detail,omitempty"` // the simulator's file or address, the AWS profile
	Account  string `json:"account"`
	Alias    string `json:"alias,omitempty"` // the account's, where it has one and we may see it
	Caller   string `json:"caller"`          // ARN
	Endpoint string `json:"endpoint,omitempty"`
}

// Target is an open world. Close it after use.
type Target struct {
	kind    Kind
	clock   clock.Clock
	lab     Lab
	regions []string
	build   func(from, to, role string) kms.Options
	origin  func(context.Context) (Origin, error)
	close   func() error
	passing bool // the world is gone with the process

	mu      sync.Mutex // guards clients
	clients map[clientID]*kms.Client
}

type clientID struct{ from, to, role string }

// Open opens a world: sim, sim:PATH, sim:URL or aws. It makes no call and, for
// aws, reads no configuration before a client is used.
func Open(ctx context.Context, spec string, o Options) (*Target, error) {
	rest, isSim := strings.CutPrefix(spec, "sim:")
	switch {
	case spec == "aws":
		return openAWS(ctx, o)
	case spec == "sim" && o.State == "":
		return openMemory(o)
	case spec == "sim":
		return openFile(ctx, o.State, o)
	case isSim && (strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://")):
		return openURL(rest, o)
	case isSim && rest != "":
		return openFile(ctx, rest, o)
	default:
		return nil, fmt.Errorf("no target %q: use sim, sim:PATH, sim:URL or aws", spec)
	}
}

// Kind says whether this is a simulated world or AWS.
func (t *Target) Kind() Kind { return t.kind }

// Client returns the client of a caller in Region from for the endpoint of
// Region to. The role is empty for the operator and else the name of an
// application that a drill plays; audit trails tell them apart. On AWS every
// caller is the operator, wherever it says it is.
func (t *Target) Client(from, to, role string) *kms.Client {
	id := clientID{from, to, role}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, ok := t.clients[id]; ok {
		return c
	}
	if t.clients == nil {
		t.clients = map[clientID]*kms.Client{}
	}
	c := kms.New(t.build(from, to, role))
	t.clients[id] = c
	return c
}

// Passing says whether this world is gone with its process. One that is kept in
// a file, is served, or is AWS is not.
func (t *Target) Passing() bool { return t.passing }

// Clock is the timeline of this world.
func (t *Target) Clock() clock.Clock { return t.clock }

// Run runs f as the first process of the world's timeline and returns when all
// that it started has ended.
func (t *Target) Run(f func()) {
	if v, ok := t.clock.(*clock.Virtual); ok {
		v.Run(f)
		return
	}
	f()
}

// Regions are where to look for keys, the preferred one first.
func (t *Target) Regions() []string { return slices.Clone(t.regions) }

// Origin says which world this is and who we are in it. On AWS it asks STS, once.
func (t *Target) Origin(ctx context.Context) (Origin, error) { return t.origin(ctx) }

// Lab breaks this world and reads its audit trails.
func (t *Target) Lab() Lab { return t.lab }

// Close keeps what has to be kept and lets the world go.
func (t *Target) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// Lab is the hand that breaks a world and the eye that reads its audit trails.
type Lab interface {
	// StartFault begins a fault, which ends by itself after its AtMost.
	StartFault(ctx context.Context, f wire.Fault) error
	// StopFault ends a fault; one that has ended is no error.
	StopFault(ctx context.Context, name string) error
	// ActiveFaults are the faults that are on.
	ActiveFaults(ctx context.Context) ([]wire.Fault, error)
	// Where says where faults take effect: sim, or client for faults that cut
	// only our own calls.
	Where() string
	// Trail returns what a Region's audit trail recorded in a stretch of time.
	Trail(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error)
}

// preferred puts the Region to look in first at the head of the list.
func preferred(first string, regions []string) []string {
	if first == "" {
		return regions
	}
	rest := slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == first })
	return append([]string{first}, rest...)
}
