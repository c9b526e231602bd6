package drill_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// answers are what people said.
type answers []drill.Approval

func (a answers) Ask(context.Context, drill.Question) ([]drill.Approval, error) { return a, nil }

func yes(names ...string) (list answers) {
	for _, n := range names {
		list = append(list, drill.Approval{By: n, Yes: true})
	}
	return list
}

const approvedBook = `runbook: v1
name: approved
about: A step that people of a role must agree to, told apart by their names.
regions: [us-east-1, eu-west-1]
keys:
  k: { alias: alias/k, primary: us-east-1, replicas: [eu-west-1], make: if-missing }
safety: { run-on: [sim, aws], accounts: ["111122223333"], longest: 1h }
people:
  custodian: { are: [ann, ben] }
  lead:      { are: cleo }
steps:
  - { id: off, do: key.disable, in: eu-west-1, with: { key: k }, approve: { count: COUNT, by: [custodian, dan] }, undo: { do: key.enable, in: eu-west-1 } }
  - { id: on, do: key.enable, in: eu-west-1, with: { key: k }, undo: { do: nothing, why: it was on } }
checks: [left-as-found]
`

func TestOnlyThePeopleOfARoleApprove(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		count, origin string
		answers       answers
		passes        bool
		why           string
	}{
		"one of them":               {"1", "sim", yes("ann"), true, ""},
		"by name, without a role":   {"1", "sim", yes("dan"), true, ""},
		"another role":              {"1", "sim", yes("cleo"), false, "cleo may not approve off; ann, ben and dan may"},
		"two of them":               {"2", "sim", yes("ann", "ben"), true, ""},
		"one of them twice":         {"2", "sim", yes("ann", "ann"), false, "1 of 2 people agreed"},
		"one of them and another":   {"2", "sim", yes("ann", "mallory"), false, "1 of 2 people agreed; mallory may not approve"},
		"nobody":                    {"1", "sim", nil, false, "0 of 1 people agreed"},
		"a refusal":                 {"1", "sim", answers{{By: "ben", Remark: "not today"}}, false, "ben refused: not today"},
		"a refusal after agreement": {"2", "sim", answers{{By: "ann", Yes: true}, {By: "ben", Remark: "no"}}, false, "ben refused: no"},
		"whoever started it":        {"1", "sim", yes("ann"), true, ""},
		"the same on AWS":           {"1", "aws", yes("ann"), false, "ann started the drill and is the only one who agreed"},
		"with another, on AWS":      {"2", "aws", yes("ann", "ben"), true, ""},
		"another alone, on AWS":     {"1", "aws", yes("ben"), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLasting(t, sim.Options{Seed: 1})
			dir := quickDir(t) + "/run"
			o := l.options(t, parse(t, strings.Replace(approvedBook, "COUNT", c.count, 1)), dir)
			o.Approve, o.By, o.Cloud.Origin.Kind = c.answers, "ann", c.origin
			res, err := drill.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if c.passes != (res.Verdict == journal.Pass) {
				t.Errorf("%+v", res)
			}
			if refused := l.done["DisableKey"] == 0; refused == c.passes {
				t.Errorf("the key was disabled %d times", l.done["DisableKey"])
			}
			text := string(read(t, dir, drill.JournalFile))
			if !strings.Contains(text, c.why) || !c.passes && !strings.Contains(text, `"outcome":"refused"`) {
				t.Errorf("the journal does not say that %q", c.why)
			}
		})
	}
}

func TestOnAWSARoleMustBeSomebodys(t *testing.T) {
	t.Parallel()
	l := newLasting(t, sim.Options{Seed: 1})
	text := strings.Replace(approvedBook, "COUNT", "1", 1)
	people := text[strings.Index(text, "people:"):strings.Index(text, "steps:")]
	o := l.options(t, parse(t, strings.Replace(text, people, "", 1)), quickDir(t)+"/run")
	o.Approve, o.Cloud.Origin.Kind = yes("anybody"), "aws"
	if res, err := drill.Run(t.Context(), o); err == nil || res.Exit != 6 || !strings.Contains(err.Error(), "does not say who that is") {
		t.Errorf("%+v, %v", res, err)
	}
	o.Cloud.Origin.Kind = "sim"
	if res, err := drill.Run(t.Context(), o); err != nil || res.Exit != 0 {
		t.Errorf("in a simulated world: %+v, %v", res, err)
	}
}
