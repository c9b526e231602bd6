package compare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func drawAllow(t *rapid.T) string {
	return allow(
		rapid.SampledFrom([]string{app, admin, "arn:aws:iam::" + account + ":role/batch"}).Draw(t, "principal"),
		rapid.SampledFrom([]string{"kms:Decrypt", "kms:Encrypt", "kms:Sign", "kms:PutKeyPolicy", "kms:Tag*", "kms:ReEncrypt*", "kms:ListGrants"}).Draw(t, "action"),
	)
}

func policiesOf(standby, primary string) mrk.KeySet {
	set := healthy()
	set.Members[0].Policy, set.Members[1].Policy = standby, primary
	for i := range set.Members {
		set.Members[i].Grants = nil
	}
	return set
}

func accessRules(r compare.Result) []string {
	var out []string
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Rule, "MRK2") {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Removing one allow is found by MRK201, 202 or 203 and no other access rule,
// and only where the allow was the only one to say so.
func TestARemovedAllowIsFoundByItsRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.Custom(drawAllow), 1, 5, rapid.ID).Draw(rt, "allows")
		at := rapid.IntRange(0, len(list)-1).Draw(rt, "removed")
		fewer := slices.Delete(slices.Clone(list), at, at+1)
		r := compare.Compare(policiesOf(keyPolicy(strings.Join(fewer, "")), keyPolicy(strings.Join(list, ""))), now, compare.Settings{})
		rules := accessRules(r)
		// The actions of the drawn patterns do not overlap, and Sign means nothing here.
		means := !strings.Contains(list[at], "kms:Sign")
		if means && len(rules) != 1 || !means && len(rules) != 0 {
			rt.Fatalf("without %s of %v: %v", list[at], list, rules)
		}
		if len(rules) == 1 && !slices.Contains([]string{"MRK201", "MRK202", "MRK203"}, rules[0]) {
			rt.Fatalf("without %s: %v", list[at], rules)
		}
	})
}

// Seen with the members' parts exchanged, the same is found on the other side.
func TestExchangedMembersMirrorTheFindings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a := keyPolicy(strings.Join(rapid.SliceOfN(rapid.Custom(drawAllow), 0, 4).Draw(rt, "first"), ""))
		b := keyPolicy(strings.Join(rapid.SliceOfN(rapid.Custom(drawAllow), 0, 4).Draw(rt, "second"), ""))
		other := map[string]string{"eu-west-1": "us-east-1", "us-east-1": "eu-west-1"}
		told := func(set mrk.KeySet, exchanged bool) []string {
			var out []string
			r := compare.Compare(set, now, compare.Settings{})
			for _, f := range r.Findings {
				if strings.HasPrefix(f.Rule, "MRK9") || f.Rule == "MRK407" {
					continue // of which member is told is a matter of the primary
				}
				region := f.Region
				if exchanged {
					region = other[region]
				}
				out = append(out, fmt.Sprint(f.Rule, f.Severity, region, f.Principal, f.Actions))
			}
			for _, f := range r.Failover {
				from, to := f.From, f.To
				if exchanged {
					from, to = other[from], other[to]
				}
				out = append(out, fmt.Sprint(from, to, f.Verdict, f.Lost))
			}
			slices.Sort(out)
			return out
		}
		if one, two := told(policiesOf(a, b), false), told(policiesOf(b, a), true); !slices.Equal(one, two) {
			rt.Fatalf("%v\nand exchanged\n%v", one, two)
		}
	})
}

// Fingerprints stand still while statements change places and names.
func TestFingerprintsDoNotSeeOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.Custom(drawAllow), 1, 5, rapid.ID).Draw(rt, "allows")
		prints := func(list []string) []string {
			var out []string
			for _, f := range compare.Compare(policiesOf(keyPolicy(""), keyPolicy(strings.Join(list, ""))), now, compare.Settings{}).Findings {
				out = append(out, f.Fingerprint)
			}
			slices.Sort(out)
			return out
		}
		if one, two := prints(list), prints(rapid.Permutation(list).Draw(rt, "order")); !slices.Equal(one, two) {
			rt.Fatalf("%v and %v", one, two)
		}
	})
}

// A policy rendered for a replica, as replication and a fix do, lets the same
// through there.
func TestARenderedPolicyIsEquivalent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			statement("Allow", aws(app), "kms:Encrypt", via("us-east-1")),
			statement("Deny", `"*"`, "kms:Decrypt", `"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}`),
			statement("Allow", aws(app), "kms:Decrypt", `"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}`),
			statement("Allow", `{"Service":"logs.us-east-1.amazonaws.com"}`, "kms:Decrypt", `"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:`+account+`:*"}`),
			statement("Allow", `{"Service":"cloudtrail.amazonaws.com"}`, "kms:GenerateDataKey*", `"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:`+account+`:trail/x"}`),
			statement("Allow", aws(admin), "kms:ReplicateKey", `"StringEquals":{"kms:ReplicaRegion":["us-east-1","eu-west-1"]}`),
			statement("Deny", `"*"`, "kms:ReEncrypt*", `"StringNotLike":{"kms:ViaService":"*.us-east-1.amazonaws.com"}`),
		}), 0, 5).Draw(rt, "statements")
		primary := keyPolicy(strings.Join(parts, ""))
		standby, err := mrk.RenderPolicy(primary, "us-east-1", "eu-west-1")
		if err != nil {
			rt.Fatal(err)
		}
		r := compare.Compare(policiesOf(standby, primary), now, compare.Settings{})
		for _, f := range r.Findings {
			if strings.HasPrefix(f.Rule, "MRK2") || strings.HasPrefix(f.Rule, "MRK4") && f.Rule != "MRK407" {
				rt.Fatalf("%s\nfinds %s", primary, listed(r.Findings))
			}
		}
		if rel := r.Policies[0].Relation; rel != "equivalent" {
			rt.Fatalf("%s is %s", primary, rel)
		}
	})
}
