package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// DrillPlanOptions are the options of "drill plan".
type DrillPlanOptions struct {
	Runbook string
	Seed    uint64
	PlanOut string
	Vars    map[string]string
}

func newDrillPlanCmd(app *App) *cobra.Command {
	var o DrillPlanOptions
	c := &cobra.Command{
		Use:   "plan RUNBOOK",
		Short: "Foretell a drill on a simulated copy of the keys",
		Long: `Read the key sets of a runbook where they are, make them again in a simulated
cloud, run the runbook there on virtual time, and say what came: how each step
ended and how long it took, the calls, what would be used up for good, and
whether the key policies let you make those calls.

Nothing is changed where the keys are. A lifecycle call of KMS has no dry run;
this is as near as one can get. What the copy could not have is listed.`,
		Example: `  mrkctl drill plan game-day.yaml --target aws
  mrkctl drill plan region-outage --plan-out plan.json
  mrkctl drill run region-outage --plan plan.json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRunbooks,
		RunE: func(c *cobra.Command, args []string) error {
			o.Runbook = args[0]
			return runDrillPlan(c.Context(), app, o)
		},
	}
	flags := c.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "where every random choice of the copy comes from")
	flags.StringVar(&o.PlanOut, "plan-out", "", "file to write the prediction to, for drill run --plan")
	flags.StringToStringVar(&o.Vars, "set", nil, "set a variable of the runbook: name=value")
	return c
}

// drillPlan is the answer of "drill plan" as JSON.
type drillPlan struct {
	Runbook     string             `json:"runbook"`
	Verdict     string             `json:"verdict"` // of the copy's run
	Prediction  journal.Prediction `json:"prediction"`
	Permissions []permission       `json:"permissions"`
	CopyLacks   []string           `json:"copy_lacks"`
}

// permission is what a key policy says about a call that the drill will make.
type permission struct {
	Action string `json:"action"`
	Region string `json:"region"`
	Says   string `json:"says"`
}

func runDrillPlan(ctx context.Context, app *App, o DrillPlanOptions) error {
	book, err := loadRunbook(o.Runbook, o.Vars)
	if err != nil {
		return err
	}
	live, err := app.openTarget(ctx)
	if err != nil {
		return err
	}
	defer live.Close() //nolint:errcheck // it was only read
	origin, err := originOf(ctx, live)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mrkctl-plan-")
	if err != nil {
		return fmt.Errorf("make a folder for the copy: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	copies, res, err := foretell(ctx, live, origin, book, o.Seed, dir)
	if err != nil {
		return fmt.Errorf("foretell %s: %w", book.Name, err)
	}
	plan, err := planOf(book, dir, origin.Caller, copies, res)
	if err != nil {
		return err
	}
	if o.PlanOut != "" {
		text, err := json.MarshalIndent(plan.Prediction, "", "  ")
		if err == nil {
			err = os.WriteFile(o.PlanOut, append(text, '\n'), 0o600)
		}
		if err != nil {
			return fmt.Errorf("write the plan: %w", err)
		}
	}
	return errors.Join(app.Show(drillPlanDocument(book, plan)), verdict(res.Exit))
}

// foretell runs the runbook on a copy of the key sets, in a world of its own.
func foretell(ctx context.Context, live *target.Target, origin journal.Origin, book *runbook.Runbook, seed uint64, dir string) ([]drill.Copied, drill.Result, error) {
	world := target.Options{Seed: seed, Regions: book.Regions, Account: origin.Account}
	if origin.Kind == string(target.AWS) {
		world.As = origin.Caller
	}
	t, err := target.Open(ctx, "sim", world)
	if err != nil {
		return nil, drill.Result{}, err
	}
	copyOrigin, err := originOf(ctx, t)
	if err != nil {
		return nil, drill.Result{}, err
	}
	var copies []drill.Copied
	live.Run(func() { copies, err = drill.Originals(ctx, cloudOf(live), book) })
	if err != nil {
		return copies, drill.Result{}, err
	}
	t.Run(func() {
		to := mrk.Cloud{Clock: t.Clock(), Regions: book.Regions, Client: func(region string) *kms.Client { return t.Client(region, region, "") }}
		err = drill.Copy(ctx, to, copies)
	})
	if err != nil {
		return copies, drill.Result{}, err
	}
	res, err := drill.Run(ctx, drill.Options{
		Book: book, Dir: dir, ID: "plan", Seed: seed, Speed: "virtual", Version: buildVersion().Version,
		Approve: everybodyAgrees{}, Cloud: cloudFor(t, copyOrigin), Rehearsal: true,
	})
	return copies, res, err
}

// everybodyAgrees answers the questions of a drill on a copy.
type everybodyAgrees struct{}

func (everybodyAgrees) Ask(_ context.Context, q drill.Question) ([]drill.Approval, error) {
	var all []drill.Approval
	for i := range max(q.Need.Count, 1) {
		all = append(all, drill.Approval{By: fmt.Sprintf("person %d", i+1), Yes: true, Remark: "foretold"})
	}
	return all, nil
}

// planOf reads what the copy's run did.
func planOf(book *runbook.Runbook, dir, caller string, copies []drill.Copied, res drill.Result) (drillPlan, error) {
	events, err := journal.Read(filepath.Join(dir, drill.JournalFile))
	if err != nil {
		return drillPlan{}, err
	}
	calls := func(do func(history.Record) error) error {
		return history.Read(filepath.Join(dir, drill.HistoryFile), do)
	}
	model, err := report.Build(events, calls)
	if err != nil {
		return drillPlan{}, err
	}
	p := drillPlan{Runbook: book.Name, Verdict: res.Headline, Prediction: report.Foretell(model), Permissions: []permission{}, CopyLacks: []string{}}
	for _, c := range copies {
		for _, lack := range c.Without {
			p.CopyLacks = append(p.CopyLacks, c.Alias+": "+lack)
		}
	}
	used := map[permission]bool{}
	err = calls(func(h history.Record) error {
		used[permission{Action: "kms:" + h.Op, Region: h.To}] = true
		return nil
	})
	if err != nil {
		return p, err
	}
	for _, need := range slices.SortedFunc(maps.Keys(used), func(a, b permission) int {
		return strings.Compare(a.Region+a.Action, b.Region+b.Action)
	}) {
		for _, c := range copies {
			if m, ok := c.From.Member(need.Region); ok && m.Reached() {
				need.Says = policySays(m, need.Action, caller)
				p.Permissions = append(p.Permissions, need)
			}
		}
	}
	return p, nil
}

// policySays is what a member's key policy says about a call of ours.
func policySays(m mrk.Member, action, caller string) string {
	doc, err := policy.Parse(m.Policy)
	if err != nil {
		return "unknown: " + err.Error()
	}
	who := policy.Caller{ARN: caller}
	if parts := strings.SplitN(caller, ":", 6); len(parts) == 6 {
		who.Account = parts[4]
		if role, ok := strings.CutPrefix(parts[5], "assumed-role/"); ok {
			name, _, _ := strings.Cut(role, "/")
			who.Role = fmt.Sprintf("arn:%s:iam::%s:role/%s", parts[1], parts[4], name)
		}
	}
	switch doc.OfResource(&policy.Request{Action: action, Resource: m.ARN, Caller: who}) {
	case policy.Allowed:
		return "allowed by the key policy"
	case policy.Delegated:
		return "left to IAM by the key policy"
	case policy.Denied:
		return "DENIED by the key policy"
	case policy.Silent:
	}
	return "not allowed by the key policy"
}

func drillPlanDocument(book *runbook.Runbook, p drillPlan) report.Document {
	d := report.Document{
		Kind: "drill-plan", Title: "foretold for " + book.Name + ": " + p.Verdict,
		Columns: report.Columns("STEP", "DOES", "ENDS", "TAKES"), Data: p,
	}
	does := map[string]string{}
	book.EachStep(func(s *runbook.Step) { does[s.ID] = strings.TrimSpace(s.Do + " " + strings.Join(s.In, " ")) })
	for _, s := range p.Prediction.Steps {
		d.Rows = append(d.Rows, []string{s.ID, does[s.ID], strings.TrimSpace(s.Outcome + " " + s.Code), runbook.FormatDuration(s.Took.Round(1e8))})
	}
	d.Notes = append(d.Notes, "on a copy of the keys in a simulated cloud; nothing was changed where they are", "the whole run takes "+runbook.FormatDuration(p.Prediction.Took.Round(1e9)))
	for _, what := range slices.Sorted(maps.Keys(p.Prediction.Spent)) {
		d.Notes = append(d.Notes, fmt.Sprintf("used up for good: %s %d", what, p.Prediction.Spent[what]))
	}
	for _, need := range p.Permissions {
		if !strings.HasPrefix(need.Says, "allowed") && !strings.HasPrefix(need.Says, "left") {
			d.Notes = append(d.Notes, fmt.Sprintf("permission: %s in %s is %s", need.Action, need.Region, need.Says))
		}
	}
	for _, lack := range p.CopyLacks {
		d.Notes = append(d.Notes, "the copy is without "+lack)
	}
	return d
}

// readPlan reads what "drill plan --plan-out" wrote.
func readPlan(file string) (*journal.Prediction, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // nobody planned it
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("read the plan: %w", err))
	}
	var p journal.Prediction
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("%s is not a plan of mrkctl drill plan --plan-out: %w", file, err))
	}
	return &p, nil
}
