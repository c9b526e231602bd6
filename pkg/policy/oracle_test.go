package policy_test

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A second evaluator, for concrete requests only, written from the language
// reference of IAM policies and not from package policy.

type oracleStatement struct {
	Effect    string
	Principal map[string][]string
	Action    []string
	Condition map[string]map[string][]string
}

type oraclePolicy []oracleStatement

func oracle(text string) oraclePolicy {
	var doc struct{ Statement []oracleStatement }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		panic(err)
	}
	return doc.Statement
}

// concrete is one request to one member.
type concrete struct {
	action, arn, account, service string
	context                       map[string][]string
}

// level is 0 when the request gets nothing, 1 when it is left to the account's
// IAM, 2 when the key policy lets it through.
func (p oraclePolicy) level(r concrete) int {
	best := 0
	for _, s := range p {
		how := s.names(r)
		if how == 0 || !slices.ContainsFunc(s.Action, func(a string) bool { return glob(strings.ToLower(a), "kms:"+strings.ToLower(r.action)) }) || !s.holds(r.context) {
			continue
		}
		if s.Effect == "Deny" {
			return 0
		}
		best = max(best, how)
	}
	return best
}

func (s oracleStatement) names(r concrete) int {
	how := 0
	for _, name := range s.Principal["AWS"] {
		switch {
		case name == "*", name == r.arn:
			how = 2
		case r.account != "" && strings.HasSuffix(name, "::"+r.account+":root"):
			how = max(how, 1)
		}
	}
	if r.service != "" && slices.Contains(s.Principal["Service"], r.service) {
		how = 2
	}
	return how
}

func (s oracleStatement) holds(context map[string][]string) bool {
	for op, keys := range s.Condition {
		for key, values := range keys {
			if !oracleHolds(op, context[strings.ToLower(key)], values) {
				return false
			}
		}
	}
	return true
}

// oracleHolds knows the operators that the tests draw. A nil list is a key that
// the request does not have.
func oracleHolds(op string, got, values []string) bool {
	one := func(g string) bool {
		return slices.ContainsFunc(values, func(v string) bool {
			switch {
			case strings.Contains(op, "IpAddress"):
				return netip.MustParsePrefix(v).Contains(netip.MustParseAddr(g))
			case strings.Contains(op, "NumericLessThan"):
				a, _ := strconv.Atoi(g)
				b, _ := strconv.Atoi(v)
				return a < b
			case strings.Contains(op, "Like"):
				return glob(v, g)
			}
			return g == v
		})
	}
	switch {
	case op == "Null":
		return (got == nil) == (values[0] == "true")
	case strings.HasPrefix(op, "ForAllValues:"):
		return !slices.ContainsFunc(got, func(g string) bool { return !one(g) })
	case strings.HasPrefix(op, "ForAnyValue:"):
		return slices.ContainsFunc(got, one)
	case strings.Contains(op, "Not"):
		return got == nil || !one(got[0])
	case got == nil:
		return strings.HasSuffix(op, "IfExists")
	}
	return one(got[0])
}

// glob tries every way to spread a text over a pattern with stars.
func glob(pattern, text string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for i := len(head); i <= len(text); i++ {
		if glob(tail, text[i:]) {
			return true
		}
	}
	return false
}

// situation is a request in words that both members share.
type situation struct {
	action, who string
	context     map[string][]string
}

// aboutGrants are the actions whose requests can have kms:GrantIsForAWSResource
// (KMS developer guide, "Condition keys for KMS").
var aboutGrants = []string{"CreateGrant", "ListGrants", "RevokeGrant"}

