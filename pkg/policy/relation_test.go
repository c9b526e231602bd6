package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// judge reads two policies in short, the first of a member in us-east-1 and the
// second of one in eu-west-1.
func judge(t testing.TB, first, second string) *policy.Judgement {
	t.Helper()
	return policy.Judge([]policy.Subject{subject(t, "us-east-1", document(first)), subject(t, "eu-west-1", document(second))}, policy.Names{})
}

func subject(t testing.TB, region, text string) policy.Subject {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return policy.Subject{Region: region, Account: "111122223333", Document: d}
}

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
			j := judge(t, lines[1], lines[2])
			got, diff := j.Relate(0, 1, policy.Actions())
			if string(got) != lines[3] {
				t.Errorf("got %q, want %q: %v", got, lines[3], diff)
			}
			if back, _ := j.Relate(1, 0, policy.Actions()); back != mirror(got) {
				t.Errorf("seen from the other side it is %q, and %q from this one", back, got)
			}
		})
	}
	if n < 40 {
		t.Errorf("%d pairs, want 40 at least", n)
	}
}

// mirror is a relation seen from the other side.
func mirror(r policy.Relation) policy.Relation {
	switch r {
	case policy.Less:
		return policy.More
	case policy.More:
		return policy.Less
	default:
		return r
	}
}

// document reads statements in short: Effect|principals|actions|conditions;…
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
