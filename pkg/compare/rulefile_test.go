package compare_test

import (
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/compare"
)

const ruleFile = `version: 1
regions:
  us-east-1: {geo: us, short: use1, vpce: [vpce-0aa]}
  eu-west-1: {geo: eu, short: euw1, vpce: [vpce-0bb]}
principals:
  - class: payments-writer
    us-east-1: arn:aws:iam::111122223333:role/us-pay-writer
    eu-west-1: arn:aws:iam::111122223333:role/eu-billing-writer
  - global: arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*
trust: {accounts: ["999999999999"], orgs: [o-abc123]}
residency: {allow_regions: [us-east-1, eu-west-1]}
expect:
  aliases: same
  tags: {same: [data-class, owner], ignore: ["aws:*", "terraform*"]}
  grants: classes
  primary_only: [kms:ReplicateKey]
  rotation_days: 365
critical_actions: auto
ignore:
  - {rule: MRK501, key: alias/pay, region: eu-*, reason: no code there, expires: 2027-01-01}
`

func TestARuleFileIsRead(t *testing.T) {
	t.Parallel()
	s, err := compare.ParseRuleFile([]byte(ruleFile))
	if err != nil {
		t.Fatal(err)
	}
	set := healthy()
	set.Members[0].Policy = keyPolicy(allow("arn:aws:iam::"+account+":role/eu-billing-writer", "kms:Decrypt") + allow("arn:aws:iam::"+account+":role/worker-eu", "kms:Encrypt") +
		statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:SourceVpce":"vpce-0bb"}`) + allow(guest, "kms:DescribeKey"))
	set.Members[1].Policy = keyPolicy(allow("arn:aws:iam::"+account+":role/us-pay-writer", "kms:Decrypt") + allow("arn:aws:iam::"+account+":role/worker-us", "kms:Encrypt") +
		statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:SourceVpce":"vpce-0aa"}`) + allow(guest, "kms:DescribeKey"))
	set.Members[0].Tags["team"] = "other"
	if r := compare.Compare(set, now, s); r.Verdict != compare.Same || len(r.Findings) > 0 {
		t.Errorf("with the rule file: %s", listed(r.Findings))
	}
	if r := compare.Compare(set, now, compare.Settings{}); r.Verdict != compare.Drift {
		t.Error("without the rule file nothing is found")
	}
}

func TestABadRuleFileNamesLineAndField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, new, want string }{
		{"version: 1", "version: 2", "line 1: version: 2 is not 1"},
		{"geo: us", "continent: us", `line 3: unknown field "continent"`},
		{"  us-east-1: {geo", "  useast1: {geo", `line 3: regions.useast1: "useast1" is not the name of a Region`},
		{"class: payments-writer", "name: x", `line 6: principals[0]: it needs a class`},
		{"role/us-pay-writer", "role/*", `line 7: principals[0].us-east-1: "arn:aws:iam::111122223333:role/*" is not an ARN`},
		{`"999999999999"`, "999", `line 10: trust.accounts[0]: "999" is not an account id`},
		{"o-abc123", "abc", `line 10: trust.orgs[0]: "abc"`},
		{"[us-east-1, eu-west-1]", "[us-east-1, europe]", `line 11: residency.allow_regions[1]: "europe"`},
		{"aliases: same", "aliases: maybe", `line 13: expect.aliases: "maybe" is neither same nor ignore`},
		{`"terraform*"`, `"["`, `line 14: expect.tags.ignore[1]: pattern`},
		{"kms:ReplicateKey", "kms:Replicate*", `line 16: expect.primary_only[0]: "kms:Replicate*" is no action`},
		{"rotation_days: 365", "rotation_days: 7", "line 17: expect.rotation_days: 7 is not between"},
		{"critical_actions: auto", "critical_actions: some", `line 18: critical_actions: "some"`},
		{"reason: no code there, ", "", "line 20: ignore[0]: reason is missing"},
		{"expires: 2027-01-01", "expires: soon", `line 20: ignore[0]: expires "soon"`},
		{"MRK501", "MRK999", `line 20: ignore[0]: no rule "MRK999"`},
		{"version: 1", "version: [", "line 1: "},
	} {
		if !strings.Contains(ruleFile, test.old) {
			t.Fatalf("%q is not in the file", test.old)
		}
		_, err := compare.ParseRuleFile([]byte(strings.Replace(ruleFile, test.old, test.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.new, err, test.want)
		}
	}
}

func FuzzParseRuleFile(f *testing.F) {
	f.Add([]byte(ruleFile))
	f.Add([]byte("version: 1\nignore: [{}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := compare.ParseRuleFile(text)
		if err != nil {
			return
		}
		compare.Compare(healthy(), now, s)
	})
}
