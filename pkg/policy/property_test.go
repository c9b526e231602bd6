package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// What a drawn policy can say. Regions and the roles named after them are those
// of the first member; [renamed] makes the second's of them.
var (
	drawnPrincipals = []string{
		"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/job-us-east-1",
		"arn:aws:iam::999999999999:root", "arn:aws:iam::999999999999:role/guest", "*", "logs.us-east-1.amazonaws.com",
	}
	drawnActions    = []string{"kms:Decrypt", "kms:Encrypt", "kms:*", "kms:Generate*", "kms:ReEncrypt*", "kms:CreateGrant", "kms:PutKeyPolicy"}
	drawnConditions = []string{
		"", "", "", "Bool aws:SecureTransport true", "StringEquals kms:ViaService s3.us-east-1.amazonaws.com", "StringLike kms:ViaService s3.*.amazonaws.com",
		"StringNotEquals kms:ViaService s3.us-east-1.amazonaws.com", "StringEquals aws:PrincipalTag/team pay", "StringLike aws:PrincipalTag/team p*",
		"StringNotLike aws:PrincipalTag/team *y", "StringEqualsIfExists aws:PrincipalTag/team pay,loans", "IpAddress aws:SourceIp 10.0.0.0/8",
		"NotIpAddress aws:SourceIp 10.1.0.0/16", "NumericLessThan aws:MultiFactorAuthAge 300", "Null aws:MultiFactorAuthAge true",
		"StringEquals kms:CallerAccount 111122223333", "ArnLike aws:PrincipalArn arn:aws:iam::*:role/app*", "ForAnyValue:StringEquals kms:EncryptionContextKeys app",
		"ForAllValues:StringEquals kms:EncryptionContextKeys app,env", "StringEquals aws:RequestedRegion us-east-1", "Bool kms:GrantIsForAWSResource true",
	}
)

func drawStatement(t *rapid.T) string {
	return strings.Join([]string{
		rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
		rapid.SampledFrom(drawnPrincipals).Draw(t, "principal"),
		strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(drawnActions), 1, 3, rapid.ID).Draw(t, "actions"), ","),
		rapid.SampledFrom(drawnConditions).Draw(t, "condition"),
	}, "|")
}

func drawPolicy(t *rapid.T, name string) string {
	return strings.Join(rapid.SliceOfN(rapid.Custom(drawStatement), 1, 4).Draw(t, name), ";")
}

// renamed is a policy of the first member as the second should have it.
func renamed(short string) string { return strings.ReplaceAll(short, "us-east-1", "eu-west-1") }

func relate(t testing.TB, first, second string) (policy.Relation, []policy.Difference) {
	return judge(t, first, second).Relate(0, 1, policy.Actions())
}

func TestRenamingTheRegionChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPolicy(rt, "policy")
		if got, diff := relate(t, p, renamed(p)); got != policy.Equivalent {
			rt.Fatalf("%s: %s, %v", p, got, diff)
		}
	})
}

// Order, splitting, merging and duplication of statements change nothing.
func TestLayoutChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawStatement), 1, 5).Draw(rt, "statements")
		var other []string
		for _, s := range rapid.Permutation(list).Draw(rt, "order") {
			part := strings.Split(s, "|")
			actions := strings.Split(part[2], ",")
			if len(actions) > 1 && rapid.Bool().Draw(rt, "split") {
				for _, a := range actions {
					other = append(other, strings.Join([]string{part[0], part[1], a, part[3]}, "|"))
				}
				continue
			}
			other = append(other, s)
			if rapid.Bool().Draw(rt, "duplicate") {
				other = append(other, s)
			}
		}
		a, b := strings.Join(list, ";"), renamed(strings.Join(other, ";"))
		if got, diff := relate(t, a, b); got != policy.Equivalent {
			rt.Fatalf("%s and %s: %s, %v", a, b, got, diff)
		}
		if got, diff := relate(t, strings.Join(other, ";"), renamed(a)); got != policy.Equivalent {
			rt.Fatalf("merged, %s and %s: %s, %v", b, a, got, diff)
		}
	})
}

// Neither a list of one instead of a value nor the case of actions and
// condition keys changes anything, nor does a Sid.
func TestSpellingChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		short := drawPolicy(rt, "policy")
		text := document(short)
		var raw map[string]any
		if err := json.Unmarshal([]byte(document(renamed(short))), &raw); err != nil {
			rt.Fatal(err)
		}
		respelled, err := json.Marshal(respell(rt, raw))
		if err != nil {
			rt.Fatal(err)
		}
		j := policy.Judge([]policy.Subject{subject(t, "us-east-1", text), subject(t, "eu-west-1", string(respelled))}, policy.Names{})
		if got, diff := j.Relate(0, 1, policy.Actions()); got != policy.Equivalent {
			rt.Fatalf("%s and %s: %s, %v", text, respelled, got, diff)
		}
	})
}

