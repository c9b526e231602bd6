package target_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

const (
	home    = "us-east-1"
	standby = "eu-west-1"
)

// bench is a world with an imported multi-Region key, a grant on it and spare
// Regions for more replicas.
type bench struct {
	*target.Target
	key   string
	spare []string
	days  int32 // of the rotation that was asked for last
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{spare: []string{"us-west-2", "eu-central-1", "ap-southeast-2"}, days: 90}
	b.Target = open(t, "sim", target.Options{Seed: 3, Regions: append([]string{home, standby}, b.spare...)})
	return b
}

func (b *bench) cloud() mrk.Cloud {
	return mrk.Cloud{
		Client: func(region string) *kms.Client { return b.Client(region, region, "") },
		Clock:  b.Clock(), Regions: b.Regions(),
	}
}

// prepare makes what the faults are to break: a key set with material of its
// own, or with imported material.
func (b *bench) prepare(ctx context.Context, imported bool) error {
	type planner func(context.Context, mrk.Cloud) (mrk.Plan, error)
	create := func(origin string, regions ...string) planner {
		return func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{Alias: "alias/k", Regions: regions, Origin: origin})
		}
	}
	bring := func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanImport(ctx, c, "alias/k", mrk.Importing{})
	}
	replicate := func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanReplicate(ctx, c, "alias/k", mrk.Replicating{To: []string{standby}})
	}
	plans := []planner{create("", home, standby)}
	if imported {
		plans = []planner{create("EXTERNAL", home), bring, replicate, bring}
	}
	for _, plan := range plans {
		if err := do(ctx, b.cloud(), plan); err != nil {
			return err
		}
	}
	set, err := mrk.Read(ctx, b.cloud(), "alias/k")
	if err != nil {
		return err
	}
	b.key = set.ID
	_, err = b.Client(standby, standby, "").CreateGrant(ctx, &kms.CreateGrantInput{
		KeyId: &b.key, GranteePrincipal: aws.String("arn:aws:iam::111122223333:role/app"), Operations: []types.GrantOperation{types.GrantOperationDecrypt},
	})
	return err
}

// encrypts says how Encrypt at the standby answers an application there.
func (b *bench) encrypts(ctx context.Context) string {
	began := b.Clock().Now()
	ctx, cancel := b.Clock().WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := b.Client(standby, standby, "app").Encrypt(ctx, &kms.EncryptInput{KeyId: &b.key, Plaintext: []byte("x")})
	var refused smithy.APIError
	switch took := b.Clock().Now().Sub(began); {
	case errors.As(err, &refused):
		return refused.ErrorCode()
	case err != nil:
		return "no answer"
	case took > 200*time.Millisecond:
		return "slow"
	}
	return "ok"
}

func (b *bench) state(ctx context.Context, region string) string {
	out, err := b.Client(region, region, "").DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &b.key})
	if err != nil {
		return err.Error()
	}
	return string(out.KeyMetadata.KeyState)
}

// follows says whether the standby hears of a change at home within a minute.
func (b *bench) follows(ctx context.Context) string {
	b.days++
	if _, err := b.Client(home, home, "").EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &b.key, RotationPeriodInDays: &b.days}); err != nil {
		return err.Error()
	}
	if err := b.Clock().Sleep(ctx, time.Minute); err != nil {
		return err.Error()
	}
	out, err := b.Client(standby, standby, "").GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &b.key})
	switch {
	case err != nil:
		return err.Error()
	case aws.ToInt32(out.RotationPeriodInDays) != b.days:
		return "behind"
	}
	return "ok"
}

// replicates says in which state a new replica is a minute later.
func (b *bench) replicates(ctx context.Context) string {
	region := b.spare[0]
	b.spare = b.spare[1:]
	if _, err := b.Client(home, home, "").ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: &b.key, ReplicaRegion: &region}); err != nil {
		return err.Error()
	}
	if err := b.Clock().Sleep(ctx, time.Minute); err != nil {
		return err.Error()
	}
	return b.state(ctx, region)
}

