package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/report"
)

func newKeyVerifyCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "verify KEY",
		Short: "Encrypt at each member and decrypt at every member",
		Long: `Encrypt 32 random bytes at each member and decrypt each result at every member,
with the time each call took. By the key's usage it signs and verifies instead,
makes and checks a MAC, agrees on a secret, or encapsulates one. Nothing is changed.

It is the only proof that a standby works: metadata says Enabled of a key whose
policy lets nobody use it.

The exit code is 0 when every cell is good, 1 when one is not, 4 when a member
could not be asked.`,
		Example: `  mrkctl key verify alias/payments
  mrkctl key verify alias/payments -o json`,
		Args:              exactly(1, "a key"),
		RunE:              func(c *cobra.Command, args []string) error { return runKeyVerify(c.Context(), app, args[0]) },
		ValidArgsFunction: app.completeKeys,
	}
}

func runKeyVerify(ctx context.Context, app *App, key string) error {
	return app.withCloud(ctx, func(c mrk.Cloud) error {
		m, err := mrk.Verify(ctx, c, key)
		if err != nil {
			return err
		}
		if err := app.Show(matrixDocument(m)); err != nil {
			return err
		}
		switch {
		case m.Holds:
			return nil
		case m.Unclear():
			return verdict(exitUnknown)
		default:
			return verdict(exitError)
		}
	})
}

func matrixDocument(m mrk.Matrix) report.Document {
	doc := report.Document{Kind: "key-verify", Title: m.ID + ": " + m.What, Data: m, Columns: report.Columns("MADE IN", "MAKING IT")}
	for _, r := range m.Regions {
		doc.Columns = append(doc.Columns, report.Column{Name: "OPENED IN " + r})
	}
	good, all := 0, 0
	for i, r := range m.Regions {
		row := []string{r, proofWords(m.Made[i])}
		for _, cell := range m.Opened[i] {
			all++
			if cell.OK {
				good++
			}
			row = append(row, proofWords(cell))
		}
		doc.Rows = append(doc.Rows, row)
	}
	doc.Notes = append(doc.Notes, fmt.Sprintf("%d of %d pairs are good", good, all))
	for _, s := range m.Silent {
		doc.Notes = append(doc.Notes, fmt.Sprintf("%s did not answer (%s) and may have a member too", s.Region, s.Code))
	}
	return doc
}

func proofWords(p mrk.Proof) string {
	if p.OK {
		return "ok " + p.Took.Round(100*time.Microsecond).String()
	}
	return p.Code
}
