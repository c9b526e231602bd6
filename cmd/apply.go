package cmd

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
)

func newApplyCmd(app *App) *cobra.Command {
	var o changeOptions
	var material string
	c := &cobra.Command{
		Use:   "apply FILE",
		Short: "Make the changes of a plan file, exactly",
		Long: `Make the changes of a plan that a command wrote with --plan-out, exactly as it was
shown. It is refused when what the plan rests on has changed since, or when this
is another account.`,
		Example: `  mrkctl key replicate alias/payments --to eu-west-1 --plan-out plan.json
  mrkctl apply plan.json`,
		Args: exactly(1, "a plan file"),
		RunE: func(c *cobra.Command, args []string) error {
			return runApply(c.Context(), app, o, args[0], material)
		},
	}
	c.Flags().StringVar(&material, "material", "", "file with the key material of an import, which a plan never holds")
	c.Flags().DurationVar(&o.timeout, "timeout", 0, "how long to wait for a step to be complete (default 30m)")
	return c
}

func runApply(ctx context.Context, app *App, o changeOptions, file, material string) error {
	f, err := os.Open(file)
	if err != nil {
		return withExit(exitUsage, fmt.Errorf("read the plan: %w", err))
	}
	p, err := mrk.ReadPlan(f)
	_ = f.Close() // only read
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var bytes func() ([]byte, error)
	if material != "" {
		bytes = func() ([]byte, error) { return readMaterial(material) }
	}
	say := approval(approveYes)
	if slices.ContainsFunc(p.Steps, func(s mrk.Step) bool { return s.Do == mrk.DoDelete || s.Bypass && s.Do == mrk.DoPolicy }) {
		say = approveKey
	}
	return app.withTarget(ctx, func(t *target.Target) error {
		world, err := app.announce(ctx, t)
		if err != nil {
			return err
		}
		if p.World != "" && p.World != world {
			return withExit(exitRefused, fmt.Errorf("%s was made for %s and this is %s; nothing was changed", file, p.World, world))
		}
		p.World = world
		return app.carryOut(ctx, t, p, o, say, bytes)
	})
}
