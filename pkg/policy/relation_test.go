package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

var (
	here  = policy.Place{Region: "us-east-1", Siblings: []string{"eu-west-1"}, Account: "111122223333"}
	there = policy.Place{Region: "eu-west-1", Siblings: []string{"us-east-1"}, Account: "111122223333"}
)

// The file holds pairs of policies, the first of a member in us-east-1 and the
// second of one in eu-west-1, with the relation that is known to hold.
func TestPairsOfPoliciesWithKnownRelations(t *testing.T) {
	data, err := os.ReadFile("testdata/pairs.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for block := range strings.SplitSeq(string(data), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if len(lines) != 4 || strings.HasPrefix(lines[0], "//") {
			continue
		}
		n++
		t.Run(lines[0], func(t *testing.T) {
			a, b := matrix(t, lines[1], here), matrix(t, lines[2], there)
			if got, diff := policy.Relate(a, b); string(got) != lines[3] {
				t.Errorf("got %q, want %q: %v", got, lines[3], diff)
			}
			mirror := map[policy.Relation]policy.Relation{policy.Less: policy.More, policy.More: policy.Less}
			got, _ := policy.Relate(a, b)
			back, _ := policy.Relate(b, a)
			if want, ok := mirror[got]; ok && back != want || !ok && back != got {
				t.Errorf("seen from the other side it is %q, and %q from this one", back, got)
			}
		})
	}
	if n < 40 {
		t.Errorf("%d pairs, want 40 at least", n)
	}
}

// matrix reads statements in short: Effect|principals|actions|conditions;…
func matrix(t testing.TB, short string, at policy.Place) *policy.Matrix {
	t.Helper()
	d, err := policy.Parse(document(short))
	if err != nil {
		t.Fatalf("%s: %v", short, err)
	}
	return d.Matrix(at)
}

func document(short string) string {
	var statements []string
	for s := range strings.SplitSeq(short, ";") {
		f := append(strings.Split(strings.TrimSpace(s), "|"), "", "", "")
		effect, principal := strings.TrimSpace(f[0]), "Principal"
		if name, ok := strings.CutSuffix(effect, "Not"); ok {
			effect, principal = name, "NotPrincipal"
		}
		kind := "AWS"
		if strings.Contains(f[1], ".amazonaws.com") {
			kind = "Service"
		}
		text := fmt.Sprintf(`{"Effect":%q,%q:{%q:[%s]},"Action":[%s],"Resource":"*"`, effect, principal, kind, quoted(f[1]), quoted(f[2]))
		if f[3] != "" {
			var conditions []string
			for c := range strings.SplitSeq(f[3], "&") {
				part := strings.SplitN(strings.TrimSpace(c), " ", 3)
				conditions = append(conditions, fmt.Sprintf(`%q:{%q:[%s]}`, part[0], part[1], quoted(part[2])))
			}
			text += `,"Condition":{` + strings.Join(conditions, ",") + `}`
		}
		statements = append(statements, text+"}")
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func quoted(list string) string {
	var out []string
	for s := range strings.SplitSeq(list, ",") {
		out = append(out, fmt.Sprintf("%q", strings.TrimSpace(s)))
	}
	return strings.Join(out, ",")
}

func drawStatement(t *rapid.T) string {
	return strings.Join([]string{
		rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
		rapid.SampledFrom([]string{"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/app", "*"}).Draw(t, "principal"),
		rapid.SampledFrom([]string{"kms:Decrypt", "kms:Encrypt", "kms:*", "kms:Generate*"}).Draw(t, "action"),
		rapid.SampledFrom([]string{"", "", "Bool aws:SecureTransport true"}).Draw(t, "condition"),
	}, "|")
}

// Order, duplication and splitting of statements change nothing.
func TestTheMatrixDoesNotSeeSpelling(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawStatement), 1, 5).Draw(rt, "statements")
		other := append(rapid.Permutation(list).Draw(rt, "order"), list[0])
		a, b := matrix(t, strings.Join(list, ";"), here), matrix(t, strings.Join(other, ";"), there)
		if got, diff := policy.Relate(a, b); got != policy.Equivalent {
			rt.Errorf("%v and %v: %s, %v", list, other, got, diff)
		}
	})
}

// Whatever the relation says, no concrete request contradicts it.
func TestTheRelationAgreesWithConcreteRequests(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := strings.Join(rapid.SliceOfN(rapid.Custom(drawStatement), 1, 4).Draw(rt, "first"), ";")
		y := strings.Join(rapid.SliceOfN(rapid.Custom(drawStatement), 1, 4).Draw(rt, "second"), ";")
		got, _ := policy.Relate(matrix(t, x, here), matrix(t, y, here))
		a, _ := policy.Parse(document(x))
		b, _ := policy.Parse(document(y))
		for _, action := range policy.Actions() {
			for _, secure := range []string{"true", "false"} {
				for _, arn := range []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::999999999999:role/x"} {
					r := &policy.Request{Action: "kms:" + action, Resource: "arn:aws:kms:us-east-1:111122223333:key/k", Caller: policy.Caller{ARN: arn, Account: arn[13:25]}, Values: func(key string) ([]string, bool) {
						return []string{secure}, key == "aws:securetransport"
					}}
					in, out := grants(a.OfResource(r)), grants(b.OfResource(r))
					if in && !out && (got == policy.Less || got == policy.Equivalent) || out && !in && (got == policy.More || got == policy.Equivalent) {
						rt.Fatalf("%s to %s is %q, and yet %s by %s over TLS %s: %v and %v", x, y, got, action, arn, secure, in, out)
					}
				}
			}
		}
	})
}

func grants(d policy.Decision) bool { return d == policy.Allowed || d == policy.Delegated }
