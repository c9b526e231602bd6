package runbook

import (
	"strings"
	"testing"
	"time"
)

const small = `runbook: v1
name: small
about: A small runbook that a test can read in one glance.
vars:
  home: us-east-1
  pause: 1m30s
regions: [$home, eu-west-1]
keys:
  payments: { alias: alias/payments, primary: $home, replicas: [eu-west-1] }
safety: { spend: { rotations: 0 } }
steps:
  - id: look
    say: We look at $home.
    do: watch
    in: $home
    for: $pause
report: { to: drills/$run }
`

func TestVarsAreReplacedBeforeAnythingIsInterpreted(t *testing.T) {
	rb, err := Parse("small.yaml", []byte(small), map[string]string{"pause": "2m"})
	if err != nil {
		t.Fatal(err)
	}
	s := rb.Steps[0]
	if s.For != 2*time.Minute || s.Say != "We look at us-east-1." || s.In[0] != "us-east-1" || rb.Regions[0] != "us-east-1" {
		t.Errorf("step is %+v, regions are %v", s, rb.Regions)
	}
	if rb.Report.To != "drills/$run" {
		t.Errorf("report goes to %s, want $run left for the run", rb.Report.To)
	}
	if n := rb.Safety.Spend.Rotations; n == nil || *n != 0 {
		t.Errorf("rotations allowed: %v, want 0", n)
	}
	if rb.Safety.Spend.Promotions != nil {
		t.Errorf("a budget that is not there is a limit")
	}
	if rb.Safety.Undo != "on-failure" || rb.Safety.RunOn[0] != "sim" || rb.Safety.Longest != 24*time.Hour {
		t.Errorf("safety without the file's word is %+v", rb.Safety)
	}
}

func TestEveryMistakeIsReportedAtOnce(t *testing.T) {
	src := strings.NewReplacer("do: watch", "do: wach", "in: $home\n", "in: $hme\n").Replace(small)
	_, err := Parse("small.yaml", []byte(src), map[string]string{"puase": "2m"})
	if err == nil {
		t.Fatal("accepted")
	}
	t.Log(err)
	for _, want := range []string{
		`small.yaml:4:1: --set puase`, `did you mean "pause"?`,
		`small.yaml:14:9: unknown verb "wach"`, "          ^", `did you mean "watch"?`,
		`small.yaml:15:9: unknown name $hme`, `did you mean "$home"?`, "3 mistakes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q", want)
		}
	}
}

func TestANameIsAsLongAsItCanBe(t *testing.T) {
	src := strings.NewReplacer("home: us-east-1", "home: us-east-1\n  home-town: eu-west-1", "We look at $home.", "$home-town, $home-land, $$home, $run-x", "to: drills/$run", "to: a/$run-b/$account").Replace(small)
	rb, err := Parse("small.yaml", []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "eu-west-1, us-east-1-land, $home, $run-x"; rb.Steps[0].Say != want {
		t.Errorf("it says %q, want %q", rb.Steps[0].Say, want)
	}
	if to := Late(rb.Report.To, map[string]string{"run": "r1", "account": "1"}); to != "a/r1-b/1" {
		t.Errorf("the report goes to %s", to)
	}
}

func TestABadValueOfSetIsBlamedOnSet(t *testing.T) {
	_, err := Parse("small.yaml", []byte(small), map[string]string{"home": "Virginia"})
	if err == nil || !strings.Contains(err.Error(), `"Virginia" is not a Region, which is $home of --set`) {
		t.Errorf("the error is %v", err)
	}
}
