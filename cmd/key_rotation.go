package cmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newKeyRotationCmd(app *App) *cobra.Command {
	return noun("rotation", "Automatic rotation: turn it on and off, see what it did",
		newKeyRotationEnableCmd(app), newKeyRotationDisableCmd(app), newKeyRotationStatusCmd(app), newKeyRotationHistoryCmd(app))
}

func newKeyRotationEnableCmd(app *App) *cobra.Command {
	var o changeOptions
	var days int
	c := &cobra.Command{
		Use:   "enable KEY",
		Short: "Rotate the key material automatically",
		Long: `Rotate the key material automatically. It is set at the primary and shared by all
members. Without --every a key that rotates already keeps its period.`,
		Example: `  mrkctl key rotation enable alias/payments
  mrkctl key rotation enable alias/payments --every 90`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			if days != 0 && (days < 90 || days > 2560) {
				return usageErrorf("--every %d: KMS takes 90 to 2560 days", days)
			}
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanRotation(ctx, cloud, args[0], true, days)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	c.Flags().IntVar(&days, "every", 0, "days between rotations, 90 to 2560 (default 365)")
	o.bind(c, false)
	return c
}

func newKeyRotationDisableCmd(app *App) *cobra.Command {
	var o changeOptions
	c := &cobra.Command{
		Use:     "disable KEY",
		Short:   "Stop rotating the key material automatically",
		Long:    `Stop rotating the key material automatically. Old key material keeps decrypting.`,
		Example: `  mrkctl key rotation disable alias/payments`,
		Args:    exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.change(c.Context(), o, approveYes, func(ctx context.Context, cloud mrk.Cloud) (mrk.Plan, error) {
				return mrk.PlanRotation(ctx, cloud, args[0], false, 0)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
	o.bind(c, false)
	return c
}

func newKeyRotationStatusCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "status KEY",
		Short: "Show the rotation setting as each member sees it",
		Long: `Show the rotation setting as each member sees it, the key material in use, and how
many of the 25 rotations on demand are left.`,
		Example: `  mrkctl key rotation status alias/payments
  mrkctl key rotation status alias/payments -o json`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.withCloud(c.Context(), func(cloud mrk.Cloud) error {
				set, err := mrk.Read(c.Context(), cloud, args[0], mrk.RotationPart, mrk.MaterialPart)
				if err != nil {
					return err
				}
				if err := app.Show(rotationDocument(set)); err != nil {
					return err
				}
				return incomplete(set)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
}

// rotationStatus is the JSON of "key rotation status".
type rotationStatus struct {
	Key     string          `json:"key"`
	Primary string          `json:"primary"`
	Left    int             `json:"on_demand_left"`
	Members []rotationOfOne `json:"members"`
	Failed  []mrk.Problem   `json:"failed,omitempty"`
}

type rotationOfOne struct {
	Region   string       `json:"region"`
	Role     string       `json:"role,omitempty"`
	State    string       `json:"state"`
	Material string       `json:"material,omitempty"`
	Rotation mrk.Rotation `json:"rotation"`
}

func rotationDocument(set mrk.KeySet) report.Document {
	s := rotationStatus{Key: set.ID, Primary: set.Primary, Members: []rotationOfOne{}}
	doc := report.Document{Kind: "key-rotation", Columns: report.Columns("REGION", "ROLE", "STATE", "ROTATES", "NEXT", "MATERIAL")}
	for _, m := range set.Members {
		if !m.Reached() {
			doc.Rows = append(doc.Rows, []string{m.Region, "", m.Words(), "unknown", "", ""})
			if m.Unreachable != nil {
				s.Failed = append(s.Failed, *m.Unreachable)
			}
			continue
		}
		s.Members = append(s.Members, rotationOfOne{m.Region, m.Role, m.State, m.Material, m.Rotation})
		next := ""
		switch {
		case !m.Rotation.RunningSince.IsZero():
			next = "under way since " + m.Rotation.RunningSince.Format(time.RFC3339)
		case !m.Rotation.Next.IsZero():
			next = m.Rotation.Next.Format(time.RFC3339)
		}
		doc.Rows = append(doc.Rows, []string{m.Region, m.Role, m.State, rotationWords(m.Rotation), next, brief(m.Material)})
	}
	left, known := set.RotationsLeft()
	s.Left = left
	switch {
	case known:
		doc.Notes = append(doc.Notes, fmt.Sprintf("%d of 25 rotations on demand are left", left))
	case !set.Rotates():
		doc.Notes = append(doc.Notes, "only symmetric encryption keys can be rotated")
	default:
		doc.Notes = append(doc.Notes, "how many of the 25 rotations on demand are left could not be read")
	}
	doc.Data = s
	return doc
}

func rotationWords(r mrk.Rotation) string {
	switch {
	case !r.Known:
		return "unknown"
	case !r.Enabled:
		return "no"
	default:
		return "every " + strconv.Itoa(r.PeriodDays) + " days"
	}
}

// brief is the beginning of an identifier of key material.
func brief(id string) string {
	if len(id) > 12 {
		return id[:12] + "…"
	}
	return id
}

func newKeyRotationHistoryCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "history KEY",
		Short: "List every version of the key material, member by member",
		Long: `List every version of the key material, and where it is. Old versions stay for
decrypting; a member that lacks one can't open what was encrypted with it.`,
		Example: `  mrkctl key rotation history alias/payments`,
		Args:    exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			return app.withCloud(c.Context(), func(cloud mrk.Cloud) error {
				set, err := mrk.Read(c.Context(), cloud, args[0], mrk.MaterialPart)
				if err != nil {
					return err
				}
				if err := app.Show(historyDocument(set)); err != nil {
					return err
				}
				return incomplete(set)
			})
		},
		ValidArgsFunction: app.completeKeys,
	}
}

// materialAt is one version of the key material at one member.
type materialAt struct {
	Region string `json:"region"`
	mrk.Material
}

func historyDocument(set mrk.KeySet) report.Document {
	doc := report.Document{Kind: "key-rotation-history", Columns: report.Columns("MATERIAL", "REGION", "STATE", "ROTATED", "BY", "IMPORTED", "VALID TO")}
	list := []materialAt{}
	for _, m := range set.Members {
		for _, v := range m.Materials {
			list = append(list, materialAt{m.Region, v})
			doc.Rows = append(doc.Rows, []string{brief(v.ID), m.Region, v.State, date(v.RotatedAt), v.RotatedBy, v.ImportState, date(v.ValidTo)})
		}
	}
	doc.Data = list
	return doc
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// incomplete ends a command with the code of missing evidence when members or
// parts of them could not be read.
func incomplete(set mrk.KeySet) error {
	if set.Whole() {
		return nil
	}
	return verdict(exitUnknown)
}