func (b *bench) grants(ctx context.Context) string {
	out, err := b.Client(standby, standby, "").ListGrants(ctx, &kms.ListGrantsInput{KeyId: &b.key})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d grants", len(out.Grants))
}

// TestEveryFaultShowsAndEndsByItself looks through the SDK's client at every
// kind of fault: before it, under it, and once its time is over.
func TestEveryFaultShowsAndEndsByItself(t *testing.T) {
	t.Parallel()
	encrypts := (*bench).encrypts
	tried := map[sim.FaultKind]bool{}
	for _, c := range []struct {
		fault        wire.Fault
		imported     bool
		look         func(*bench, context.Context) string
		well, struck string
	}{
		{fault: wire.Fault{Kind: "region-outage", Looks: "timeout"}, look: encrypts, well: "ok", struck: "no answer"},
		{fault: wire.Fault{Kind: "region-slow", By: 300 * time.Millisecond}, look: encrypts, well: "ok", struck: "slow"},
		{fault: wire.Fault{Kind: "throttle"}, look: encrypts, well: "ok", struck: "ThrottlingException"},
		{fault: wire.Fault{Kind: "api-error", Looks: "KMSInternalException"}, look: encrypts, well: "ok", struck: "KMSInternalException"},
		{fault: wire.Fault{Kind: "lost-reply"}, look: encrypts, well: "ok", struck: "no answer"},
		{fault: wire.Fault{Kind: "replication-lag", By: 10 * time.Minute}, look: (*bench).follows, well: "ok", struck: "behind"},
		{fault: wire.Fault{Kind: "replication-stop"}, look: (*bench).follows, well: "ok", struck: "behind"},
		{fault: wire.Fault{Kind: "replica-stuck-creating", In: []string{"eu-central-1"}}, look: (*bench).replicates, well: "Enabled", struck: "Creating"},
		{fault: wire.Fault{Kind: "key-disabled"}, look: encrypts, well: "ok", struck: "DisabledException"},
		{fault: wire.Fault{Kind: "policy-deny"}, look: encrypts, well: "ok", struck: "AccessDeniedException"},
		{fault: wire.Fault{Kind: "grant-revoked"}, look: (*bench).grants, well: "1 grants", struck: "0 grants"},
		{
			fault: wire.Fault{Kind: "material-expired"}, imported: true, well: "Enabled", struck: "PendingImport",
			look: func(b *bench, ctx context.Context) string { return b.state(ctx, standby) },
		},
		{fault: wire.Fault{Kind: "credentials-expired"}, look: encrypts, well: "ok", struck: "ExpiredTokenException"},
		{fault: wire.Fault{Kind: "clock-skew", By: 10 * time.Minute}, look: encrypts, well: "ok", struck: "InvalidSignatureException"},
	} {
		tried[sim.FaultKind(c.fault.Kind)] = true
		t.Run(c.fault.Kind, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			defer b.Close()
			b.Run(func() {
				if err := b.prepare(t.Context(), c.imported); err != nil {
					t.Error(err)
					return
				}
				if got := c.look(b, t.Context()); got != c.well {
					t.Errorf("before: %s, want %s", got, c.well)
				}
				f := c.fault
				f.Name, f.Key, f.AtMost = "f", b.key, 30*time.Minute
				if len(f.In) == 0 {
					f.In = []string{standby}
				}
				if err := b.Lab().StartFault(t.Context(), f); err != nil {
					t.Error(err)
					return
				}
				if got := c.look(b, t.Context()); got != c.struck {
					t.Errorf("under the fault: %s, want %s", got, c.struck)
				}
				if err := b.Clock().Sleep(t.Context(), f.AtMost); err != nil {
					t.Error(err)
				}
				if got := c.look(b, t.Context()); got != c.well {
					t.Errorf("after %s: %s, want %s", f.AtMost, got, c.well)
				}
			})
		})
	}
	for _, kind := range sim.FaultKinds() {
		if !tried[kind] {
			t.Errorf("nobody looked at %s", kind)
		}
	}
}