// respell writes a policy otherwise: lists of one as values, other letters where
// case does not count.
func respell(t *rapid.T, doc map[string]any) map[string]any {
	scalar := func(v any) any {
		if list, ok := v.([]any); ok && len(list) == 1 && rapid.Bool().Draw(t, "scalar") {
			return list[0]
		}
		return v
	}
	for i, s := range doc["Statement"].([]any) {
		s := s.(map[string]any)
		s["Sid"] = fmt.Sprint("S", i)
		actions := s["Action"].([]any)
		for k, a := range actions {
			if rapid.Bool().Draw(t, "upper") {
				actions[k] = strings.ToUpper(a.(string))
			}
		}
		s["Action"] = scalar(actions)
		for kind, names := range s["Principal"].(map[string]any) {
			s["Principal"].(map[string]any)[kind] = scalar(names)
		}
		if conditions, ok := s["Condition"].(map[string]any); ok {
			for op, keys := range conditions {
				other := map[string]any{}
				for key, values := range keys.(map[string]any) {
					other[strings.ToUpper(key)] = scalar(values)
				}
				conditions[op] = other
			}
		}
	}
	if list := doc["Statement"].([]any); len(list) == 1 {
		doc["Statement"] = list[0]
	}
	return doc
}

func TestTheOtherSideSeesTheMirror(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawPolicy(rt, "first"), renamed(drawPolicy(rt, "second"))
		j := judge(t, a, b)
		got, _ := j.Relate(0, 1, policy.Actions())
		if back, _ := j.Relate(1, 0, policy.Actions()); back != mirror(got) {
			rt.Fatalf("%s and %s: %s, and back %s", a, b, got, back)
		}
	})
}

// Another allow never takes away, another deny never gives.
func TestAnAllowGivesAndADenyTakes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p, more := drawPolicy(rt, "policy"), drawStatement(rt)
		got, diff := relate(t, p+";"+more, renamed(p))
		never := policy.Less
		if strings.HasPrefix(more, "Deny") {
			never = policy.More
		}
		if got == never || got == policy.Incomparable || got == policy.Unclear {
			rt.Fatalf("%s and besides %s: %s, %v", p, more, got, diff)
		}
	})
}

// Whatever the judge says of two policies, no concrete request contradicts it,
// by an evaluator that shares nothing with the judge; and whenever it says that
// they differ, for the principals and actions it names, some request shows it.
func TestTheRelationAgreesWithConcreteRequests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		x, y := drawPolicy(rt, "first"), renamed(drawPolicy(rt, "second"))
		j := judge(t, x, y)
		got, diff := j.Relate(0, 1, policy.Actions())
		if got == policy.Unclear {
			rt.Fatalf("%s and %s: nothing here is beyond a decision: %v", x, y, diff)
		}
		first, second := oracle(document(x)), oracle(document(y))
		less, more := false, false
		var shown []string
		for _, r := range requests(x + y) {
			a, b := first.level(r.in("us-east-1")), second.level(r.in("eu-west-1"))
			less, more = less || a < b, more || a > b
			if a != b {
				shown = append(shown, fmt.Sprintf("%v: %d and %d", r, a, b))
			}
		}
		if less && (got == policy.Equivalent || got == policy.More) || more && (got == policy.Equivalent || got == policy.Less) {
			rt.Fatalf("%s and %s: %q, and yet %v", x, y, got, shown[:1])
		}
		if wantLess, wantMore := got == policy.Less || got == policy.Incomparable, got == policy.More || got == policy.Incomparable; wantLess && !less || wantMore && !more {
			rt.Fatalf("%s and %s: %q, and no request shows it: %v", x, y, got, diff)
		}
	})
}

// Cells tell of single policies what the requests say.
func TestCellsAgreeWithConcreteRequests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPolicy(rt, "policy")
		j := judge(t, p, p)
		o, situations := oracle(document(p)), requests(p)
		for _, class := range j.Classes() {
			for _, action := range []string{"Decrypt", "CreateGrant", "ListGrants"} {
				best, worst, tried := 0, 2, false
				for _, r := range situations {
					if r.action == action && r.class() == class.Name {
						level := o.level(r.in("us-east-1"))
						best, worst, tried = max(best, level), min(worst, level), true
					}
				}
				cell := j.Cell(0, class, action)
				if tried && (int(cell.Best) != best || int(cell.Worst) != worst) {
					rt.Fatalf("%s: %s may %s from %d to %d, the judge says %d to %d", p, class.Name, action, worst, best, cell.Worst, cell.Best)
				}
			}
		}
	})
}
