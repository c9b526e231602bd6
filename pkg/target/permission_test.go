package target_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/wire"
	"github.com/mrkctl/mrkctl/pkg/wire/wiremodel"
)

// lab is a simulated cloud in which callers of any permissions can be made.
type lab struct {
	t      *testing.T
	model  *wiremodel.Model
	clock  *clock.Virtual
	server *awsjson.Server
	calls  []wire.Call
}

func newLab(t *testing.T) *lab {
	t.Helper()
	w, err := sim.New(sim.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewVirtual(w.Now())
	model, err := wiremodel.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t: t, model: model, clock: c, server: awsjson.New(w, c)}
}

// as returns the Cloud of a role with an identity policy; without any it is
// an administrator.
func (l *lab) as(policy string) mrk.Cloud {
	p := &sim.Principal{ARN: "arn:aws:sts::111122223333:assumed-role/custodian/test", Account: "111122223333", ID: "AROATESTTESTTESTTEST1:test"}
	if policy != "" {
		p.Policies = []string{policy}
	}
	return mrk.Cloud{
		Clock: l.clock, Regions: []string{"us-east-1", "eu-west-1", "us-west-2"},
		Client: func(region string) *kms.Client {
			d := wire.Record(l.server.Transport("us-east-1", region, p), l.clock, "us-east-1", region, func(c wire.Call) { l.calls = append(l.calls, c) })
			d = l.model.Watch(d, func(fault string) { l.t.Errorf("a request breaks AWS's wire model: %s", fault) })
			return kms.New(kms.Options{Region: region, HTTPClient: d, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}})
		},
	}
}

// allow is an identity policy that allows reads everywhere and exactly the
// given permissions.
func allow(t *testing.T, permissions []mrk.Permission) string {
	t.Helper()
	type statement struct {
		Effect    string
		Action    []string
		Resource  string
		Condition map[string]map[string]string `json:",omitempty"`
	}
	doc := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17", Statement: []statement{{Effect: "Allow", Action: mrk.ReadPermissions(), Resource: "*"}}}
	for _, p := range permissions {
		s := statement{Effect: "Allow", Action: []string{p.Action}, Resource: "*", Condition: map[string]map[string]string{"StringEquals": {"aws:RequestedRegion": p.Region}}}
		switch p.On {
		case "key":
			s.Resource, s.Condition = "arn:aws:kms:"+p.Region+":*:key/*", nil
		case "alias":
			s.Resource, s.Condition = "arn:aws:kms:"+p.Region+":*:alias/*", nil
		}
		doc.Statement = append(doc.Statement, s)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// job is a plan of every kind there is, and what has to be there before it.
type job struct {
	name   string
	before func(context.Context, mrk.Cloud) error
	plan   func(context.Context, mrk.Cloud) (mrk.Plan, error)
}

func do(ctx context.Context, c mrk.Cloud, plan func(context.Context, mrk.Cloud) (mrk.Plan, error)) error {
	p, err := plan(ctx, c)
	if err != nil {
		return err
	}
	if p.Empty() {
		return fmt.Errorf("%s: nothing to do", p.Title)
	}
	_, err = mrk.Apply(ctx, c, p, mrk.Applying{
		Wait: mrk.Patience{Every: time.Minute}, Material: func() ([]byte, error) { return make([]byte, mrk.MaterialSize), nil },
	})
	return err
}

func made(regions ...string) func(context.Context, mrk.Cloud) error {
	return func(ctx context.Context, c mrk.Cloud) error {
		return do(ctx, c, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{Alias: "alias/k", Regions: regions, Tags: map[string]string{"team": "pay"}})
		})
	}
}

// first makes the account's first multi-Region key, and with it the role that
// such keys need: see Plan.Permissions.
func first(ctx context.Context, c mrk.Cloud) error {
	_, err := mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"})
	return err
}

