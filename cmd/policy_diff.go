package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newPolicyDiffCmd(app *App) *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "diff KEY",
		Short: "Show how the key policies of members differ in text",
		Long: `Show how each member's key policy differs in text from the primary's, or from that
of the member in --from, rendered for the member's Region. Layout and the order of
an object's members don't count. What a difference means is for "mrkctl compare".

The exit code is 3 when there is a difference.`,
		Example: `  mrkctl policy diff alias/payments
  mrkctl policy diff alias/payments --from eu-west-1`,
		Args:              exactly(1, "a key"),
		RunE:              func(c *cobra.Command, args []string) error { return runPolicyDiff(c.Context(), app, args[0], from) },
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().StringVar(&from, "from", "", "Region of the member to compare with (default: the primary's)")
	app.completeRegions(c, "from")
	return c
}

// policyDifference is how one member's policy differs.
type policyDifference struct {
	Region string `json:"region"`
	Same   bool   `json:"same"`
	Diff   string `json:"diff,omitempty"`
}

func runPolicyDiff(ctx context.Context, app *App, key, from string) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		set, err := mrk.Read(ctx, c, key, mrk.PolicyPart)
		if err != nil {
			return err
		}
		if from == "" {
			from = set.Primary
		}
		base, ok := set.Member(from)
		if !ok || base.Policy == "" {
			return withExit(exitUnknown, fmt.Errorf("the key policy of %s in %s could not be read", set.ID, from))
		}
		list := []policyDifference{}
		code := exitOK
		for _, m := range set.Members {
			if m.Region == from {
				continue
			}
			if m.Policy == "" {
				app.Note("the key policy in %s could not be read: %s", m.Region, whyNot(m))
				code = exitUnknown
				continue
			}
			d, err := diffPolicies(base, m)
			if err != nil {
				return err
			}
			if !d.Same && code == exitOK {
				code = exitDrift
			}
			list = append(list, d)
		}
		if err := app.showDifferences(list); err != nil {
			return err
		}
		return verdict(code)
	})
}

func diffPolicies(base, m mrk.Member) (policyDifference, error) {
	wanted, err := mrk.RenderPolicy(base.Policy, base.Region, m.Region)
	if err != nil {
		return policyDifference{}, err
	}
	d := policyDifference{Region: m.Region, Same: mrk.DocumentSHA(wanted) == m.PolicySHA}
	if !d.Same {
		d.Diff = udiff.Unified(base.Region+" rendered for "+m.Region, m.Region, tidy(wanted), tidy(m.Policy))
	}
	return d, nil
}

// tidy lays a document out in one way, so that only contents differ.
func tidy(document string) string {
	var v any
	dec := json.NewDecoder(strings.NewReader(document))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return document + "\n"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(v) != nil {
		return document + "\n"
	}
	return b.String()
}

func (a *App) showDifferences(list []policyDifference) error {
	if a.Config.Output != string(report.FormatTable) {
		doc := report.Document{Kind: "policy-diff", Columns: report.Columns("REGION", "SAME"), Data: list}
		for _, d := range list {
			doc.Rows = append(doc.Rows, []string{d.Region, fmt.Sprint(d.Same)})
		}
		return a.Show(doc)
	}
	for _, d := range list {
		if d.Same {
			a.Note("%s: the same", d.Region)
			continue
		}
		if err := a.print(d.Diff); err != nil {
			return err
		}
	}
	return nil
}
