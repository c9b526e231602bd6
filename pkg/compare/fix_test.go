package compare_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func TestAFixWantsWhatIsMissing(t *testing.T) {
	t.Parallel()
	set := healthy()
	s, p := &set.Members[0], &set.Members[1]
	p.Policy = keyPolicy(allow(app+"-use1", "kms:Decrypt") + statement("Allow", aws(app), "kms:Encrypt", via("us-east-1")))
	s.Policy = keyPolicy(allow(app+"-euw1", "kms:Encrypt") + statement("Allow", aws(app), "kms:Encrypt", via("us-east-1")))
	p.Description, p.Aliases, p.Tags = "pays", []string{"alias/pay", "alias/pay2"}, map[string]string{"team": "pay", "class": "secret"}
	s.State = "Disabled"
	p.Grants = append(p.Grants, mrk.Grant{Grantee: admin, Operations: []string{"Encrypt"}})
	fix, err := compare.Converge(set, "us-east-1", now, compare.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	w := fix.Want
	if !slices.Equal(w.Enable, []string{"eu-west-1"}) || !slices.Equal(w.Aliases["eu-west-1"], []string{"alias/pay2"}) || len(w.Tags["eu-west-1"]) != 1 ||
		w.Descriptions["eu-west-1"] != "pays" || len(w.Grants["eu-west-1"]) != 1 {
		t.Errorf("wanted is %+v", w)
	}
	got := w.Policies["eu-west-1"]
	if !strings.Contains(got, "app-euw1") || strings.Contains(got, "us-east-1") || strings.Contains(got, "use1") {
		t.Errorf("the policy for eu-west-1 is %s", got)
	}
	for _, f := range fix.Left {
		if f.Severity.Grave(compare.Medium) {
			t.Errorf("left is %s: %s", f.Rule, f.What)
		}
	}
}

func TestAFixSaysWhatItLeaves(t *testing.T) {
	t.Parallel()
	set := healthy()
	set.Members[0].State = "PendingDeletion"
	set.Members[0].Grants = nil // the grantee's name is its Region's, and its counterpart is not known
	set.Members[0].Aliases, set.Members[0].Elsewhere = nil, map[string]string{"alias/pay": "other"}
	fix, err := compare.Converge(set, "us-east-1", now, compare.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"MRK102", "MRK502", "MRK520"} {
		if !slices.ContainsFunc(fix.Left, func(f compare.Finding) bool { return f.Rule == rule }) {
			t.Errorf("%s is not left: %s", rule, listed(fix.Left))
		}
	}
	if _, err := compare.Converge(set, "ap-south-1", now, compare.Settings{}); err == nil {
		t.Error("a Region without a member can be followed")
	}
}

// Whatever the policies say, after the fix they let the same through, and a
// second fix wants nothing.
func TestAFixConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name, region string) string {
			text := keyPolicy(strings.Join(rapid.SliceOfN(rapid.Custom(drawAllow), 0, 4).Draw(rt, name), "") +
				rapid.SampledFrom([]string{"", statement("Allow", aws(app), "kms:Encrypt", via("us-east-1")), allow(app+"-us-east-1", "kms:Decrypt")}).Draw(rt, name+" more"))
			return strings.ReplaceAll(text, "us-east-1", region)
		}
		set := policiesOf(draw("standby", "eu-west-1"), draw("primary", "us-east-1"))
		fix, err := compare.Converge(set, "us-east-1", now, compare.Settings{})
		if err != nil {
			rt.Fatal(err)
		}
		if text, ok := fix.Want.Policies["eu-west-1"]; ok {
			set.Members[0].Policy, set.Members[0].PolicySHA = text, mrk.DocumentSHA(text)
		}
		if r := compare.Compare(set, now, compare.Settings{}); len(accessRules(r)) > 0 && !slices.Equal(accessRules(r), []string{"MRK211"}) {
			rt.Fatalf("afterwards %s", listed(r.Findings))
		}
		again, err := compare.Converge(set, "us-east-1", now, compare.Settings{})
		if err != nil || len(again.Want.Policies) > 0 {
			rt.Fatalf("a second fix wants %v, %v", again.Want.Policies, err)
		}
	})
}
