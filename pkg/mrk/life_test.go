package mrk_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// world is a simulated cloud and the Cloud that an operator in it works with.
type world struct {
	*target.Target
	mrk.Cloud
}

// inWorld runs f on the virtual time of a new simulated cloud.
func inWorld(t *testing.T, f func(w world)) {
	t.Helper()
	tg, err := target.Open(t.Context(), "sim", target.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer tg.Close()
	w := world{Target: tg, Cloud: mrk.Cloud{
		Client:  func(region string) *kms.Client { return tg.Client(region, region, "") },
		Clock:   tg.Clock(),
		Regions: []string{"us-east-1", "eu-west-1", "us-west-2"},
	}}
	tg.Run(func() {
		defer func() {
			if r := recover(); r != nil {
				err, ok := r.(fatal)
				if !ok {
					panic(r)
				}
				t.Error(err.error)
			}
		}()
		f(w)
	})
}

// fatal ends a test inside a process of virtual time, which must not end by
// runtime.Goexit: the next process would never be woken.
type fatal struct{ error }

// must ends the test on an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			panic(fatal{err})
		}
		return v
	}
}

func TestWholeLifeStepByStep(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1", Description: "payments"}))(t)
		must(mrk.Replicate(ctx, c, mrk.Replication{Key: key.KeyID, To: "eu-west-1"}))(t)
		must(mrk.WaitState(ctx, c, key.KeyID, []string{"us-east-1", "eu-west-1"}, "Enabled", mrk.Patience{Within: time.Minute}))(t)
		for _, r := range []string{"us-east-1", "eu-west-1"} {
			must(mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: "alias/payments", OneMember: mrk.OneMember{Key: key.KeyID, In: r}}))(t)
		}
		set := must(mrk.Read(ctx, c, "alias/payments"))(t)
		if set.Primary != "us-east-1" || len(set.Members) != 2 {
			t.Fatalf("read %+v", set)
		}
		if eu, _ := set.Member("eu-west-1"); eu.Role != mrk.RoleReplica || eu.PolicySHA == "" || len(eu.Aliases) != 1 || len(eu.Materials) != 1 {
			t.Errorf("the replica read back as %+v", eu)
		}

		sealed := must(mrk.Encrypt(ctx, c, mrk.OneMember{Key: "alias/payments", In: "us-east-1"}, []byte("hello"), nil))(t)
		if sealed.Material != set.Members[1].Material {
			t.Errorf("the ciphertext names material %q, the key has %q", sealed.Material, set.Members[1].Material)
		}
		opened := must(mrk.Decrypt(ctx, c, mrk.OneMember{In: "eu-west-1"}, sealed.Ciphertext, nil))(t)
		if string(opened.Plaintext) != "hello" {
			t.Error("the replica did not open what the primary sealed")
		}

		// Asked at the replica, KMS refuses; asked of nobody in particular, the primary is found.
		_, err := mrk.Promote(ctx, c, mrk.Promotion{Key: key.KeyID, To: "eu-west-1", At: "eu-west-1"})
		if mrk.Code(err) != "KMSInvalidStateException" {
			t.Errorf("promotion asked of the replica: %v", err)
		}
		must(mrk.Promote(ctx, c, mrk.Promotion{Key: "alias/payments", To: "eu-west-1"}))(t)
		must(mrk.WaitPrimary(ctx, c, key.KeyID, "eu-west-1", set.Regions(), mrk.Patience{}))(t)

		must(mrk.Rotate(ctx, c, mrk.OneMember{Key: key.KeyID}))(t)
		must(mrk.WaitMaterial(ctx, c, key.KeyID, sealed.Material, set.Regions(), mrk.Patience{}))(t)
		opened = must(mrk.Decrypt(ctx, c, mrk.OneMember{In: "us-east-1"}, sealed.Ciphertext, nil))(t)
		if string(opened.Plaintext) != "hello" {
			t.Error("what was sealed before the rotation no longer opens")
		}

		d := must(mrk.ScheduleDeletion(ctx, c, mrk.Deletion{OneMember: mrk.OneMember{Key: key.KeyID, In: "eu-west-1"}, Days: 7}))(t)
		if d.State != "PendingReplicaDeletion" || !d.At.IsZero() {
			t.Errorf("deleting a primary with a replica: %+v", d)
		}
		must(mrk.CancelDeletion(ctx, c, mrk.OneMember{Key: key.KeyID, In: "eu-west-1"}))(t)
		must(mrk.Enable(ctx, c, mrk.OneMember{Key: key.KeyID, In: "eu-west-1"}))(t)
	})
}

func TestDarkRegionIsDataNotAnError(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"}))(t)
		must(mrk.Replicate(ctx, c, mrk.Replication{Key: key.KeyID, To: "eu-west-1"}))(t)
		must(mrk.WaitState(ctx, c, key.KeyID, []string{"eu-west-1"}, "Enabled", mrk.Patience{}))(t)
		if err := w.Lab().StartFault(ctx, wire.Fault{Name: "dark", Kind: "region-outage", In: []string{"us-east-1"}, Looks: "timeout", AtMost: time.Hour}); err != nil {
			panic(fatal{err})
		}
		before := w.Cloud.Clock.Now()
		set := must(mrk.Read(ctx, c, key.KeyID))(t)
		us, _ := set.Member("us-east-1")
		if us.Unreachable == nil || us.Unreachable.Look != "timeout" || set.Primary != "us-east-1" {
			t.Errorf("the dark primary reads %+v, the set's primary %q", us.Unreachable, set.Primary)
		}
		if set.Whole() {
			t.Error("a set with a dark member says that it is whole")
		}
		if took := w.Cloud.Clock.Now().Sub(before); took > 40*time.Second {
			t.Errorf("reading with one Region dark took %s", took)
		}
		_, err := mrk.Promote(ctx, c, mrk.Promotion{Key: key.KeyID, To: "eu-west-1", At: "us-east-1"})
		if mrk.Code(err) != wire.Unreachable {
			t.Errorf("promotion asked of a dark primary: %v", err)
		}
		if _, err := mrk.PlanPromote(ctx, c, key.KeyID, mrk.Promoting{To: "eu-west-1"}); err == nil {
			t.Error("a promotion away from a dark Region was planned")
		}
	})
}
