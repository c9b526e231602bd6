package policy_test

import (
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

const (
	account = "111122223333"
	key     = "arn:aws:kms:us-east-1:111122223333:key/mrk-1"
)

func session(role string) policy.Caller {
	return policy.Caller{ARN: "arn:aws:sts::" + account + ":assumed-role/" + role + "/s", Role: "arn:aws:iam::" + account + ":role/" + role, Account: account}
}

func TestKeyPolicyDecides(t *testing.T) {
	with := func(values map[string][]string) func(string) ([]string, bool) {
		return func(k string) ([]string, bool) { v, ok := values[k]; return v, ok }
	}
	for _, c := range []struct {
		name, statements string
		caller           policy.Caller
		action           string
		values           map[string][]string
		want             policy.Decision
	}{
		{"the account's root delegates", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Delegated},
		{"the account by its number", `{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":"kms:*","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Delegated},
		{"root itself", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`, policy.Caller{ARN: "arn:aws:iam::111122223333:root", Account: account}, "kms:Decrypt", nil, policy.Allowed},
		{"a role allows its session", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/path/app"},"Action":["kms:Encrypt","kms:decrypt"],"Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Allowed},
		{"another role", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:*","Resource":"*"}`, session("other"), "kms:Decrypt", nil, policy.Silent},
		{"another action", `{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Silent},
		{"all actions but one", `{"Effect":"Allow","Principal":"*","NotAction":"kms:Encrypt","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Allowed},
		{"deny wins", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:Decrypt","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Denied},
		{"deny to the account denies all of it", `{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Denied},
		{"everybody but", `{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:*","Resource":"*"}`, session("other"), "kms:Decrypt", nil, policy.Denied},
		{"everybody but the caller", `{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:*","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Silent},
		{"a service", `{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}`, policy.Caller{Service: "logs.amazonaws.com"}, "kms:Decrypt", nil, policy.Allowed},
		{"no action, no effect", `{"Effect":"Allow","Principal":"*","Resource":"*"}`, session("app"), "kms:Decrypt", nil, policy.Silent},
		{"a condition that holds", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":["s3.us-east-1.amazonaws.com"]}}}`, session("app"), "kms:Decrypt", map[string][]string{"kms:viaservice": {"s3.us-east-1.amazonaws.com"}}, policy.Allowed},
		{"a key that is absent", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3"}}}`, session("app"), "kms:Decrypt", nil, policy.Silent},
		{"if it exists", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEqualsIfExists":{"kms:ViaService":"s3"}}}`, session("app"), "kms:Decrypt", nil, policy.Allowed},
		{"not equals, absent", `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}`, session("app"), "kms:Decrypt", nil, policy.Denied},
		{"numbers", `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"NumericGreaterThan":{"kms:RotationPeriodInDays":90}}}`, session("app"), "kms:EnableKeyRotation", map[string][]string{"kms:rotationperiodindays": {"365"}}, policy.Denied},
		{"null means absent", `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Null":{"kms:RotationPeriodInDays":"true"}}}`, session("app"), "kms:EnableKeyRotation", map[string][]string{"kms:rotationperiodindays": {"365"}}, policy.Silent},
		{"a boolean", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"kms:MultiRegion":true}}}`, session("app"), "kms:Decrypt", map[string][]string{"kms:multiregion": {"true"}}, policy.Allowed},
		{"any of several", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/pay*"}}}`, session("app"), "kms:Decrypt", map[string][]string{"kms:resourcealiases": {"alias/x", "alias/payments"}}, policy.Allowed},
		{"all of several", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["app"]}}}`, session("app"), "kms:Decrypt", map[string][]string{"kms:encryptioncontextkeys": {"app", "env"}}, policy.Silent},
		{"an ARN pattern", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ap?"}}}`, session("app"), "kms:Decrypt", map[string][]string{"aws:principalarn": {"arn:aws:iam::111122223333:role/app"}}, policy.Allowed},
		{"an address", `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}`, session("app"), "kms:Decrypt", map[string][]string{"aws:sourceip": {"10.1.2.3"}}, policy.Silent},
		{"a date", `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}}}`, session("app"), "kms:Decrypt", map[string][]string{"aws:currenttime": {"2026-01-05T09:00:00Z"}}, policy.Allowed},
	} {
		d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + c.statements + `]}`)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := d.OfResource(&policy.Request{Action: c.action, Resource: key, Caller: c.caller, Values: with(c.values)}); got != c.want {
			t.Errorf("%s: decided %d, want %d", c.name, got, c.want)
		}
	}
}

func TestIdentityPolicyDecides(t *testing.T) {
	d, err := policy.Parse(`{"Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:111122223333:key/mrk-*"},{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for action, want := range map[string]policy.Decision{"kms:Decrypt": policy.Allowed, "kms:ScheduleKeyDeletion": policy.Denied} {
		if got := d.OfIdentity(&policy.Request{Action: action, Resource: key}); got != want {
			t.Errorf("%s: decided %d, want %d", action, got, want)
		}
	}
	if got := d.OfIdentity(&policy.Request{Action: "kms:Decrypt", Resource: strings.Replace(key, "mrk-", "", 1)}); got != policy.Silent {
		t.Errorf("another key: decided %d", got)
	}
}

func TestBadPoliciesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`nonsense`:           "invalid character",
		`{}`:                 "no statement",
		`{"Statement":[]}`:   "no statement",
		`{"Statement":[{}]}`: "statement 1: effect",
		`{"Statement":{"Effect":"Allow","Nonsense":1}}`:                                 "unknown field",
		`{"Statement":{"Effect":"Allow","Principal":"me"}}`:                             `principal "me"`,
		`{"Statement":{"Effect":"Allow","Principal":{"Human":"me"}}}`:                   "unknown kind",
		`{"Statement":{"Effect":"Allow","Action":1}}`:                                   "neither a string",
		`{"Statement":{"Effect":"Allow","Condition":{"Equals":{"a":"b"}}}}`:             "unknown condition operator",
		`{"Version":"2030-01-01","Statement":{"Effect":"Allow"}}`:                       "version",
		`{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a":{"b":"c"}}}}}`: "neither a string, a number",
		`{"Statement":{"Effect":"Allow"}} {}`:                                           "follows",
	} {
		if _, err := policy.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error about %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"a":["b*"]}}}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"1"},"NotAction":["a"],"NotResource":"*"}}`)
	f.Add(`{"Id":"a","Statement":[{"Sid":"b","Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/app"],"Service":"s3.amazonaws.com"},"Action":["kms:Re*","kms:D?crypt"],"Resource":"arn:aws:kms:us-east-1:111122223333:key/*","Condition":{"ForAllValues:StringEqualsIfExists":{"kms:EncryptionContextKeys":["x"]},"Bool":{"kms:MultiRegion":true},"NumericLessThan":{"n":"5"},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Null":{"aws:TokenIssueTime":"true"},"ArnLike":{"aws:PrincipalArn":"arn:aws:*:${aws:username}"}}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.Parse(text)
		if err != nil {
			return
		}
		r := &policy.Request{Action: "kms:Decrypt", Resource: key, Caller: session("app"), Values: func(string) ([]string, bool) { return []string{"1"}, true }}
		first := d.OfResource(r)
		d.OfIdentity(r)
		if again := d.OfResource(r); again != first {
			t.Errorf("decided %v, then %v", first, again)
		}
		j := policy.Judge([]policy.Subject{{Region: "us-east-1", Account: "111122223333", Document: d}, {Region: "us-east-1", Account: "111122223333", Document: d}}, policy.Names{})
		if relation, differences := j.Relate(0, 1, policy.Actions()); relation != policy.Equivalent {
			t.Errorf("%s: %s to itself, %v", text, relation, differences)
		}
		for _, class := range j.Classes() {
			j.Cell(0, class, "Decrypt")
		}
	})
}

func TestWildcards(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{{"*", "", true}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"**a", "ba", true}, {"", "a", false}, {"*b*b", "abcb", true}} {
		if got := policy.Matches(c.pattern, c.text); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}
