package compare_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// change spoils a standby in eu-west-1 or a primary in us-east-1.
type change func(standby, primary *mrk.Member)

// statement writes a statement; the principal is JSON.
func statement(effect, principal, action, condition string) string {
	s := fmt.Sprintf(`,{"Effect":%q,"Principal":%s,"Action":%q,"Resource":"*"`, effect, principal, action)
	if condition != "" {
		s += `,"Condition":{` + condition + `}`
	}
	return s + "}"
}

func aws(arn string) string { return `{"AWS":"` + arn + `"}` }

const base = "kms:Decrypt"

// onlyStandby gives the standby more statements.
func onlyStandby(more ...string) change {
	return func(s, _ *mrk.Member) { s.Policy = keyPolicy(allow(app, base) + strings.Join(more, "")) }
}

// both gives both members more statements.
func both(more ...string) change {
	return func(s, p *mrk.Member) {
		s.Policy = keyPolicy(allow(app, base) + strings.Join(more, ""))
		p.Policy = s.Policy
	}
}

// closed is a policy without the statement for the account.
func closed(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.TrimPrefix(strings.Join(statements, ""), ",") + `]}`
}

func ownPolicy(text string) change { return func(s, p *mrk.Member) { s.Policy, p.Policy = text, text } }

const (
	guest  = "arn:aws:iam::999999999999:role/guest"
	orphan = "AROAEXAMPLEEXAMPLEID"
	admin  = "arn:aws:iam::" + account + ":role/admin"
)

// ruleCase is a set in which a rule fires, and one close to it in which it does
// not.
type ruleCase struct {
	rule, region string
	fires, quiet change
	settings     compare.Settings
	severity     compare.Severity // where it is not the rule's own
	onTheDay     bool             // judged by Ready alone
}

func via(region string) string {
	return `"StringEquals":{"kms:ViaService":"s3.` + region + `.amazonaws.com"}`
}

