package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newKeyShowCmd(app *App) *cobra.Command {
	var usage bool
	c := &cobra.Command{
		Use:   "show KEY",
		Short: "Show the members of a key side by side",
		Long: `Show the members of a key side by side, each read from its own Region. A member
that can't be read is said so, and the exit code is then 4.`,
		Example: `  mrkctl key show alias/payments
  mrkctl key show alias/payments --usage -o json`,
		Args:              exactly(1, "a key"),
		RunE:              func(c *cobra.Command, args []string) error { return runKeyShow(c.Context(), app, args[0], usage) },
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().BoolVar(&usage, "usage", false, "look up when each member was last used (KMS answers five times a second)")
	return c
}

func runKeyShow(ctx context.Context, app *App, key string, usage bool) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		parts := mrk.EveryPart()
		if !usage {
			parts = slices.DeleteFunc(parts, func(p mrk.Part) bool { return p == mrk.UsagePart })
		}
		set, err := mrk.Read(ctx, c, key, parts...)
		if err != nil {
			return err
		}
		for _, s := range set.Silent {
			app.Note("%s did not answer (%s) and may have a member too", s.Region, s.Code)
		}
		if err := app.Show(keyDocument(set, usage)); err != nil {
			return err
		}
		return incomplete(set)
	})
}

// keyDocument puts the members of a set beside each other, the primary first.
func keyDocument(set mrk.KeySet, usage bool) report.Document {
	members := slices.Clone(set.Members)
	slices.SortStableFunc(members, func(a, b mrk.Member) int {
		return boolOrder(b.Region == set.Primary) - boolOrder(a.Region == set.Primary)
	})
	doc := report.Document{Kind: "key", Title: set.ID, Data: set, Columns: report.Columns("PROPERTY")}
	for _, m := range members {
		doc.Columns = append(doc.Columns, report.Column{Name: m.Region})
	}
	row := func(name string, value func(mrk.Member) string) {
		line := []string{name}
		any := false
		for _, m := range members {
			text := ""
			if m.Reached() {
				text = value(m)
			}
			any = any || text != ""
			line = append(line, text)
		}
		if any {
			doc.Rows = append(doc.Rows, line)
		}
	}
	line := []string{"state"}
	for _, m := range members {
		line = append(line, m.Words())
	}
	doc.Rows = append(doc.Rows, line)
	row("primary", func(m mrk.Member) string { return m.PrimaryRegion })
	row("replicas", func(m mrk.Member) string { return strings.Join(m.ReplicaRegions, ", ") })
	row("description", func(m mrk.Member) string { return m.Description })
	row("spec", func(m mrk.Member) string { return m.Spec })
	row("usage", func(m mrk.Member) string { return m.Usage })
	row("origin", func(m mrk.Member) string { return m.Origin })
	row("created", func(m mrk.Member) string { return date(m.Created) })
	row("material", func(m mrk.Member) string { return brief(m.Material) })
	row("materials", func(m mrk.Member) string {
		if len(m.Materials) < 2 {
			return ""
		}
		return fmt.Sprint(len(m.Materials))
	})
	row("rotation", func(m mrk.Member) string {
		if !m.Rotation.Known {
			return ""
		}
		text := rotationWords(m.Rotation)
		if !m.Rotation.RunningSince.IsZero() {
			text += ", one under way"
		}
		return text
	})
	row("aliases", func(m mrk.Member) string { return strings.Join(m.Aliases, ", ") })
	row("policy", func(m mrk.Member) string { return brief(m.PolicySHA) })
	row("tags", func(m mrk.Member) string {
		var tags []string
		for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
			tags = append(tags, k+"="+m.Tags[k])
		}
		return strings.Join(tags, ", ")
	})
	row("grants", func(m mrk.Member) string { return fmt.Sprint(len(m.Grants)) })
	row("valid to", func(m mrk.Member) string { return date(m.ValidTo) })
	row("deleted on", func(m mrk.Member) string { return date(m.DeletionDate) })
	if usage {
		row("last used", func(m mrk.Member) string {
			if m.LastUsed.IsZero() {
				return "never since " + date(m.UsedSince)
			}
			return date(m.LastUsed) + " " + m.LastUsedFor
		})
	}
	for _, m := range members {
		for _, p := range m.Problems {
			doc.Notes = append(doc.Notes, fmt.Sprintf("%s: %s: %s %s", m.Region, p.What, p.Code, p.Message))
		}
	}
	return doc
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}
