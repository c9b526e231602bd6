package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

// CompareOptions are the options of "compare".
type CompareOptions struct {
	Keys          []string
	All           bool
	From          string
	Snapshot      string
	Baseline      string
	WriteBaseline string
	Reason        string
	SARIF         string
	FailOn        string
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

The exit code is 0 when nothing at or above --fail-on was found, 3 when something
was, and 4 when nothing worse was found but not everything could be read.`,
		Example: `  mrkctl compare alias/payments
  mrkctl compare --all --fail-on critical
  mrkctl compare alias/payments --snapshot snapshots && mrkctl compare --from snapshots
  mrkctl compare --all --sarif findings.sarif --baseline accepted.json`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: app.completeKeysAt(-1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Keys = args
			return runCompare(c.Context(), app, o)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&o.All, "all", false, "compare every multi-Region key of the target")
	flags.StringVar(&o.From, "from", "", "compare the snapshots in this folder; no call is made")
	flags.StringVar(&o.Snapshot, "snapshot", "", "keep what was read in this folder, a file for each key set")
	flags.StringVar(&o.Baseline, "baseline", "", "file of accepted findings, each with a reason and a date")
	flags.StringVar(&o.WriteBaseline, "write-baseline", "", "accept everything that was found, into this file, for 90 days")
	flags.StringVar(&o.Reason, "reason", "", "why, for --write-baseline")
	flags.StringVar(&o.SARIF, "sarif", "", "write the findings to this file as SARIF, for code scanning")
	flags.StringVar(&o.FailOn, "fail-on", "medium", "least severity that counts as drift: critical, high, medium, low or info")
	complete(c, "fail-on", "critical", "high", "medium", "low", "info")
	return c
}

func runCompare(ctx context.Context, app *App, o CompareOptions) error {
	failOn := compare.Severity(o.FailOn)
	if !slices.Contains([]compare.Severity{compare.Critical, compare.High, compare.Medium, compare.Low, compare.Info}, failOn) {
		return usageErrorf("--fail-on: %q is not critical, high, medium, low or info", o.FailOn)
	}
	if n := len(o.Keys); (n > 0) == (o.All || o.From != "") {
		return usageErrorf("name the keys to compare, or give --all, or --from a folder of snapshots")
	}
	if o.WriteBaseline != "" && o.Reason == "" {
		return usageErrorf("--write-baseline needs --reason: whoever reads it later wants to know why")
	}
	var baseline compare.Baseline
	if o.Baseline != "" {
		text, err := os.ReadFile(o.Baseline)
		if err == nil {
			baseline, err = compare.ParseBaseline(text)
		}
		if err != nil {
			return withExit(exitUsage, fmt.Errorf("%s: %w", o.Baseline, err))
		}
	}
	sets, err := compareSets(ctx, app, o)
	if err != nil {
		return err
	}
	now := time.Now()
	results := []compare.Result{}
	for _, set := range sets {
		r := compare.Compare(set, now)
		for _, old := range baseline.Apply(&r, now) {
			app.Note("%s: accepted %s until %s, which is over (%s)", o.Baseline, old.Rule, old.Expires, old.Reason)
		}
		results = append(results, r)
	}
	if err := errors.Join(writeSnapshots(o.Snapshot, sets), writeBaseline(o, results, now), writeSARIF(o.SARIF, results)); err != nil {
		return err
	}
	return errors.Join(app.Show(compareDocument(results)), verdict(compareExit(results, failOn)))
}

// compareSets reads the key sets that are to be compared.
func compareSets(ctx context.Context, app *App, o CompareOptions) ([]mrk.KeySet, error) {
	if o.From != "" {
		return readSnapshots(o.From)
	}
	var sets []mrk.KeySet
	err := app.withCloud(ctx, func(c mrk.Cloud) error {
		keys := o.Keys
		if o.All {
			fleet, err := mrk.List(ctx, c, mrk.Listing{})
			if err != nil {
				return err
			}
			for _, failed := range fleet.Failed {
				app.Note("%s could not be listed: %s", failed.Region, failed.Code)
			}
			for _, set := range fleet.Sets {
				keys = append(keys, set.ID)
			}
		}
		var err error
		sets, err = readSets(ctx, app, c, keys)
		return err
	})
	return sets, err
}

// readAtOnce is how many key sets are read side by side: enough to use up what
// the quotas allow, since each read waits for a dozen answers.
const readAtOnce = 16

// readSets reads key sets side by side and keeps their order. Long reads are
// reported with their pace.
func readSets(ctx context.Context, app *App, c mrk.Cloud, keys []string) ([]mrk.KeySet, error) {
	sets, errs := make([]mrk.KeySet, len(keys)), make([]error, len(keys))
	began := c.Clock.Now()
	var mu sync.Mutex
	done := 0
	g := c.Clock.Group()
	for lane := range min(readAtOnce, len(keys)) {
		g.Go(func() {
			for i := lane; i < len(keys) && ctx.Err() == nil; i += readAtOnce {
				sets[i], errs[i] = mrk.Read(ctx, c, keys[i], mrk.EveryPart()...)
				mu.Lock()
				if done++; done%100 == 0 {
					passed := c.Clock.Now().Sub(began)
					left := passed / time.Duration(done) * time.Duration(len(keys)-done)
					app.Note("%d of %d key sets read, %.0f a second, %s left", done, len(keys), float64(done)/max(passed.Seconds(), 0.001), left.Round(time.Second))
				}
				mu.Unlock()
			}
		})
	}
	g.Wait()
	return sets, errors.Join(append(errs, ctx.Err())...)
}

func compareExit(results []compare.Result, failOn compare.Severity) int {
	code := exitOK
	for _, r := range results {
		if worst, any := r.Worst(); any && worst.Grave(failOn) {
			return exitDrift
		}
		if !r.Complete {
			code = exitUnknown
		}
	}
	return code
}

func compareDocument(results []compare.Result) report.Document {
	d := report.Document{Kind: "compare", Columns: report.Columns("KEY", "SEVERITY", "RULE", "REGION", "WHAT"), Data: results}
	counts := map[compare.Severity]int{}
	suppressed := 0
	for _, r := range results {
		name := r.Key
		if len(r.Aliases) > 0 {
			name = r.Aliases[0]
		}
		for _, f := range r.Findings {
			if f.Suppressed != "" {
				suppressed++
				continue
			}
			counts[f.Severity]++
			d.Rows = append(d.Rows, []string{name, string(f.Severity), f.Rule, f.Region, f.What})
		}
		if len(r.Findings) == 0 {
			d.Notes = append(d.Notes, fmt.Sprintf("%s: nothing differs between %s", name, strings.Join(r.Regions, ", ")))
		}
	}
	for _, s := range []compare.Severity{compare.Critical, compare.High, compare.Medium, compare.Low, compare.Info} {
		if counts[s] > 0 {
			d.Notes = append(d.Notes, fmt.Sprintf("%s: %d", s, counts[s]))
		}
	}
	if suppressed > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("accepted by the baseline: %d", suppressed))
	}
	if len(d.Rows) > 0 {
		d.Notes = append(d.Notes, "mrkctl explain "+d.Rows[0][2]+" says why it matters and what to do")
	}
	return d
}

// writeSnapshots keeps key sets as they were read, a file each.
func writeSnapshots(dir string, sets []mrk.KeySet) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("keep snapshots: %w", err)
	}
	for _, set := range sets {
		text, err := json.MarshalIndent(set, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, set.ID+".json"), append(text, '\n'), 0o600)
		}
		if err != nil {
			return fmt.Errorf("keep the snapshot of %s: %w", set.ID, err)
		}
	}
	return nil
}

func readSnapshots(dir string) ([]mrk.KeySet, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(paths) == 0 {
		return nil, withExit(exitUsage, withHint(fmt.Errorf("%s holds no snapshot", dir), "mrkctl compare KEY --snapshot %s", dir))
	}
	var sets []mrk.KeySet
	for _, path := range paths {
		var set mrk.KeySet
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &set)
		}
		if err == nil && set.ID == "" {
			err = errors.New("it names no key")
		}
		if err != nil {
			return nil, withExit(exitUsage, fmt.Errorf("%s is not a snapshot: %w", path, err))
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func writeBaseline(o CompareOptions, results []compare.Result, now time.Time) error {
	if o.WriteBaseline == "" {
		return nil
	}
	text, err := json.MarshalIndent(compare.BaselineOf(results, o.Reason, now.AddDate(0, 0, 90)), "", "  ")
	if err == nil {
		err = os.WriteFile(o.WriteBaseline, append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}

func writeSARIF(path string, results []compare.Result) error {
	if path == "" {
		return nil
	}
	level := func(s compare.Severity) string {
		switch s {
		case compare.Critical, compare.High:
			return "error"
		case compare.Medium:
			return "warning"
		case compare.Low, compare.Info:
		}
		return "note"
	}
	var rules []report.SARIFRule
	for _, r := range compare.Rules() {
		rules = append(rules, report.SARIFRule{ID: r.ID, Name: r.Title, Short: r.Title, Help: r.Why + " " + r.Fix, Level: level(r.Severity)})
	}
	var found []report.SARIFResult
	for _, r := range results {
		for _, f := range r.Findings {
			found = append(found, report.SARIFResult{
				Rule: f.Rule, Level: level(f.Severity), Message: f.What, Object: r.Key, Region: f.Region, Identity: f.Fingerprint, Suppressed: f.Suppressed,
			})
		}
	}
	text, err := report.SARIF(buildVersion().Version, rules, found)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the findings as SARIF: %w", err)
	}
	return nil
}
