package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// fixed is the JSON of what --fix answers.
type fixed struct {
	Plan mrk.Plan          `json:"plan"`
	Left []compare.Finding `json:"left"` // what the plan does not mend
}

// runFix shows the plan that makes the members of a key agree. It changes
// nothing: the plan is applied like any other.
func runFix(ctx context.Context, app *App, x *comparing) error {
	return app.withTarget(ctx, func(t *target.Target) error {
		world, err := app.announce(ctx, t)
		if err != nil {
			return err
		}
		var set mrk.KeySet
		var fix compare.Fix
		var plan mrk.Plan
		t.Run(func() {
			c := cloudOf(t)
			if set, err = mrk.Read(ctx, c, x.Keys[0], mrk.EveryPart()...); err != nil {
				return
			}
			mrk.Strays(ctx, c, &set)
			source := x.Against
			if source == "" {
				source = set.Primary
			}
			if fix, err = compare.Converge(set, source, x.now, x.settings); err != nil {
				return
			}
			plan, err = mrk.PlanConverge(ctx, c, set, fix.Want)
		})
		if err != nil {
			return err
		}
		plan.World, plan.Again = world, app.again()
		x.add(set)
		left := accepted(x.results[0], fix.Left)
		doc := fixDocument(plan, left, x.PlanOut)
		code := exitOK
		drift, unknown := x.results[0].Fails(compare.Severity(x.FailOn))
		switch {
		case drift:
			code = exitDrift
		case unknown:
			code = exitUnknown
		}
		if x.PlanOut != "" && !plan.Empty() {
			if err := writePlan(x.PlanOut, plan); err != nil {
				return err
			}
		}
		return errors.Join(x.err, app.Show(doc), verdict(code))
	})
}

// accepted leaves out what somebody accepts.
func accepted(r compare.Result, left []compare.Finding) []compare.Finding {
	out := []compare.Finding{}
	for _, f := range left {
		suppressed := false
		for _, known := range r.Findings {
			suppressed = suppressed || known.Fingerprint == f.Fingerprint && known.Suppressed != ""
		}
		if !suppressed && f.Severity != compare.Info {
			out = append(out, f)
		}
	}
	return out
}

// fixDocument shows the plan, which file it is in if any, and what it leaves.
func fixDocument(p mrk.Plan, left []compare.Finding, file string) report.Document {
	doc := report.Document{Kind: "compare-fix", Title: p.Title, Data: fixed{p, left}, Columns: report.Columns(">STEP", "DO", "IN", "~WHAT")}
	for i, s := range p.Steps {
		doc.Rows = append(doc.Rows, []string{fmt.Sprint(i + 1), string(s.Do), s.Where(), s.Say})
	}
	switch {
	case p.Empty():
		doc.Title, doc.Columns = p.Title+": there is nothing to do", nil
	case file != "":
		doc.Notes = append(doc.Notes, fmt.Sprintf("nothing was changed; mrkctl apply %s makes exactly this", file))
	default:
		doc.Notes = append(doc.Notes, "nothing was changed; with --plan-out FILE the plan is kept, and mrkctl apply FILE makes it")
	}
	if len(left) > 0 {
		t := report.Table{Title: "what this leaves", Columns: report.Columns("SEVERITY", "RULE", "REGION", "~WHAT", "~WHAT TO DO")}
		for _, f := range left {
			rule, _ := compare.RuleOf(f.Rule)
			t.Rows = append(t.Rows, []string{string(f.Severity), f.Rule, f.Region, f.What, strings.ReplaceAll(strings.ReplaceAll(rule.Fix, "KEY", p.Key), "REGION", f.Region)})
		}
		doc.More = append(doc.More, t)
	}
	for _, note := range p.Notes {
		doc.Notes = append(doc.Notes, "note: "+note)
	}
	return doc
}
