package mrk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/wire"
	"github.com/mrkctl/mrkctl/pkg/wire/wiremodel"
)

// cut is a transport that breaks one call of a command: either the call never
// arrives, or it is handled and its answer is lost. Every later call fails,
// as it does for a process that was killed.
type cut struct {
	next    wire.Doer
	command *command
}

// command counts the calls of one command over all its clients.
type command struct {
	at       int  // the call to break, from 1; 0 breaks none
	arrives  bool // the broken call is handled
	calls    int
	lastCall string
}

type cutError struct{}

func (cutError) Error() string   { return "the wire was cut" }
func (cutError) Timeout() bool   { return true }
func (cutError) Temporary() bool { return false }

func (c *cut) Do(req *http.Request) (*http.Response, error) {
	c.command.calls++
	if c.command.at == 0 || c.command.calls < c.command.at {
		return c.next.Do(req)
	}
	if c.command.calls == c.command.at {
		c.command.lastCall = wire.Operation(req)
		if c.command.arrives {
			if resp, err := c.next.Do(req); err == nil {
				resp.Body.Close()
			}
		}
	}
	return nil, cutError{}
}

// wireModel is AWS's, read once for all tests.
var wireModel = sync.OnceValues(wiremodel.Load)

// through returns a Cloud whose calls go through a command's wire. Each is held
// against AWS's wire model on its way.
func (w world) through(t *testing.T, cmd *command) mrk.Cloud {
	t.Helper()
	model, err := wireModel()
	if err != nil {
		panic(fatal{err})
	}
	c := w.Cloud
	c.Client = func(region string) *kms.Client {
		return kms.New(w.Cloud.Client(region).Options(), func(o *kms.Options) {
			o.HTTPClient = model.Watch(&cut{o.HTTPClient, cmd}, func(fault string) { t.Errorf("a request breaks AWS's wire model: %s", fault) })
		})
	}
	return c
}

// change is a command that is interrupted: what is there before, and the
// plan that the command makes each time it is run.
type change struct {
	name   string
	before func(context.Context, mrk.Cloud) error
	plan   func(context.Context, mrk.Cloud) (mrk.Plan, error)
}

// patient reads rarely while it waits, so that there are few calls to cut.
func patient() mrk.Applying {
	return mrk.Applying{Wait: mrk.Patience{Every: 2 * time.Minute, Good: 2}}
}

const payments = "alias/payments"

func existing(regions ...string) func(context.Context, mrk.Cloud) error {
	return func(ctx context.Context, c mrk.Cloud) error {
		p, err := mrk.PlanCreate(ctx, c, mrk.Creation{Alias: payments, Regions: regions, Tags: map[string]string{"team": "pay"}})
		if err == nil {
			_, err = mrk.Apply(ctx, c, p, patient())
		}
		return err
	}
}

// drifted makes a set whose replica differs in all that a plan can mend.
func drifted(ctx context.Context, c mrk.Cloud) error {
	if err := existing("us-east-1", "eu-west-1")(ctx, c); err != nil {
		return err
	}
	set, err := mrk.Read(ctx, c, payments)
	if err != nil {
		return err
	}
	home, away := mrk.OneMember{Key: set.ID, In: "us-east-1"}, mrk.OneMember{Key: set.ID, In: "eu-west-1"}
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	_, err = mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: "alias/a", OneMember: home})
	for _, do := range []func() error{
		func() error {
			_, err := mrk.SetTags(ctx, c, mrk.TagChange{OneMember: home, Set: map[string]string{"tier": "1"}})
			return err
		},
		func() error {
			_, err := mrk.CreateGrant(ctx, c, mrk.GrantChange{OneMember: home, Grant: mrk.Grant{Grantee: "arn:aws:iam::111122223333:root", Operations: []string{"Decrypt"}}})
			return err
		},
		func() error {
			_, err := mrk.PutPolicy(ctx, c, mrk.PolicyChange{OneMember: away, Policy: `{"Version":"2012-10-17","Statement":[` + root + `,` + strings.Replace(strings.Replace(root, "Allow", "Deny", 1), "kms:*", "kms:Sign*", 1) + `,` + strings.Replace(strings.Replace(root, "Allow", "Deny", 1), "kms:*", "kms:ReEncrypt*", 1) + `]}`})
			return err
		},
		func() error { _, err := mrk.Describe(ctx, c, home, "payments"); return err },
		func() error { _, err := mrk.Disable(ctx, c, away); return err },
	} {
		if err == nil {
			err = do()
		}
	}
	return err
}

