package compare_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// fleet is a world full of key sets with three members each.
type fleet struct {
	mrk.Cloud
	target    *target.Target
	throttled int
}

func newFleet(tb testing.TB, keys int) *fleet {
	tb.Helper()
	tg, err := target.Open(tb.Context(), "sim", target.Options{Seed: 1, Retry: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := tg.Close(); err != nil {
			tb.Error(err)
		}
	})
	f := &fleet{target: tg, Cloud: mrk.Cloud{Clock: tg.Clock(), Regions: []string{"us-east-1", "eu-west-1", "us-west-2"}}}
	clients := map[string]*kms.Client{}
	for _, r := range f.Regions {
		clients[r] = kms.New(tg.Client("us-east-1", r, "").Options(), func(o *kms.Options) {
			o.HTTPClient = wire.Record(o.HTTPClient, tg.Clock(), "us-east-1", r, func(call wire.Call) {
				if call.Code == "ThrottlingException" {
					f.throttled++
				}
			})
		})
	}
	f.Client = func(region string) *kms.Client { return clients[region] }
	tg.Run(func() { err = f.fill(tb.Context(), keys) })
	if err != nil {
		tb.Fatal(err)
	}
	f.throttled = 0
	return f
}

func (f *fleet) fill(ctx context.Context, keys int) error {
	for i := range keys {
		k, err := mrk.Create(ctx, f.Cloud, mrk.NewKey{Region: f.Regions[0]})
		if err != nil {
			return err
		}
		for _, r := range f.Regions[1:] {
			if _, err := mrk.Replicate(ctx, f.Cloud, mrk.Replication{Key: k.KeyID, At: f.Regions[0], To: r}); err != nil {
				return err
			}
		}
		if i%100 == 0 { // an alias in one Region only is drift
			if _, err := mrk.SetAlias(ctx, f.Cloud, mrk.AliasChange{Alias: fmt.Sprintf("alias/key-%d", i), OneMember: mrk.OneMember{Key: k.KeyID, In: f.Regions[0]}}); err != nil {
				return err
			}
		}
		if err := f.Clock.Sleep(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// fleetRun is what comparing a fleet took.
type fleetRun struct {
	took    time.Duration
	sets    int
	drifted int // sets without an alias somewhere
	held    int // members held at most, of sets that were not complete yet
}

func (f *fleet) compareAll(ctx context.Context) (run fleetRun, err error) {
	done := 0
	f.target.Run(func() {
		start := f.Clock.Now()
		var listed mrk.Fleet
		listed, err = mrk.List(ctx, f.Cloud, mrk.Listing{
			Parts: mrk.FleetParts(),
			Tell:  func(n, _ int) { done, run.held = n, max(run.held, n-3*run.sets) },
			Complete: func(set mrk.KeySet) {
				run.sets++
				for _, found := range compare.Compare(set, f.Clock.Now(), compare.Settings{Matrix: compare.MatrixNone}).Findings {
					if found.Rule == "MRK501" && found.Region == "us-west-2" {
						run.drifted++
					}
				}
			},
		})
		run.took = f.Clock.Now().Sub(start)
		if err == nil && len(listed.Failed) > 0 {
			err = fmt.Errorf("not listed: %v", listed.Failed)
		}
	})
	if err == nil && done != 3*run.sets {
		err = fmt.Errorf("%d members make %d sets", done, run.sets)
	}
	return run, err
}

// BenchmarkCompareFleet compares 10,000 keys in three Regions under AWS's
// default quotas. The ratio is the time it took to the time that the quotas
// allow at best: 10,000 lists of grants at 100 a second in each Region.
func BenchmarkCompareFleet(b *testing.B) {
	const keys = 10_000
	f := newFleet(b, keys)
	var run fleetRun
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		var err error
		if run, err = f.compareAll(b.Context()); err != nil {
			b.Fatal(err)
		}
		if run.sets != keys || run.drifted != keys/100 {
			b.Fatalf("%d sets, %d of them lack an alias", run.sets, run.drifted)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	best := keys * time.Second / 100
	b.ReportMetric(float64(run.took)/float64(best), "ratio")
	b.ReportMetric(float64(f.throttled), "throttled")
	b.ReportMetric(float64(run.held), "held-members")
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MB-kept")
}

// A small fleet keeps to the quotas, finds what differs and is not held in
// memory whole.
func TestAFleetIsComparedWithinTheQuotas(t *testing.T) {
	t.Parallel()
	const keys = 100
	f := newFleet(t, keys)
	run, err := f.compareAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if run.sets != keys || run.drifted != keys/100 || f.throttled > 0 {
		t.Errorf("%d sets, %d of them lack an alias, %d calls throttled", run.sets, run.drifted, f.throttled)
	}
	if best := keys * time.Second / 100; run.took > 2*best { // of a second, the first answers are a good part
		t.Errorf("took %s, the quotas allow %s", run.took, best)
	}
}
