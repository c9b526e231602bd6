package cmd

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// CompareOptions are the options of "compare".
type CompareOptions struct {
	judging
	Keys          []string
	All           bool
	Usage         bool
	From          string
	Snapshot      string
	Baseline      string
	WriteBaseline string
	Reason        string
	SARIF         string
	FailOn        string
	Matrix        bool
	ShowInfo      bool
	Fix           bool
	Against       string
	Suggest       bool
	PlanOut       string
}

func newCompareCmd(app *App) *cobra.Command {
	var o CompareOptions
	c := &cobra.Command{
		Use:   "compare KEY…",
		Short: "Show what differs between the members of key sets, and whether it matters",
		Long: `Compare the members of key sets: their state, what they share, and what is each
member's own. Policies are compared by the access that results, with a member's
own Region read as the same word everywhere; layout, order and spelling don't
count. Every finding has a stable id that "mrkctl explain" knows.

What differs on purpose is written down in a file for --rules: names that stand
for each other in each Region, accounts to trust, Regions to stay in, tags that
may differ, and findings that are accepted with a reason and a date.

With --fix it shows the plan that makes the members follow the primary (or the
member in --against), and what no plan can mend. Nothing is changed: write the plan
with --plan-out and make it with "mrkctl apply".

The exit code is 0 when nothing at or above --fail-on was found, 3 when something
was, and 4 when nothing worse was found but not everything could be read or decided.`,
		Example: `  mrkctl compare alias/payments
  mrkctl compare alias/payments --rules mrk.yaml --matrix
  mrkctl compare alias/payments --fix --plan-out plan.json && mrkctl apply plan.json
  mrkctl compare --all --fail-on critical -o ndjson
  mrkctl compare alias/payments --snapshot snapshots && mrkctl compare --from snapshots
  mrkctl compare --all --baseline accepted.json -o sarif > findings.sarif`,
		Annotations:       map[string]string{withFindings: "yes"},
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: app.completeKeysAt(-1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Keys = args
			return runCompare(c.Context(), app, o)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&o.All, "all", false, "compare every multi-Region key of the target")
	flags.BoolVar(&o.Usage, "usage", false, "with --all, ask when each member was last used: KMS tells five a second")
	flags.StringVar(&o.From, "from", "", "compare the snapshots in this folder; no call is made")
	flags.StringVar(&o.Snapshot, "snapshot", "", "keep what was read in this folder, a file for each key set and each policy")
	flags.StringVar(&o.Baseline, "baseline", "", "file of accepted findings, each with a reason and a date")
	flags.StringVar(&o.WriteBaseline, "write-baseline", "", "accept everything that was found, into this file, for 90 days")
	flags.StringVar(&o.Reason, "reason", "", "why, for --write-baseline")
	flags.StringVar(&o.SARIF, "sarif", "", "write the findings to this file as SARIF as well, for code scanning")
	flags.StringVar(&o.FailOn, "fail-on", "medium", "least severity that counts as drift: critical, high, medium, low or info")
	flags.BoolVar(&o.Matrix, "matrix", false, "show who may do what, with every action")
	flags.BoolVar(&o.ShowInfo, "show-info", false, "show what is of no consequence, too")
	flags.BoolVar(&o.Fix, "fix", false, "show the plan that makes the members of one key agree")
	flags.StringVar(&o.Against, "against", "", "Region of the member that --fix makes the others follow (default: the primary's)")
	flags.StringVar(&o.PlanOut, "plan-out", "", "write the plan of --fix into this file, for \"mrkctl apply\"")
	flags.BoolVar(&o.Suggest, "suggest-rules", false, "print the names that were taken to stand for each other, as a file for --rules")
	o.bind(c)
	complete(c, "fail-on", "critical", "high", "medium", "low", "info")
	app.completeRegions(c, "against")
	return c
}

func (o CompareOptions) check(app *App) error {
	switch {
	case !slices.Contains(compare.Severities(), compare.Severity(o.FailOn)):
		return usageErrorf("--fail-on: %q is not critical, high, medium, low or info", o.FailOn)
	case (len(o.Keys) > 0) == (o.All || o.From != "") || o.All && o.From != "":
		return usageErrorf("name the keys to compare, or give --all, or --from a folder of snapshots")
	case o.WriteBaseline != "" && o.Reason == "":
		return usageErrorf("--write-baseline needs --reason: whoever reads it later wants to know why")
	case o.Fix && len(o.Keys) != 1:
		return usageErrorf("--fix needs exactly one KEY, read from the target: a plan rests on what is there now")
	case !o.Fix && (o.PlanOut != "" || o.Against != ""):
		return usageErrorf("--plan-out and --against belong to --fix")
	case o.Fix && app.Config.Output == string(report.FormatSARIF):
		return usageErrorf("--fix answers with a plan, which is not written as SARIF: use -o table, json, ndjson or markdown")
	case o.Fix && o.Suggest:
		return usageErrorf("--fix and --suggest-rules are two different answers")
	}
	return nil
}

func runCompare(ctx context.Context, app *App, o CompareOptions) error {
	if err := o.check(app); err != nil {
		return err
	}
	x, err := newComparing(app, o, time.Now())
	if err != nil {
		return err
	}
	if o.Fix {
		return runFix(ctx, app, x)
	}
	switch {
	case o.From != "":
		var sets []mrk.KeySet
		if sets, err = readSnapshots(o.From); err == nil {
			for _, set := range sets {
				x.add(set)
			}
		}
	case o.All:
		err = app.withCloud(ctx, func(c mrk.Cloud) error { return x.readAll(ctx, c) })
	default:
		err = app.withCloud(ctx, func(c mrk.Cloud) error { return x.readKeys(ctx, c) })
	}
	if err = errors.Join(err, x.err); err != nil {
		return err
	}
	return x.end()
}

// comparing is a comparison of key sets under way: each set is judged as soon
// as it was read, and only the result is kept.
type comparing struct {
	CompareOptions
	app      *App
	settings compare.Settings
	baseline compare.Baseline
	now      time.Time
	results  []compare.Result
	partly   bool // a Region could not be listed
	suggest  []suggestion
	err      error
}

func newComparing(app *App, o CompareOptions, now time.Time) (*comparing, error) {
	x := &comparing{CompareOptions: o, app: app, now: now, results: []compare.Result{}}
	var err error
	if x.settings, err = o.settings(); err != nil {
		return nil, err
	}
	switch {
	case o.Matrix:
		x.settings.Matrix = compare.MatrixFull
	case o.All:
		x.settings.Matrix = compare.MatrixNone
	}
	x.baseline, err = readBaseline(o.Baseline)
	return x, err
}

// add judges a set.
func (x *comparing) add(set mrk.KeySet) {
	r := compare.Compare(set, x.now, x.settings)
	for _, b := range []struct {
		file string
		compare.Baseline
	}{{x.Rules, compare.Baseline{Accepted: x.settings.Accepted}}, {x.Baseline, x.baseline}} {
		expired := b.Apply(&r, x.now)
		if len(x.results) > 0 {
			continue // told with the first
		}
		for _, old := range expired {
			x.app.Note("%s: accepted %s until %s, which is over (%s)", b.file, old.Rule, old.Expires, old.Reason)
		}
	}
	x.results = append(x.results, r)
	if x.Suggest {
		x.suggest = append(x.suggest, suggestionsFor(set, x.settings)...)
	}
	x.err = errors.Join(x.err, writeSnapshot(x.Snapshot, set), x.stream(r))
}

// end shows what was found and ends with its exit code.
func (x *comparing) end() error {
	log, err := x.sarif()
	if err != nil {
		return err
	}
	if err := errors.Join(writeBaseline(x.CompareOptions, x.results, x.now), writeSARIF(x.SARIF, log)); err != nil {
		return err
	}
	if x.Suggest {
		return x.app.print(suggestedRules(x.suggest))
	}
	code := exitOK
	for _, r := range x.results {
		drift, unknown := r.Fails(compare.Severity(x.FailOn))
		switch {
		case drift:
			code = exitDrift
		case unknown && code == exitOK:
			code = exitUnknown
		}
	}
	if x.partly && code == exitOK {
		code = exitUnknown
	}
	if x.streams() {
		return verdict(code)
	}
	doc := x.document()
	doc.SARIF = log
	return errors.Join(x.app.Show(doc), verdict(code))
}

// streams says whether each result is printed as soon as it is there.
func (x *comparing) streams() bool {
	return x.app.Config.Output == string(report.FormatNDJSON) && !x.Suggest
}