func changes() []change {
	return []change{
		{"create", func(context.Context, mrk.Cloud) error { return nil }, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{
				Alias: payments, Regions: []string{"us-east-1", "eu-west-1", "us-west-2"}, Description: "payments", Tags: map[string]string{"team": "pay"}, RotateDays: 180,
			})
		}},
		{"replicate", existing("us-east-1"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanReplicate(ctx, c, payments, mrk.Replicating{To: []string{"eu-west-1", "us-west-2"}})
		}},
		{"promote", existing("us-east-1", "eu-west-1", "us-west-2"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanPromote(ctx, c, payments, mrk.Promoting{To: "eu-west-1"})
		}},
		{"rotate", existing("us-east-1", "eu-west-1"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanRotate(ctx, c, payments, false, false)
		}},
		{"delete", existing("us-east-1", "eu-west-1", "us-west-2"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanDelete(ctx, c, payments, mrk.Deleting{Days: 7})
		}},
		{"undelete", func(ctx context.Context, c mrk.Cloud) error {
			if err := existing("us-east-1", "eu-west-1")(ctx, c); err != nil {
				return err
			}
			p, err := mrk.PlanDelete(ctx, c, payments, mrk.Deleting{Days: 7})
			if err == nil {
				_, err = mrk.Apply(ctx, c, p, patient())
			}
			return err
		}, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanUndelete(ctx, c, payments, nil, false)
		}},
		{"alias set", existing("us-east-1", "eu-west-1", "us-west-2"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanAlias(ctx, c, payments, "alias/billing", nil, false)
		}},
		{"alias sync", func(ctx context.Context, c mrk.Cloud) error {
			if err := existing("us-east-1", "eu-west-1", "us-west-2")(ctx, c); err != nil {
				return err
			}
			set, err := mrk.Read(ctx, c, payments)
			for _, a := range []string{"alias/a", "alias/b"} {
				if err == nil {
					_, err = mrk.SetAlias(ctx, c, mrk.AliasChange{Alias: a, OneMember: mrk.OneMember{Key: set.ID, In: "us-east-1"}})
				}
			}
			return err
		}, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanAliasSync(ctx, c, payments, "", false)
		}},
		{"grant sync", func(ctx context.Context, c mrk.Cloud) error {
			if err := existing("us-east-1", "eu-west-1", "us-west-2")(ctx, c); err != nil {
				return err
			}
			for _, ops := range [][]string{{"Decrypt"}, {"Encrypt", "Decrypt"}} {
				if _, err := mrk.CreateGrant(ctx, c, mrk.GrantChange{OneMember: mrk.OneMember{Key: payments, In: "us-east-1"}, Grant: mrk.Grant{
					Grantee: "arn:aws:iam::111122223333:root", Operations: ops,
				}}); err != nil {
					return err
				}
			}
			return nil
		}, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanGrantSync(ctx, c, payments, "", false)
		}},
		{"policy put", existing("us-east-1", "eu-west-1", "us-west-2"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanPolicy(ctx, c, payments, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`, nil, "us-east-1", false)
		}},
		{"disable", existing("us-east-1", "eu-west-1", "us-west-2"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanSwitch(ctx, c, payments, nil, true, false)
		}},
		{"rotation on", existing("us-east-1", "eu-west-1"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanRotation(ctx, c, payments, true, 90)
		}},
		{"converge", drifted, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			set, err := mrk.Read(ctx, c, payments)
			if err != nil {
				return mrk.Plan{}, err
			}
			fix, err := compare.Converge(set, "us-east-1", c.Clock.Now(), compare.Settings{})
			if err != nil {
				return mrk.Plan{}, err
			}
			return mrk.PlanConverge(ctx, c, set, fix.Want)
		}},
		{"tag sync", func(ctx context.Context, c mrk.Cloud) error {
			if err := existing("us-east-1", "eu-west-1", "us-west-2")(ctx, c); err != nil {
				return err
			}
			set, err := mrk.Read(ctx, c, payments)
			if err == nil {
				_, err = mrk.SetTags(ctx, c, mrk.TagChange{OneMember: mrk.OneMember{Key: set.ID, In: "us-east-1"}, Set: map[string]string{"tier": "1"}, Remove: []string{"team"}})
			}
			return err
		}, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanTagSync(ctx, c, payments, "", true)
		}},
	}
}

// run plans and applies a command.
func (ch change) run(ctx context.Context, c mrk.Cloud) error {
	p, err := ch.plan(ctx, c)
	if err != nil {
		return err
	}
	p.Again = "mrkctl " + ch.name
	_, err = mrk.Apply(ctx, c, p, patient())
	return err
}

// tellsHowToGoOn holds what the operator of an interrupted command is told: a
// cut in the middle of a change says what is done and what is not, and, when
// anything may have been changed, the command that goes on.
func (ch change) tellsHowToGoOn(t *testing.T, broken *command, err error) {
	t.Helper()
	var half *mrk.HalfDoneError
	switch {
	case err == nil: // the cut call was one that the command can do without
		if wire.Changes(broken.lastCall) {
			t.Errorf("cut at %s (arrives %v), it says that all is well", broken.lastCall, broken.arrives)
		}
	case errors.As(err, &half):
		// When nothing has begun there is nothing to go on with.
		begun := len(half.Done) > 0 || wire.Changes(broken.lastCall)
		if len(half.Left) == 0 || begun != strings.Contains(half.Hint(), half.Again+" goes on from here") {
			t.Errorf("cut at %s (arrives %v): %v; hint %q", broken.lastCall, broken.arrives, err, half.Hint())
		}
		for _, s := range append(slices.Clone(half.Done), half.Left...) {
			if !strings.Contains(err.Error(), s.Say) {
				t.Errorf("cut at %s (arrives %v): %v; it does not mention %q", broken.lastCall, broken.arrives, err, s.Say)
			}
		}
	case wire.Changes(broken.lastCall):
		t.Errorf("cut at %s (arrives %v), it does not say how far it came: %v", broken.lastCall, broken.arrives, err)
	}
}

// picture is everything about a world's keys that a command decides, in words.
func picture(ctx context.Context, t *testing.T, c mrk.Cloud) string {
	t.Helper()
	var lines []string
	ids := map[string]bool{}
	for _, region := range c.Regions {
		out := must(c.Client(region).ListKeys(ctx, &kms.ListKeysInput{}))(t)
		for _, k := range out.Keys {
			ids[*k.KeyId] = true
		}
	}
	if err := c.Clock.Sleep(ctx, time.Minute); err != nil { // what the primary shares has reached the others
		t.Error(err)
	}
	lines = append(lines, fmt.Sprintf("%d keys", len(ids)))
	for id := range ids {
		set := must(mrk.Read(ctx, c, id))(t)
		for _, m := range set.Members {
			lines = append(lines, fmt.Sprintf("%s %s %s primary=%s replicas=%v aliases=%v tags=%v policy=%s rotation=%v/%d materials=%d grants=%d %q", m.Region, m.Role, m.State,
				m.PrimaryRegion, m.ReplicaRegions, m.Aliases, m.Tags, m.PolicySHA, m.Rotation.Enabled, m.Rotation.PeriodDays, len(m.Materials), len(m.Grants), m.Description))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestInterruptedChangesConverge breaks every command after each of its calls,
// in both ways, and runs it again. The end must be the same as without the
// interruption: no second key, no second rotation, nothing left out.
func TestInterruptedChangesConverge(t *testing.T) {
	for _, ch := range changes() {
		t.Run(ch.name, func(t *testing.T) {
			var want string
			total := 0
			inWorld(t, func(w world) {
				if err := ch.before(t.Context(), w.Cloud); err != nil {
					panic(fatal{err})
				}
				whole := &command{}
				if err := ch.run(t.Context(), w.through(t, whole)); err != nil {
					panic(fatal{err})
				}
				want, total = picture(t.Context(), t, w.Cloud), whole.calls
				again := must(ch.plan(t.Context(), w.Cloud))(t)
				if !again.Empty() {
					t.Errorf("run again after it was done, it plans %+v", again.Steps)
				}
			})
			if total == 0 {
				t.Fatal("the command made no call")
			}
			for _, arrives := range []bool{false, true} {
				for at := 1; at <= total; at++ {
					inWorld(t, func(w world) {
						if err := ch.before(t.Context(), w.Cloud); err != nil {
							panic(fatal{err})
						}
						broken := &command{at: at, arrives: arrives}
						ch.tellsHowToGoOn(t, broken, ch.run(t.Context(), w.through(t, broken)))
						if err := ch.run(t.Context(), w.Cloud); err != nil {
							t.Errorf("cut at call %d (%s, arrives %v): the second run failed: %v", at, broken.lastCall, arrives, err)
							return
						}
						if got := picture(t.Context(), t, w.Cloud); got != want {
							t.Errorf("cut at call %d (%s, arrives %v):\n%s\nwant\n%s", at, broken.lastCall, arrives, got, want)
						}
					})
				}
			}
			t.Logf("%d calls, each cut in two ways", total)
		})
	}
}

// TestInterruptedImportConverges does the same for imported key material. One
// world serves for all cuts, since its key for wrapping takes long to make:
// every round begins with members that have lost their bytes.
func TestInterruptedImportConverges(t *testing.T) {
	one := []byte(strings.Repeat("1", mrk.MaterialSize))
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := outside(t, w, mrk.Creation{Regions: []string{"us-east-1", "eu-west-1"}}, one)
		ch := change{name: "import", plan: func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanImport(ctx, c, key, mrk.Importing{})
		}}
		run := func(cmd *command) error {
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				must(mrk.DeleteMaterial(ctx, c, mrk.OneMember{Key: key, In: region}))(t)
			}
			p, err := ch.plan(ctx, w.through(t, cmd))
			if err == nil {
				p.Again = "mrkctl import"
				a := patient()
				a.Material = func() ([]byte, error) { return one, nil }
				_, err = mrk.Apply(ctx, w.through(t, cmd), p, a)
			}
			return err
		}
		whole := &command{}
		if err := run(whole); err != nil {
			panic(fatal{err})
		}
		for _, arrives := range []bool{false, true} {
			for at := 1; at <= whole.calls; at++ {
				if err := c.Clock.Sleep(ctx, time.Minute); err != nil {
					panic(fatal{err})
				}
				broken := &command{at: at, arrives: arrives}
				ch.tellsHowToGoOn(t, broken, run(broken))
				must(bring(t, w, key, mrk.Importing{}, one))(t)
				if m := must(mrk.Verify(ctx, c, key))(t); !m.Holds {
					t.Errorf("cut at call %d (%s, arrives %v): %+v", at, broken.lastCall, arrives, m)
				}
			}
		}
		t.Logf("%d calls, each cut in two ways", whole.calls)
	})
}
