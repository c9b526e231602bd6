package sim

import (
	"fmt"
	"io"
	"time"
)

// Options says what a new world is like. The zero value is the world a drill
// starts from: every Region of partition aws, account 111122223333, AWS's
// timing, quotas and network, seed 0.
type Options struct {
	// Start is the moment the world begins at; zero means 5 January 2026, 09:00 UTC.
	Start time.Time
	// Seed determines everything that is drawn at random.
	Seed uint64
	// Rand is where key material, identifiers and nonces come from; nil means
	// a generator seeded with Seed. A world that keeps real secrets, or that is
	// restored after a crash, must be given crypto/rand.Reader: a restored
	// generator would repeat the nonces drawn since the last save.
	Rand io.Reader
	// Account is the account that owns what is created by default; empty means 111122223333.
	Account string
	// Regions are the Regions that exist; empty means all of partition aws.
	Regions []string
	// NotOptedIn are opt-in Regions that the account has not enabled.
	NotOptedIn []string
	// Timing is how long things take; the zero value means DefaultTiming.
	Timing Timing
	// Network is how far apart Regions are; the zero value means DefaultNetwork.
	Network Network
	// NoRateLimits lifts the request quotas.
	NoRateLimits bool
	// Quotas overrides request quotas by operation name, in requests a second
	// for one account and Region. An operation that shares a pool with others
	// then has a quota of its own as well. Names of the pools work too:
	// "symmetric", "rsa", "ecc", "ml-dsa", and "pair-RSA_2048" for the data key
	// pairs of a spec.
	Quotas map[string]float64
	// Limits are the resource quotas; the zero value means DefaultLimits.
	Limits Limits
	// TrailDelay is how late LookupEvents sees a record; zero means at once.
	TrailDelay time.Duration
	// ReadLag is how old an answer of DescribeKey and the other reads may be
	// after a change, drawn anew for each change; zero means reads are current.
	ReadLag Span
	// Sabotage names ways in which the world breaks a promise of KMS, for tests
	// of whoever should notice. See Sabotages.
	Sabotage []string
}

// Span is a stretch of time within which a duration is drawn.
type Span struct{ Min, Max time.Duration }

// Timing is how long the service takes over things. Each duration is drawn
// within its span.
type Timing struct {
	// Creating is how long a new replica stays in that state.
	Creating Span
	// Updating is how long both members of a promotion stay in that state.
	Updating Span
	// NoPrimary is how long after a promotion DescribeKey shows both members as
	// replicas. AWS documents that it may; no recording shows it, so it is zero
	// by default.
	NoPrimary Span
	// Sync is the lag with which a shared property reaches another member.
	Sync Span
	// RotateMake is how long a rotation of a single-Region key takes, and how
	// long the first stretch of a multi-Region rotation.
	RotateMake Span
	// RotateReplica is what each replica adds, one after the other.
	RotateReplica Span
	// RotateImported and RotateImportedSet are the same for imported key
	// material: a single-Region key, and a set of any size.
	RotateImported, RotateImportedSet Span
	// Expiry is how long after its ValidTo imported key material stops working.
	Expiry Span
	// RoleTaskShown is how long IAM does not know a deletion of the
	// service-linked role that was begun, RoleTask how long it takes.
	RoleTaskShown, RoleTask Span
	// LastReplica is the time from the deletion of the last replica to the
	// beginning of its primary's own waiting period.
	LastReplica time.Duration
}

// DefaultTiming is what was measured on AWS in September 2026.
func DefaultTiming() Timing {
	const ms = time.Millisecond
	return Timing{
		Creating:          Span{2000 * ms, 4000 * ms},
		Updating:          Span{3000 * ms, 8000 * ms},
		Sync:              Span{400 * ms, 1200 * ms},
		RotateMake:        Span{99500 * ms, 131000 * ms},
		RotateReplica:     Span{165 * time.Second, 178 * time.Second},
		RotateImported:    Span{148 * time.Second, 165 * time.Second},
		RotateImportedSet: Span{17 * time.Second, 48 * time.Second},
		Expiry:            Span{0, 2 * time.Second},
		RoleTaskShown:     Span{1000 * ms, 3000 * ms},
		RoleTask:          Span{5000 * ms, 9000 * ms},
		LastReplica:       48*time.Hour + 22700*ms,
	}
}

// check refuses durations that would make time stand still or run backwards.
func (t Timing) check() error {
	for _, s := range []Span{t.Creating, t.Updating, t.NoPrimary, t.Sync, t.RotateMake, t.RotateReplica, t.RotateImported, t.RotateImportedSet, t.Expiry, t.RoleTaskShown, t.RoleTask} {
		if s.Min < 0 || s.Max < s.Min {
			return fmt.Errorf("simulated world: a duration between %s and %s cannot be", s.Min, s.Max)
		}
	}
	if t.LastReplica < 0 {
		return fmt.Errorf("simulated world: a duration of %s cannot be", t.LastReplica)
	}
	return nil
}

// Limits are the resource quotas of one account and Region.
type Limits struct {
	Keys, AliasesPerKey, GrantsPerKey, CustomKeyStores, OnDemandRotations, TagsPerKey, PolicyBytes int
}

// DefaultLimits is what AWS documents.
func DefaultLimits() Limits {
	return Limits{
		Keys: 100_000, AliasesPerKey: 50, GrantsPerKey: 50_000, CustomKeyStores: 10,
		OnDemandRotations: 25, TagsPerKey: 50, PolicyBytes: 32 << 10,
	}
}

// withDefaults fills in what was left zero.
func (o Options) withDefaults() Options {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	}
	if o.Account == "" {
		o.Account = "111122223333"
	}
	if o.Timing == (Timing{}) {
		o.Timing = DefaultTiming()
	}
	if o.Network == (Network{}) {
		o.Network = DefaultNetwork()
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	return o
}