// requests are situations in which the drawn conditions hold and fail, in
// every combination of those that the policies name. Their actions are at least
// one of each kind that drawn policies tell apart, by its name or by the
// condition keys that its requests can have.
func requests(policies string) []situation {
	type option = map[string][]string
	options := [][]option{
		{{"aws:securetransport": {"true"}}, {}},
		{{}, {"kms:viaservice": {"s3.REGION.amazonaws.com"}}, {"kms:viaservice": {"s3.ap-south-1.amazonaws.com"}}, {"kms:viaservice": {"rds.REGION.amazonaws.com"}}},
		{{}, {"aws:principaltag/team": {"pay"}}, {"aws:principaltag/team": {"loans"}}, {"aws:principaltag/team": {"pat"}}, {"aws:principaltag/team": {"my"}}, {"aws:principaltag/team": {"it"}}},
		{{"aws:sourceip": {"10.2.0.1"}}, {"aws:sourceip": {"10.1.0.1"}}, {"aws:sourceip": {"192.168.0.1"}}, {}},
		{{}, {"aws:multifactorauthage": {"60"}}, {"aws:multifactorauthage": {"900"}}},
		{{}, {"kms:encryptioncontextkeys": {"app"}}, {"kms:encryptioncontextkeys": {"env"}}, {"kms:encryptioncontextkeys": {"app", "x"}}, {"kms:encryptioncontextkeys": {"x"}}},
	}
	contexts := []map[string][]string{{}}
	policies = strings.ToLower(policies)
	for _, some := range options {
		if !slices.ContainsFunc(some, func(o option) bool {
			return slices.ContainsFunc(slices.Collect(maps.Keys(o)), func(k string) bool { return strings.Contains(policies, k) })
		}) {
			continue
		}
		var next []map[string][]string
		for _, c := range contexts {
			for _, o := range some {
				both := map[string][]string{}
				for _, m := range []map[string][]string{c, o} {
					for k, v := range m {
						both[k] = v
					}
				}
				next = append(next, both)
			}
		}
		contexts = next
	}
	var all []situation
	for _, action := range append([]string{"Decrypt", "Encrypt", "PutKeyPolicy", "GenerateDataKey", "ReEncryptTo", "TagResource"}, aboutGrants...) {
		for _, who := range []string{"app", "job", "unnamed", "guest", "application", "foreigner", "application abroad", "stranger", "appstranger", "logs"} {
			for _, c := range contexts {
				all = append(all, situation{action, who, c})
			}
			if slices.Contains(aboutGrants, action) && strings.Contains(policies, "kms:grantisforawsresource") {
				for _, c := range contexts {
					with := map[string][]string{"kms:grantisforawsresource": {"true"}}
					for k, v := range c {
						with[k] = v
					}
					all = append(all, situation{action, who, with})
				}
			}
		}
	}
	return all
}

// in is the situation as a request to the member of a Region.
func (s situation) in(region string) concrete {
	r := concrete{action: s.action, context: map[string][]string{"aws:requestedregion": {region}}}
	for k, v := range s.context {
		r.context[k] = []string{}
		for _, x := range v {
			r.context[k] = append(r.context[k], strings.ReplaceAll(x, "REGION", region))
		}
	}
	switch s.who {
	case "app":
		r.arn = "arn:aws:iam::111122223333:role/app"
	case "job":
		r.arn = "arn:aws:iam::111122223333:role/job-" + region
	case "unnamed":
		r.arn = "arn:aws:iam::111122223333:user/somebody"
	case "application":
		r.arn = "arn:aws:iam::111122223333:role/application"
	case "guest":
		r.arn = "arn:aws:iam::999999999999:role/guest"
	case "foreigner":
		r.arn = "arn:aws:iam::999999999999:user/else"
	case "application abroad":
		r.arn = "arn:aws:iam::999999999999:role/application"
	case "stranger":
		r.arn = "arn:aws:iam::777777777777:user/else"
	case "appstranger":
		r.arn = "arn:aws:iam::777777777777:role/app"
	case "logs":
		r.service = "logs." + region + ".amazonaws.com"
		return r
	}
	r.account = r.arn[13:25]
	r.context["kms:calleraccount"], r.context["aws:principalarn"] = []string{r.account}, []string{r.arn}
	return r
}

// class is the name of the class that a situation's principal belongs to when
// a policy names whom the drawn ones can name.
func (s situation) class() string {
	return map[string]string{"app": "arn:aws:iam::111122223333:role/app", "guest": "arn:aws:iam::999999999999:role/guest"}[s.who]
}
