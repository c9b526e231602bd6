package compare_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const account = "111122223333"

func keyPolicy(more string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}` + more + `]}`
}

func allow(principal, action string) string {
	return `,{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"` + action + `","Resource":"*"}`
}

const app = "arn:aws:iam::" + account + ":role/app"

// healthy is a key set in which nothing differs.
func healthy() mrk.KeySet {
	set := mrk.KeySet{ID: "mrk-0123456789abcdef0123456789abcdef", Primary: "us-east-1"}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		role := mrk.RoleReplica
		if region == set.Primary {
			role = mrk.RolePrimary
		}
		set.Members = append(set.Members, mrk.Member{
			Region: region, KeyID: set.ID, ARN: "arn:aws:kms:" + region + ":" + account + ":key/" + set.ID, MultiRegion: true, Role: role, State: "Enabled",
			Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Origin: "AWS_KMS", Material: strings.Repeat("a", 64), PrimaryRegion: set.Primary,
			ReplicaRegions: []string{"eu-west-1"}, Policy: keyPolicy(allow(app, "kms:Decrypt")), Aliases: []string{"alias/pay"}, Tags: map[string]string{"team": "pay"},
			Rotation: mrk.Rotation{Known: true, Enabled: true, PeriodDays: 365}, LastUsed: now, UsedSince: now.AddDate(0, -1, 0),
			Grants: []mrk.Grant{{Grantee: "arn:aws:iam::" + account + ":role/app-" + region, Operations: []string{"Decrypt"}}},
		})
	}
	return set
}

func TestNothingIsFoundWhereNothingDiffers(t *testing.T) {
	r := compare.Compare(healthy(), now, compare.Settings{})
	if len(r.Findings) > 0 || !r.Complete {
		t.Errorf("complete %v, findings %+v", r.Complete, r.Findings)
	}
}

func TestABaselineAcceptsUntilItsDate(t *testing.T) {
	set := healthy()
	set.Members[0].Aliases = nil
	b, err := compare.ParseBaseline([]byte(`{"version":1,"accepted":[{"rule":"MRK501","key":"alias/*","region":"eu-west-1","reason":"no code there yet","expires":"2026-12-01"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := compare.Compare(set, now, compare.Settings{})
	if expired := b.Apply(&r, now); len(expired) > 0 {
		t.Errorf("expired already: %v", expired)
	}
	if _, any := r.Worst(); any {
		t.Errorf("still counts: %+v", r.Findings)
	}
	r = compare.Compare(set, now, compare.Settings{})
	if expired := b.Apply(&r, now.AddDate(0, 1, 0)); len(expired) != 1 {
		t.Error("it did not expire")
	}
	if worst, _ := r.Worst(); worst != compare.High {
		t.Errorf("worst is %q after the date", worst)
	}
	for _, bad := range []string{`{`, `{"version":2}`, `{"version":1,"accepted":[{"rule":"MRK999","reason":"x","expires":"2027-01-01"}]}`, `{"version":1,"accepted":[{"rule":"MRK501","expires":"2027-01-01"}]}`, `{"version":1,"accepted":[{"rule":"MRK501","reason":"x","expires":"soon"}]}`} {
		if _, err := compare.ParseBaseline([]byte(bad)); err == nil {
			t.Errorf("%s was read without an error", bad)
		}
	}
}

// Nobody can promote while the primary is dark, and nobody needs to.
func TestReadySaysWhatCanStillBeDone(t *testing.T) {
	r := compare.Ready(healthy(), []string{"us-east-1"}, now, compare.Settings{})
	if !r.Ready || len(r.Findings) > 0 {
		t.Errorf("not ready: %+v", r.Findings)
	}
	for _, p := range r.Can {
		want := map[bool]string{true: "works", false: ""}[strings.HasPrefix(p.Operation, "Encrypt")]
		if p.In["us-east-1"] != "unreachable" || want != "" && p.In["eu-west-1"] != want {
			t.Errorf("%s: %v", p.Operation, p.In)
		}
		if strings.HasPrefix(p.Operation, "UpdatePrimaryRegion") && p.In["eu-west-1"] != "KMSInvalidStateException" {
			t.Errorf("promotion at the replica: %v", p.In)
		}
	}
	set := healthy()
	set.Members[0].State = "Disabled"
	if r := compare.Ready(set, []string{"us-east-1"}, now, compare.Settings{}); r.Ready {
		t.Error("ready with a standby that is disabled")
	}
}

// What a finding rests on is pointed to by line and column.
func TestEvidencePointsToTheStatement(t *testing.T) {
	t.Parallel()
	set := healthy()
	open := `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`
	set.Members[0].Policy = strings.Replace(keyPolicy(allow(app, "kms:Decrypt")+",\n  "+open), "],", "],\n", 1)
	for _, f := range compare.Compare(set, now, compare.Settings{}).Findings {
		if f.Rule != "MRK301" {
			continue
		}
		if len(f.Evidence) != 1 || f.Evidence[0].SID != "Open" || f.Evidence[0].Pointer != "/Statement/2" {
			t.Fatalf("evidence is %+v", f.Evidence)
		}
		e := f.Evidence[0]
		line := strings.Split(set.Members[0].Policy, "\n")[e.Line-1]
		if got := line[e.Column-1 : e.EndColumn-1]; e.Line != e.EndLine || got != open {
			t.Errorf("line %d, column %d to %d is %q", e.Line, e.Column, e.EndColumn, got)
		}
		return
	}
	t.Error("nobody notices that it is open")
}

// What can't be decided is unknown, and neither the same nor drift; something
// worse beside it is drift.
func TestWhatIsUndecidedIsUnknown(t *testing.T) {
	t.Parallel()
	set := healthy()
	set.Members[0].Policy = keyPolicy(allow(app, "kms:Decrypt") + statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:PrincipalTag/a":"${aws:username}"}`))
	r := compare.Compare(set, now, compare.Settings{})
	drift, unknown := r.Fails(compare.Medium)
	if r.Verdict != compare.Unknown || r.Complete || drift || !unknown || r.Policies[0].Relation != policy.Unclear {
		t.Errorf("%s, complete %v, policies %v: %s", r.Verdict, r.Complete, r.Policies, listed(r.Findings))
	}
	for _, f := range r.Failover {
		if f.Verdict == compare.Drift {
			t.Errorf("%s to %s is said to break", f.From, f.To)
		}
	}
	set.Members[0].Aliases = nil
	if r := compare.Compare(set, now, compare.Settings{}); r.Verdict != compare.Drift {
		t.Errorf("without an alias it is %s", r.Verdict)
	}
	set = healthy()
	set.Members[0].Unreachable = &mrk.Problem{Code: "region-unreachable"}
	r = compare.Compare(set, now, compare.Settings{})
	if r.Verdict != compare.Unknown || len(r.Coverage.Unread) != 1 || len(r.Failover) != 2 || r.Failover[0].Verdict != compare.Unknown {
		t.Errorf("with a member unread: %s, %+v, %+v", r.Verdict, r.Coverage, r.Failover)
	}
}