func ruleCases() []ruleCase {
	nothing := func(_, _ *mrk.Member) {}
	imported := func(s, p *mrk.Member) { s.Origin, p.Origin = "EXTERNAL", "EXTERNAL" }
	then := func(first, second change) change {
		return func(s, p *mrk.Member) { first(s, p); second(s, p) }
	}
	perRegion := func(of func(region string) string) change {
		return func(s, p *mrk.Member) {
			s.Policy, p.Policy = keyPolicy(allow(app, base)+of("eu-west-1")), keyPolicy(allow(app, base)+of("us-east-1"))
		}
	}
	endpoints := policy.Names{Regions: map[string]policy.Tokens{"us-east-1": {Endpoints: []string{"vpce-us"}}, "eu-west-1": {Endpoints: []string{"vpce-eu"}}}}
	vpce := func(id string) string {
		return statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:SourceVpce":"`+id+`"}`)
	}
	slr := "arn:aws:iam::" + account + ":role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
	denyBut := func(arns string) string {
		return statement("Deny", `"*"`, "kms:*", `"ArnNotEquals":{"aws:PrincipalArn":[`+arns+`]}`)
	}
	return []ruleCase{
		{rule: "MRK001", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Unreachable = &mrk.Problem{Code: "region-unreachable"} }, quiet: nothing},
		{rule: "MRK002", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.ReplicaRegions = nil }, quiet: nothing},
		{rule: "MRK003", fires: func(s, _ *mrk.Member) { s.Role = mrk.RolePrimary }, quiet: nothing},
		{rule: "MRK004", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Policy = "{" }, quiet: both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:PrincipalTag/a":"${aws:username}"}`))},
		{rule: "MRK004", region: "us-east-1", fires: func(s, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app, base) + statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:PrincipalTag/a":"${aws:username}"}`))
		}, quiet: nothing},
		{rule: "MRK101", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.State = "Disabled" }, quiet: func(s, p *mrk.Member) { s.State, p.State = "Disabled", "Disabled" }},
		{rule: "MRK102", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.State = "PendingDeletion" }, quiet: nothing},
		{rule: "MRK102", region: "us-east-1", fires: func(_, p *mrk.Member) { p.State = "PendingReplicaDeletion" }, quiet: nothing},
		{rule: "MRK103", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Spec = "HMAC_256" }, quiet: nothing},
		{rule: "MRK104", region: "eu-west-1", severity: compare.High, fires: func(s, _ *mrk.Member) { s.ValidTo = now.Add(time.Hour) }, quiet: func(s, _ *mrk.Member) { s.ValidTo = now.AddDate(1, 0, 0) }},
		{rule: "MRK104", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.State = "PendingImport" }, quiet: nothing},
		{rule: "MRK104", region: "eu-west-1", fires: then(imported, func(s, _ *mrk.Member) { s.Material = strings.Repeat("b", 64) }), quiet: imported},
		{rule: "MRK104", region: "eu-west-1", severity: compare.High, fires: then(imported, func(s, _ *mrk.Member) {
			s.Materials = []mrk.Material{{ID: "b", State: "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"}}
		}), quiet: imported},
		{rule: "MRK105", region: "us-east-1", settings: compare.Settings{Residency: []string{"eu-west-1"}}, fires: nothing, quiet: func(_, p *mrk.Member) { p.Missing = true }},
		{rule: "MRK106", region: "us-east-1", fires: func(s, _ *mrk.Member) { s.Region = "" }, quiet: nothing},
		{rule: "MRK107", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.State = "Creating" }, quiet: nothing},

		{rule: "MRK201", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Policy = keyPolicy("") }, quiet: func(s, _ *mrk.Member) { s.Policy = keyPolicy(allow(app, "kms:decrypt")) }},
		{rule: "MRK202", region: "eu-west-1", fires: func(_, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app, base) + allow("arn:aws:iam::"+account+":role/auditor", "kms:ListGrants"))
		}, quiet: both(allow("arn:aws:iam::"+account+":role/auditor", "kms:ListGrants"))},
		{rule: "MRK203", region: "us-east-1", fires: func(_, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app, base) + allow(app, "kms:TagResource"))
		}, quiet: both(allow(app, "kms:TagResource"))},
		{rule: "MRK204", region: "eu-west-1", severity: compare.High, fires: func(s, _ *mrk.Member) {
			s.Policy = keyPolicy(statement("Allow", aws(app), base, `"Bool":{"aws:SecureTransport":"true"}`))
		}, quiet: func(s, _ *mrk.Member) {
			s.Policy = keyPolicy(statement("Allow", aws(app), base, `"StringEquals":{"kms:CallerAccount":"`+account+`"}`))
		}},
		{rule: "MRK205", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Policy = closed(allow(app, "kms:*")) }, quiet: ownPolicy(closed(allow(app, "kms:*")))},
		{rule: "MRK206", region: "eu-west-1", fires: onlyStandby(statement("Deny", aws(app), base, "")), quiet: both(statement("Deny", aws(app), base, ""))},
		{rule: "MRK207", region: "eu-west-1", fires: func(_, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app, base) + statement("Allow", `{"Service":"logs.us-east-1.amazonaws.com"}`, base, ""))
		}, quiet: perRegion(func(r string) string { return statement("Allow", `{"Service":"logs.`+r+`.amazonaws.com"}`, base, "") })},
		{rule: "MRK208", region: "eu-west-1", fires: func(_, p *mrk.Member) { p.Policy = keyPolicy(allow(app, base) + allow(guest, base)) }, quiet: both(allow(guest, base))},
		{rule: "MRK209", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			s.Policy = closed(allow(admin, "kms:PutKeyPolicy"), allow(app, base))
			p.Policy = closed(allow(admin, "kms:PutKeyPolicy"), allow(app, base), statement("Allow", aws(app), "kms:CreateGrant", `"Bool":{"kms:GrantIsForAWSResource":"true"}`))
		}, quiet: both(statement("Allow", aws(app), "kms:CreateGrant", `"Bool":{"kms:GrantIsForAWSResource":"true"}`))},
		{rule: "MRK209", region: "eu-west-1", fires: func(_, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app, base) + statement("Allow", aws(app), "kms:CreateGrant", `"Bool":{"kms:GrantIsForAWSResource":"true"}`))
		}, quiet: both(statement("Allow", aws(app), "kms:CreateGrant", `"Bool":{"kms:GrantIsForAWSResource":"true"}`))},
		{rule: "MRK210", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			p.Policy = keyPolicy(allow(app+"-use1", base))
			s.Policy = keyPolicy(allow(app+"-euw1", base) + allow(app+"-use1", base))
		}, quiet: both(allow(app+"-use1", base), allow(app+"-euw1", base))},
		{rule: "MRK211", region: "us-east-1", fires: func(_, p *mrk.Member) { p.Policy = keyPolicy(allow(app, base) + allow(app+"-use1", base)) }, quiet: both(allow(app+"-use1", base))},

		{rule: "MRK301", region: "eu-west-1", fires: onlyStandby(allow("*", base)), quiet: onlyStandby(statement("Allow", `"*"`, base, `"StringEquals":{"kms:CallerAccount":"`+account+`"}`))},
		{rule: "MRK302", region: "eu-west-1", fires: onlyStandby(allow("arn:aws:iam::999999999999:root", base)), quiet: onlyStandby(allow("arn:aws:iam::888888888888:root", base)), settings: compare.Settings{Trust: compare.Trust{Accounts: []string{"888888888888"}}}},
		{rule: "MRK302", region: "eu-west-1", fires: onlyStandby(statement("Allow", `"*"`, base, via("eu-west-1"))), quiet: onlyStandby(statement("Allow", `"*"`, base, `"StringEquals":{"aws:PrincipalOrgID":"o-abc"}`)), settings: compare.Settings{Trust: compare.Trust{Orgs: []string{"o-abc"}}}},
		{rule: "MRK303", region: "eu-west-1", fires: onlyStandby(allow(orphan, base)), quiet: nothing},
		{rule: "MRK303", region: "eu-west-1", severity: compare.High, fires: ownPolicy(closed(allow(orphan, "kms:*"))), quiet: nothing},
		{rule: "MRK304", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Policy = closed(allow(app, base)) }, quiet: ownPolicy(closed(allow(app, "kms:*")))},
		{rule: "MRK305", region: "eu-west-1", fires: ownPolicy(closed(allow(admin, "kms:*"))), quiet: ownPolicy(closed(allow(admin, "kms:*"), allow(app, "kms:*")))},
		{rule: "MRK306", region: "eu-west-1", fires: both(statement("Allow", aws(app), "kms:Encrypt", `"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}`)), quiet: both(statement("Allow", aws(app), "kms:Encrypt", `"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"},"Null":{"kms:EncryptionContextKeys":"false"}`))},
		{rule: "MRK307", region: "eu-west-1", severity: compare.Medium, fires: both(`,{"Effect":"Deny","NotPrincipal":{"AWS":"` + app + `"},"Action":"kms:Encrypt","Resource":"*"}`), quiet: both(denyBut(`"` + app + `","` + admin + `"`))},
		{rule: "MRK308", region: "eu-west-1", settings: compare.Settings{Existing: map[string]bool{admin: true}}, fires: nothing, quiet: ownPolicy(keyPolicy(allow(admin, base)))},

		{rule: "MRK401", region: "eu-west-1", fires: both(statement("Allow", aws(app), "kms:Encrypt", via("us-east-1"))), quiet: perRegion(func(r string) string { return statement("Allow", aws(app), "kms:Encrypt", via(r)) })},
		{rule: "MRK401", region: "eu-west-1", severity: compare.Critical, fires: both(statement("Deny", `"*"`, "kms:Encrypt", strings.Replace(via("us-east-1"), "StringEquals", "StringNotEquals", 1))), quiet: nothing},
		{rule: "MRK401", region: "eu-west-1", fires: both(statement("Allow", `{"Service":"logs.us-east-1.amazonaws.com"}`, base, "")), quiet: both(statement("Allow", `{"Service":"cloudtrail.amazonaws.com"}`, base, ""))},
		{rule: "MRK402", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			s.Policy = strings.Replace(keyPolicy(allow(app, base)), `"Decrypt","Resource":"*"`, "", 1)
			s.Policy = keyPolicy(strings.Replace(allow(app, base), `"Resource":"*"`, `"Resource":"`+p.ARN+`"`, 1))
		}, quiet: func(s, _ *mrk.Member) {
			s.Policy = keyPolicy(strings.Replace(allow(app, base), `"Resource":"*"`, `"Resource":"`+s.ARN+`"`, 1))
		}},
		{rule: "MRK403", region: "eu-west-1", fires: both(`,{"Effect":"Allow","Principal":"*","Action":"kms:*"}`), quiet: nothing},
		{rule: "MRK404", region: "eu-west-1", fires: both(vpce("vpce-0aa")), quiet: perRegion(func(r string) string { return vpce("vpce-" + r[:2]) }), settings: compare.Settings{Names: endpoints}},
		{rule: "MRK405", region: "eu-west-1", fires: both(allow(app, "kms:ListKeys")), quiet: both(allow(app, "kms:List*"))},
		{rule: "MRK405", region: "eu-west-1", fires: both(allow(app, "kms:Sign")), quiet: nothing},
		{rule: "MRK406", region: "eu-west-1", fires: both(allow(app, "kms:Decript")), quiet: nothing},
		{rule: "MRK406", region: "eu-west-1", fires: both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"kms:ViaServise":"x"}`)), quiet: both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"kms:EncryptionContext:ViaServise":"x"}`))},
		{rule: "MRK406", region: "eu-west-1", fires: both(statement("Allow", `{"Federated":"arn:aws:iam::1:saml-provider/x"}`, base, "")), quiet: nothing},
		{rule: "MRK407", region: "eu-west-1", fires: both(allow(app, "kms:*")), quiet: both(allow(app, "kms:Encrypt"))},
		{rule: "MRK408", region: "us-east-1", fires: both(statement("Allow", aws(app), "kms:UpdatePrimaryRegion", `"StringEquals":{"kms:PrimaryRegion":"us-east-1"}`)), quiet: both(statement("Allow", aws(app), "kms:UpdatePrimaryRegion", `"StringEquals":{"kms:PrimaryRegion":["us-east-1","eu-west-1"]}`))},
		{rule: "MRK409", region: "us-east-1", fires: both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"kms:MultiRegionKeyType":"PRIMARY"}`)), quiet: both(statement("Allow", aws(app), "kms:Encrypt", `"Bool":{"kms:MultiRegion":"true"}`))},

		{rule: "MRK501", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Aliases = nil }, quiet: func(s, p *mrk.Member) { s.Aliases, p.Aliases = nil, nil }},
		{rule: "MRK502", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Aliases, s.Elsewhere = nil, map[string]string{"alias/pay": "other"} }, quiet: func(s, _ *mrk.Member) { s.Aliases = nil }},
		{rule: "MRK503", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Aliases = append(s.Aliases, "alias/x") }, quiet: func(_, p *mrk.Member) { p.Aliases = append(p.Aliases, "alias/x") }},
		{rule: "MRK510", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Tags = nil }, quiet: func(s, _ *mrk.Member) { s.Tags["aws:cloudformation:stack-name"] = "x" }},
		{rule: "MRK510", region: "eu-west-1", severity: compare.High, fires: then(both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:ResourceTag/team":"pay"}`)), func(s, _ *mrk.Member) { s.Tags = nil }), quiet: nothing},
		{rule: "MRK520", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Grants = nil }, quiet: func(s, _ *mrk.Member) {
			s.Grants = append(s.Grants, mrk.Grant{ID: "s", Grantee: "rds.eu-west-1.amazonaws.com", Operations: []string{"Decrypt"}})
		}},
		{rule: "MRK521", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Grants = append(s.Grants, s.Grants[0]) }, quiet: nothing},
		{rule: "MRK522", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Grants[0].Grantee = orphan }, quiet: nothing},
		{rule: "MRK530", region: "us-east-1", fires: func(s, p *mrk.Member) { s.Rotation.Enabled, p.Rotation.Enabled = false, false }, quiet: imported},
		{rule: "MRK530", region: "us-east-1", settings: compare.Settings{Expect: compare.Expect{RotationDays: 90}}, fires: nothing, quiet: func(s, p *mrk.Member) { s.Rotation.PeriodDays, p.Rotation.PeriodDays = 90, 90 }},
		{rule: "MRK531", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Material = strings.Repeat("b", 64) }, quiet: nothing},
		{rule: "MRK532", region: "us-east-1", fires: func(_, p *mrk.Member) {
			p.Materials = slices.Repeat([]mrk.Material{{RotatedBy: "ON_DEMAND"}}, 20)
		}, quiet: func(_, p *mrk.Member) {
			p.Materials = slices.Repeat([]mrk.Material{{RotatedBy: "AUTOMATIC"}}, 20)
		}},
		{rule: "MRK540", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Description = "other" }, quiet: nothing},

		{rule: "MRK601", region: "eu-west-1", fires: onlyStandby(statement("Deny", `"*"`, "kms:UpdatePrimaryRegion", "")), quiet: nothing},
		{rule: "MRK601", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			s.Policy, p.Policy = closed(allow(app, "kms:*")), closed(allow(admin, "kms:*"))
		}, quiet: ownPolicy(closed(allow(app, "kms:*"), allow(admin, "kms:*")))},
		{rule: "MRK602", region: "eu-west-1", fires: onlyStandby(statement("Deny", `"*"`, "kms:ReplicateKey", "")), quiet: nothing},
		{rule: "MRK603", region: "eu-west-1", fires: onlyStandby(statement("Deny", `"*"`, "kms:*Rotat*", "")), quiet: onlyStandby(statement("Deny", `"*"`, "kms:EnableKeyRotation", ""))},
		{rule: "MRK604", region: "eu-west-1", fires: both(denyBut(`"` + app + `"`)), quiet: both(denyBut(`"` + app + `","` + slr + `"`))},
		{rule: "MRK605", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.State = "PendingDeletion" }, quiet: func(s, p *mrk.Member) {
			s.State, s.LastUsed, s.Aliases, s.Grants = "PendingDeletion", time.Time{}, nil, nil
		}},
		{rule: "MRK606", region: "us-east-1", fires: func(s, _ *mrk.Member) { s.State = "Disabled" }, quiet: nothing},
		{rule: "MRK607", region: "us-east-1", onTheDay: true, fires: func(_, p *mrk.Member) { p.Tags["ManagedBy"] = "terraform" }, quiet: nothing},
		{rule: "MRK610", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.LastUsed = time.Time{} }, quiet: func(_, p *mrk.Member) { p.LastUsed = time.Time{} }},
		{rule: "MRK611", region: "eu-central-1", onTheDay: true, fires: func(s, _ *mrk.Member) { s.Region = "eu-central-1" }, quiet: nothing},

		{rule: "MRK901", region: "eu-west-1", fires: onlyStandby(allow(app, base)), quiet: nothing},
		{rule: "MRK902", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			s.Policy, p.Policy = keyPolicy(allow(app, "kms:ReEncrypt*")), keyPolicy(allow(app, "kms:ReEncryptFrom")+allow(app, "kms:ReEncryptTo"))
		}, quiet: both(allow(app, "kms:ReEncrypt*"))},
		{rule: "MRK903", region: "eu-west-1", fires: func(s, p *mrk.Member) {
			s.Policy = strings.Replace(keyPolicy(statement("Allow", aws(app), base, `"StringEquals":{"aws:username":"${aws:username}"}`)), "2012", "2008", 1)
			p.Policy = s.Policy
		}, quiet: both(statement("Allow", aws(app), "kms:Encrypt", `"StringEquals":{"aws:username":"${aws:username}"}`))},
		{rule: "MRK904", region: "eu-west-1", fires: func(s, _ *mrk.Member) { s.Policy += strings.Repeat(" ", 29<<10) }, quiet: func(s, _ *mrk.Member) { s.Policy += strings.Repeat(" ", 20<<10) }},
	}
}

