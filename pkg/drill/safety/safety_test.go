package safety

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

const text = `runbook: v1
name: guarded
about: A drill with every safety rule that there is.
regions: [us-east-1, eu-west-1]
keys:
  payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1] }
safety:
  run-on: [sim, aws]
  accounts: ["111122223333"]
  tagged: { drill: allowed, team: keys }
  windows: ["Mon-Thu 09:00-16:00 UTC"]
  never-on: [2026-12-24]
  longest: 2h
  spend: { rotations: 1, promotions: 0, dollars: 2.5 }
probes:
  reads: { do: decrypt-backlog, in: eu-west-1, rate: 100/s }
steady: { for: 1m, probes: [reads] }
steps:
  - { id: rotate, do: key.rotate, in: us-east-1 }
  - { id: look, do: watch, for: 30m, with: { probes: [reads] } }
`

func book(t *testing.T) *runbook.Runbook {
	t.Helper()
	b, err := runbook.Parse("guarded.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryRuleRefusesByItself(t *testing.T) {
	good := Situation{World: "aws", Account: "111122223333", Now: at(t, "2026-11-24 10:00")}
	if err := Check(book(t), good); err != nil {
		t.Fatalf("a good situation is refused: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*Situation, *runbook.Runbook)
		want   string
	}{
		"another world":    {func(_ *Situation, b *runbook.Runbook) { b.Safety.RunOn = []string{"sim"} }, "safety.run-on: the runbook may run on sim, not on aws"},
		"another account":  {func(s *Situation, _ *runbook.Runbook) { s.Account = "444455556666" }, "safety.accounts"},
		"no account named": {func(_ *Situation, b *runbook.Runbook) { b.Safety.Accounts = nil }, "names no AWS account"},
		"too late":         {func(s *Situation, _ *runbook.Runbook) { s.Now = at(t, "2026-11-24 16:00") }, "next at Wed 2026-11-25 09:00 UTC"},
		"a weekend":        {func(s *Situation, _ *runbook.Runbook) { s.Now = at(t, "2026-11-27 10:00") }, "next at Mon 2026-11-30 09:00 UTC"},
		"a blackout date":  {func(s *Situation, _ *runbook.Runbook) { s.Now = at(t, "2026-12-24 10:00") }, "safety.never-on: it may not run on 2026-12-24, which is today, Thu 2026-12-24 10:00 UTC"},
		"into a blackout":  {func(s *Situation, b *runbook.Runbook) { s.Now, b.Safety.Windows = at(t, "2026-12-23 23:45"), nil }, "safety.never-on: it may not run on 2026-12-24, and from now, Wed 2026-12-23 23:45 UTC, it may last 31m"},
		"no window at all": {func(s *Situation, b *runbook.Runbook) {
			s.Now, b.Safety.NeverOn = at(t, "2026-11-24 16:00"), days(at(t, "2026-11-25 00:00"), 40)
		}, "nor on any day of the next four weeks"},
		"too dear": {func(_ *Situation, b *runbook.Runbook) { limit := 1.0; b.Safety.Spend.Dollars = &limit }, "and $1.00 is allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := good, book(t)
			c.change(&s, b)
			err := Check(b, s)
			var refused RefusedErrors
			if !errors.As(err, &refused) || len(refused) != 1 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("check says %v, want one refusal with %q", err, c.want)
			}
		})
	}
}

func TestAMemberIsCheckedWhenItIsFound(t *testing.T) {
	b := book(t)
	tags := map[string]string{"drill": "allowed", "team": "keys", "cost": "1"}
	if err := CheckMember(b, Member{"payments", "us-east-1", tags, "", 24}); err != nil {
		t.Errorf("a member with its tags and one rotation left is refused: %v", err)
	}
	for want, m := range map[string]Member{
		"payments in eu-west-1 has no tag drill=allowed (it is \"no\") and no tag team=keys": {"payments", "eu-west-1", map[string]string{"drill": "no"}, "", 0},
		"the tags of payments in eu-west-1 could not be read: it is dark":                    {"payments", "eu-west-1", nil, "it is dark", 0},
		"rotated on demand 25 times and the runbook does it once more":                       {"payments", "us-east-1", tags, "", 25},
	} {
		var refused RefusedErrors
		if err := CheckMember(b, m); !errors.As(err, &refused) || len(refused) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("check says %v, want %q", err, want)
		}
	}
}

func TestASimulatedWorldNeedsNoLeave(t *testing.T) {
	s := Situation{World: "sim", Account: "000000000000", Now: at(t, "2026-12-24 23:00")}
	if err := Check(book(t), s); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func TestAllRefusalsAtOnce(t *testing.T) {
	var refused RefusedErrors
	err := Check(book(t), Situation{World: "aws", Account: "x", Now: at(t, "2026-12-24 03:00")})
	if !errors.As(err, &refused) || len(refused) != 3 || refused.ExitCode() != 6 {
		t.Errorf("check says %v", err)
	}
}

func TestAWindowThatNeverOpens(t *testing.T) {
	b := book(t)
	now := at(t, "2026-11-24 16:00")
	b.Safety.NeverOn = days(now, 40)
	if when := Opens(b.Safety, now); when.Sub(now) < 27*24*time.Hour {
		t.Errorf("it opens at %v", when)
	}
}

// days are so many days from a moment on.
func days(from time.Time, n int) (list []runbook.Date) {
	for i := range n {
		list = append(list, runbook.Date{Time: from.AddDate(0, 0, i).Truncate(24 * time.Hour)})
	}
	return list
}

func TestABudgetIsAskedBeforeEachCall(t *testing.T) {
	b := book(t).Safety.Spend
	spent := map[string]int{}
	if err := Afford(b, spent, Rotations); err != nil {
		t.Errorf("the first rotation: %v", err)
	}
	spent[Rotations]++
	var over BudgetError
	if err := Afford(b, spent, Rotations); !errors.As(err, &over) || over.Limit != 1 {
		t.Errorf("the second rotation: %v", err)
	}
	if err := Afford(b, spent, Promotions); err == nil {
		t.Error("a promotion where none is allowed")
	}
	if err := Afford(b, spent, NewKeys); err != nil {
		t.Errorf("new keys, for which there is no limit: %v", err)
	}
}
