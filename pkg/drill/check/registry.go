package check

import (
	"fmt"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Check is one claim about a run and how it is held against the run.
type Check struct {
	// Name is what runbooks call it.
	Name string
	// Claim is what it holds to be true, in one sentence.
	Claim string
	// Sabotage is what a run can be given that makes the check fail: a way in
	// which the simulated world, or the drill itself, can be broken on purpose.
	Sabotage string

	judge func(r *Run, with runbook.CheckWith) answer
}

// answer is a verdict in the making.
type answer struct {
	verdict  journal.Verdict
	detail   string
	evidence []string
}

// mostEvidence is how many lines of evidence a check lists.
const mostEvidence = 8

func pass(format string, args ...any) answer {
	return answer{verdict: journal.Pass, detail: fmt.Sprintf(format, args...)}
}

func fail(evidence []string, format string, args ...any) answer {
	return answer{journal.Fail, fmt.Sprintf(format, args...), evidence}
}

func unknown(format string, args ...any) answer {
	return answer{verdict: journal.Unknown, detail: fmt.Sprintf(format, args...)}
}

// All returns every check that a runbook can name, in the order of the
// runbook's own table.
func All() []Check {
	type row = struct {
		sabotage string
		judge    func(*Run, runbook.CheckWith) answer
	}
	rows := map[string]row{
		"every-ciphertext-decrypts-everywhere":        {"material-missing", everyCiphertext},
		"no-plaintext-lost":                           {"rotation-forgets-old-material", noPlaintextLost},
		"one-primary-at-a-time":                       {"two-primaries", onePrimary},
		"material-agrees":                             {"material-differs", materialAgrees},
		"new-material-only-when-everywhere":           {"new-material-early", newMaterial},
		"no-call-crosses-regions":                     {"cross-region-reader", noCrossing},
		"crypto-never-paused":                         {"crypto-pauses", neverPaused},
		"policies-and-aliases-untouched-by-promotion": {"promotion-resets-policy", untouched},
		"aliases-agree":                               {"leave-alias", aliasesAgree},
		"policies-agree":                              {"leave-policy", policiesAgree},
		"grants-agree":                                {"leave-grant", grantsAgree},
		"audit-trail-complete":                        {"trail-loses-records", trailComplete},
		"left-as-found":                               {"leftover-replica", leftAsFound},
		"spend-within-budget":                         {"promote-twice", spendWithin},
	}
	var all []Check
	for _, claim := range runbook.Claims() {
		if r, ok := rows[claim.Name]; ok {
			all = append(all, Check{claim.Name, claim.Says, r.sabotage, r.judge})
		}
	}
	return all
}

// Judge makes one check of a run. An unknown name is answered unknown.
func Judge(r *Run, name string, with runbook.CheckWith) journal.Check {
	all := All()
	i := slices.IndexFunc(all, func(c Check) bool { return c.Name == name })
	if i < 0 {
		return journal.Check{Name: name, Verdict: journal.Unknown, Detail: "this build has no such check"}
	}
	a := all[i].judge(r, with)
	if n := len(a.evidence); n > mostEvidence {
		a.evidence = append(slices.Clip(a.evidence[:mostEvidence]), fmt.Sprintf("and %d more", n-mostEvidence))
	}
	return journal.Check{Name: name, Claim: all[i].Claim, Verdict: a.verdict, Detail: a.detail, Evidence: a.evidence}
}

// Evaluate makes every check that the runbook asks for, in its order.
func Evaluate(r *Run) []journal.Check {
	var list []journal.Check
	for _, c := range r.Book.Checks {
		list = append(list, Judge(r, c.Name, c.With))
	}
	return list
}

// within says whether a check narrowed by with looks at a Region.
func within(with runbook.CheckWith, region string) bool {
	return (len(with.In) == 0 || slices.Contains(with.In, region)) && !slices.Contains(with.Except, region)
}

// count writes a number with its noun: 1 call, 2 calls.
func count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