// Each rule fires where it should, with its severity, and not next to it.
func TestEachRuleFiresAndKeepsQuiet(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for i, test := range ruleCases() {
		tried[test.rule] = true
		t.Run(fmt.Sprint(test.rule, " ", i), func(t *testing.T) {
			rule, _ := compare.RuleOf(test.rule)
			want := rule.Severity
			if test.severity != "" {
				want = test.severity
			}
			found := judgeCase(test, test.fires)
			if !slices.ContainsFunc(found, func(f compare.Finding) bool {
				return f.Rule == test.rule && f.Region == test.region && f.Severity == want
			}) {
				t.Errorf("not found as %s; found were %s", want, listed(found))
			}
			if found := judgeCase(test, test.quiet); slices.ContainsFunc(found, func(f compare.Finding) bool {
				return f.Rule == test.rule && f.Region == test.region && f.Severity == want
			}) {
				t.Errorf("found where it is not so: %s", listed(found))
			}
		})
	}
	for _, r := range compare.Rules() {
		if !tried[r.ID] {
			t.Errorf("%s has no case", r.ID)
		}
	}
}

func judgeCase(test ruleCase, spoil change) []compare.Finding {
	set := healthy()
	spoil(&set.Members[0], &set.Members[1])
	set.Members = slices.DeleteFunc(set.Members, func(m mrk.Member) bool { return m.Region == "" })
	if test.onTheDay {
		return compare.Ready(set, []string{"us-east-1"}, now, test.settings).Findings
	}
	return compare.Compare(set, now, test.settings).Findings
}

func listed(found []compare.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "\n  %s %s %s: %s", f.Rule, f.Severity, f.Region, f.What)
	}
	return b.String()
}

// Rules, their texts and the code that finds them stay in step.
func TestRulesAreCompleteAndInUse(t *testing.T) {
	t.Parallel()
	rules := compare.Rules()
	last := ""
	for _, r := range rules {
		if r.ID <= last {
			t.Errorf("%s follows %s", r.ID, last)
		}
		last = r.ID
		if r.Title == "" || r.Why == "" || r.Example == "" || r.Fix == "" || !slices.Contains(compare.Severities(), r.Severity) {
			t.Errorf("%s lacks a text or a severity", r.ID)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "rules_") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range regexp.MustCompile(`"(MRK\d{3})"`).FindAllStringSubmatch(string(text), -1) {
			used[id[1]] = true
			if _, ok := compare.RuleOf(id[1]); !ok {
				t.Errorf("%s finds %s, which is no rule", file, id[1])
			}
		}
	}
	for _, r := range rules {
		if !used[r.ID] {
			t.Errorf("nothing finds %s", r.ID)
		}
	}
}
