package mrk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// fleetOf fills a world with key sets of three members each, as fast as AWS's
// quotas for creating allow.
func fleetOf(ctx context.Context, c mrk.Cloud, n int) error {
	for i := range n {
		k, err := mrk.Create(ctx, c, mrk.NewKey{Region: c.Regions[0]})
		if err != nil {
			return err
		}
		for _, r := range c.Regions[1:] {
			if _, err := mrk.Replicate(ctx, c, mrk.Replication{Key: k.KeyID, At: c.Regions[0], To: r}); err != nil {
				return err
			}
		}
		if i%100 == 0 {
			if _, err := mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: fmt.Sprintf("alias/key-%d", i), OneMember: mrk.OneMember{Key: k.KeyID, In: c.Regions[0]}}); err != nil {
				return err
			}
		}
		if err := c.Clock.Sleep(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func TestListSpansRegionsAndTellsWhatFailed(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		if err := fleetOf(ctx, c, 40); err != nil {
			panic(fatal{err})
		}
		told := 0
		fleet := must(mrk.List(ctx, c, mrk.Listing{Each: func(mrk.Member) { told++ }}))(t)
		if len(fleet.Sets) != 40 || told != 120 || len(fleet.Failed) != 0 {
			t.Errorf("%d sets, %d members told, failed %v", len(fleet.Sets), told, fleet.Failed)
		}
		for _, k := range fleet.Sets {
			if k.Primary != "us-east-1" || len(k.Members) != 3 {
				t.Errorf("listed %+v", k)
			}
		}
		if err := w.Lab().StartFault(ctx, wire.Fault{Name: "dark", Kind: "region-outage", In: []string{"us-east-1"}, Looks: "503", AtMost: time.Hour}); err != nil {
			panic(fatal{err})
		}
		fleet = must(mrk.List(ctx, c, mrk.Listing{}))(t)
		if len(fleet.Sets) != 40 || len(fleet.Failed) != 1 || fleet.Failed[0].Region != "us-east-1" {
			t.Errorf("with a dark Region: %d sets, failed %+v", len(fleet.Sets), fleet.Failed)
		}
		if k := fleet.Sets[0]; k.Primary != "us-east-1" || len(k.Members) != 2 {
			t.Errorf("with a dark Region a set reads %+v", k)
		}
	})
}

// BenchmarkListFleet lists 10,000 keys in three Regions under AWS's default
// quotas. The ratio is the time it took to the time that the quotas allow at
// best: 10,000 descriptions at 2,000 a second in each Region.
func BenchmarkListFleet(b *testing.B) {
	tg, err := target.Open(b.Context(), "sim", target.Options{Seed: 1, Retry: true})
	if err != nil {
		b.Fatal(err)
	}
	defer tg.Close()
	throttled := 0
	c := mrk.Cloud{
		Clock: tg.Clock(), Regions: []string{"us-east-1", "eu-west-1", "us-west-2"},
		Client: func(region string) *kms.Client { return tg.Client("us-east-1", region, "") },
	}
	counted := c
	clients := map[string]*kms.Client{}
	for _, r := range c.Regions {
		clients[r] = kms.New(c.Client(r).Options(), func(o *kms.Options) {
			o.HTTPClient = wire.Record(o.HTTPClient, tg.Clock(), "us-east-1", r, func(call wire.Call) {
				if call.Code == "ThrottlingException" {
					throttled++
				}
			})
		})
	}
	counted.Client = func(region string) *kms.Client { return clients[region] }
	const keys = 10_000
	tg.Run(func() { err = fleetOf(b.Context(), c, keys) })
	if err != nil {
		b.Fatal(err)
	}
	var took time.Duration
	for b.Loop() {
		tg.Run(func() {
			start := tg.Clock().Now()
			var fleet mrk.Fleet
			fleet, err = mrk.List(b.Context(), counted, mrk.Listing{})
			took = tg.Clock().Now().Sub(start)
			if err == nil && (len(fleet.Sets) != keys || len(fleet.Failed) != 0) {
				err = fmt.Errorf("%d sets, failed %v", len(fleet.Sets), fleet.Failed)
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	best := keys * time.Second / 2000
	b.ReportMetric(float64(took)/float64(best), "ratio")
	b.ReportMetric(float64(throttled), "throttled")
}