// both runs one preparation after another.
func both(steps ...func(context.Context, mrk.Cloud) error) func(context.Context, mrk.Cloud) error {
	return func(ctx context.Context, c mrk.Cloud) error {
		for _, s := range steps {
			if err := s(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}
}

const filesPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}]}`

func jobs() []job {
	type plan = func(context.Context, mrk.Cloud) (mrk.Plan, error)
	pair := made("us-east-1", "eu-west-1")
	grant := func(ctx context.Context, c mrk.Cloud) error {
		_, err := mrk.CreateGrant(ctx, c, mrk.GrantChange{OneMember: mrk.OneMember{Key: "alias/k", In: "us-east-1"}, Grant: mrk.Grant{
			Grantee: "arn:aws:iam::111122223333:root", Operations: []string{"Decrypt", "Encrypt"}, Subset: map[string]string{"app": "pay"},
		}})
		return err
	}
	external := func(ctx context.Context, c mrk.Cloud) error {
		return do(ctx, c, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{Alias: "alias/k", Regions: []string{"us-east-1"}, Origin: "EXTERNAL"})
		})
	}
	switchOff := plan(func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanSwitch(ctx, c, "alias/k", nil, true, false)
	})
	remove := plan(func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanDelete(ctx, c, "alias/k", mrk.Deleting{Days: 7})
	})
	rotationOn := plan(func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
		return mrk.PlanRotation(ctx, c, "alias/k", true, 90)
	})
	apply := func(p plan) func(context.Context, mrk.Cloud) error {
		return func(ctx context.Context, c mrk.Cloud) error { return do(ctx, c, p) }
	}
	return []job{
		{"create", both(), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{Alias: "alias/k", Regions: []string{"us-east-1", "eu-west-1"}, Description: "d", Tags: map[string]string{"team": "pay"}, RotateDays: 90})
		}},
		{"replicate", made("us-east-1"), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanReplicate(ctx, c, "alias/k", mrk.Replicating{To: []string{"eu-west-1"}})
		}},
		{"promote", pair, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanPromote(ctx, c, "alias/k", mrk.Promoting{To: "eu-west-1"})
		}},
		{"rotate", pair, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanRotate(ctx, c, "alias/k", false, false)
		}},
		{"rotation on", pair, rotationOn},
		{"rotation off", both(pair, apply(rotationOn)), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanRotation(ctx, c, "alias/k", false, 0)
		}},
		{"disable", pair, switchOff},
		{"enable", both(pair, apply(switchOff)), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanSwitch(ctx, c, "alias/k", nil, true, true)
		}},
		{"delete", pair, remove},
		{"undelete", both(pair, apply(remove)), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanUndelete(ctx, c, "alias/k", nil, false)
		}},
		{"import", external, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanImport(ctx, c, "alias/k", mrk.Importing{})
		}},
		{"alias set", pair, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanAlias(ctx, c, "alias/k", "alias/l", nil, false)
		}},
		{"alias delete", pair, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanAliasDelete(ctx, c, "alias/k", nil)
		}},
		{"policy put", pair, func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanPolicy(ctx, c, "alias/k", filesPolicy, nil, "us-east-1", false)
		}},
		{"tag sync", both(pair, func(ctx context.Context, c mrk.Cloud) error {
			set, err := mrk.Read(ctx, c, "alias/k", mrk.TagPart)
			if err == nil {
				_, err = mrk.SetTags(ctx, c, mrk.TagChange{OneMember: mrk.OneMember{Key: set.ID, In: "us-east-1"}, Set: map[string]string{"a": "b"}, Remove: []string{"team"}})
			}
			return err
		}), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanTagSync(ctx, c, "alias/k", "", true)
		}},
		{"grant sync", both(pair, grant), func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanGrantSync(ctx, c, "alias/k", "", true)
		}},
	}
}

// notHeld names the permissions that AWS documents and the simulator does not
// ask for, or that planning's reads allow besides: the alias's side of alias
// calls, and in a replica's Region those of the key that is being made there.
func notHeld(p mrk.Permission) bool {
	return p.On == "alias" || p.Action == "kms:TagResource" && p.On == "account" || p.Action == "kms:CreateKey" && p.Region != "us-east-1"
}

// TestPlansNeedExactlyWhatTheySay runs each plan as a caller who is allowed
// what the plan says it needs and nothing else. It must work; and without any
// one of the permissions it must not.
func TestPlansNeedExactlyWhatTheySay(t *testing.T) {
	for _, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			try := func(without int) (needs []mrk.Permission, err error) {
				l := newLab(t)
				l.clock.Run(func() {
					if err = j.before(t.Context(), l.as("")); err != nil {
						err = fmt.Errorf("prepare: %w", err)
						t.Error(err)
						return
					}
					var p mrk.Plan
					if p, err = j.plan(t.Context(), l.as("")); err != nil {
						t.Error(err)
						return
					}
					needs = p.Permissions()
					given := needs
					if without >= 0 {
						given = slices.Delete(slices.Clone(needs), without, without+1)
					}
					err = do(t.Context(), l.as(allow(t, given)), j.plan)
				})
				return needs, err
			}
			needs, err := try(-1)
			if err != nil {
				t.Fatalf("allowed %v: %v", needs, err)
			}
			for i, missing := range needs {
				if missing.Action == "kms:DescribeKey" || notHeld(missing) {
					continue
				}
				want := "AccessDeniedException"
				if missing.Action == "kms:PutKeyPolicy" && j.name == "replicate" {
					want = "MalformedPolicyDocumentException" // the lockout check says it its own way
				}
				if _, err := try(i); mrk.Code(err) != want {
					t.Errorf("without %v: %v, want %s", missing, err, want)
				}
			}
		})
	}
}

// TestFirstKeyOfAnAccountNeedsItsRole: an account without any multi-Region key
// needs one permission of IAM more, once, and the error says how to get over it.
func TestFirstKeyOfAnAccountNeedsItsRole(t *testing.T) {
	l := newLab(t)
	l.clock.Run(func() {
		plan := func(ctx context.Context, c mrk.Cloud) (mrk.Plan, error) {
			return mrk.PlanCreate(ctx, c, mrk.Creation{Alias: "alias/k", Regions: []string{"us-east-1"}})
		}
		p, err := plan(t.Context(), l.as(""))
		if err != nil {
			t.Error(err)
			return
		}
		role := func(p mrk.Permission) bool { return p.Action == "iam:CreateServiceLinkedRole" }
		if !slices.ContainsFunc(p.Permissions(), role) {
			t.Errorf("the plan does not say that it may need the role: %v", p.Permissions())
		}
		custodian := l.as(allow(t, slices.DeleteFunc(p.Permissions(), role)))
		err = do(t.Context(), custodian, plan)
		var half *mrk.HalfDoneError
		if mrk.Code(err) != "AccessDeniedException" || !errors.As(err, &half) || !strings.Contains(half.Hint(), "aws iam create-service-linked-role --aws-service-name mrk.kms.amazonaws.com") {
			t.Errorf("the first key of an account: %v", err)
		}
		if err := first(t.Context(), l.as("")); err != nil {
			t.Error(err)
		}
		if err := do(t.Context(), custodian, plan); err != nil {
			t.Errorf("the second: %v", err)
		}
	})
}

// TestRequestsSatisfyTheWireModel runs every kind of plan and looks at every
// request that it made: each is held against the constraints of AWS's published
// wire model, and none may come back as invalid.
func TestRequestsSatisfyTheWireModel(t *testing.T) {
	seen := map[string]bool{}
	for _, j := range jobs() {
		l := newLab(t)
		l.clock.Run(func() {
			if err := j.before(t.Context(), l.as("")); err != nil {
				t.Errorf("%s: prepare: %v", j.name, err)
				return
			}
			if err := do(t.Context(), l.as(""), j.plan); err != nil {
				t.Errorf("%s: %v", j.name, err)
			}
		})
		for _, c := range l.calls {
			seen[c.Op] = true
			if c.Status == http.StatusBadRequest && (c.Code == "ValidationException" || strings.HasPrefix(c.Code, "Serialization") || strings.HasPrefix(c.Code, "UnknownOperation")) {
				t.Errorf("%s sent an invalid %s: %s", j.name, c.Op, c.Message)
			}
		}
	}
	for _, op := range []string{
		"CreateKey", "ReplicateKey", "UpdatePrimaryRegion", "RotateKeyOnDemand", "EnableKeyRotation", "DisableKeyRotation", "EnableKey", "DisableKey",
		"ScheduleKeyDeletion", "CancelKeyDeletion", "GetParametersForImport", "ImportKeyMaterial", "CreateAlias", "DeleteAlias", "PutKeyPolicy",
		"TagResource", "UntagResource", "CreateGrant", "ListGrants", "ListKeyRotations", "GetKeyLastUsage", "ListKeys",
	} {
		if !seen[op] {
			t.Errorf("no plan sent a %s", op)
		}
	}
}
