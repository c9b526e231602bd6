package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tree is the whole command line. A new verb is one line here.
func tree(app *App) *cobra.Command {
	root := newRootCmd(app)
	root.AddCommand(
		noun("drill", "Rehearse the day a Region goes away",
			newDrillRunCmd(app),
			newDrillPlanCmd(app),
			newDrillResumeCmd(app),
			newDrillUndoCmd(app),
			newDrillResealCmd(app),
			newDrillApproveCmd(app),
			newDrillCheckCmd(app),
			newDrillFuzzCmd(app),
			newDrillLintCmd(app),
			newDrillListCmd(app),
			newDrillShowCmd(app),
			newDrillNewCmd(app),
			newDrillReplayCmd(app),
		),
		noun("report", "What a drill showed: write it, check it, compare it",
			newReportRenderCmd(app),
			newReportVerifyCmd(app),
			newReportCompareCmd(app),
			newReportShowCmd(app),
		),
		noun("key", "Multi-Region keys, from creation to deletion",
			newKeyCreateCmd(app),
			newKeyReplicateCmd(app),
			newKeyPromoteCmd(app),
			newKeyRotateCmd(app),
			newKeyRotationCmd(app),
			newKeyListCmd(app),
			newKeyShowCmd(app),
			newKeyVerifyCmd(app),
			newKeyEnableCmd(app),
			newKeyDisableCmd(app),
			newKeyDeleteCmd(app),
			newKeyUndeleteCmd(app),
			newKeyImportCmd(app),
		),
		noun("alias", "Aliases, which KMS keeps for each Region by itself",
			newAliasSetCmd(app),
			newAliasListCmd(app),
			newAliasSyncCmd(app),
			newAliasDeleteCmd(app),
		),
		noun("policy", "Key policies, which each member has of its own",
			newPolicyGetCmd(app),
			newPolicyPutCmd(app),
			newPolicyDiffCmd(app),
		),
		noun("grant", "Grants, which each member has of its own",
			newGrantListCmd(app),
			newGrantSyncCmd(app),
		),
		noun("tag", "Tags, which each member has of its own",
			newTagSyncCmd(app),
		),
		newApplyCmd(app),
		newDoctorCmd(app),
		newCompareCmd(app),
		newReadyCmd(app),
		newExplainCmd(app),
		newHaltCmd(app),
		newDemoCmd(app),
		newTUICmd(app),
		newVersionCmd(app),
		noun("sim", "A simulated multi-Region KMS: serve it, break it, look into it",
			newSimServeCmd(app),
			newSimStatusCmd(app),
			newSimEnvCmd(app),
			newSimXksProxyCmd(app),
			noun("fault", "Break something in a simulated world, for a while",
				newSimFaultStartCmd(app),
				newSimFaultStopCmd(app),
				newSimFaultListCmd(app),
			),
			newSimLatencyCmd(app),
			newSimTrailCmd(app),
			newSimAdvanceCmd(app),
			newSimResetCmd(app),
			newSimRulesCmd(app),
		),
		newGenCmd(app),
		noun("config", "Settings and where they come from",
			newConfigShowCmd(app),
		),
	)
	root.AddCommand(helpTopics()...)
	prepare(app, root)
	return root
}

// noun is a command that only holds verbs.
func noun(name, short string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  noSuchCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(verbs...)
	return c
}

// noSuchCommand refuses a word where a command should stand.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := ""
	if similar := c.SuggestionsFor(args[0]); len(similar) > 0 {
		message = "; did you mean " + strings.Join(similar, " or ") + "?"
	}
	return withHint(usageErrorf("%s has no command %q%s", c.CommandPath(), args[0], message), "%s --help", c.CommandPath())
}

// prepare makes every command read the settings first and marks the moment at
// which its own code begins. It replaces cobra's persistent hooks, of which
// only the innermost runs.
func prepare(app *App, c *cobra.Command) {
	c.SilenceErrors, c.SilenceUsage = true, true
	c.DisableFlagsInUseLine = true
	c.SuggestionsMinimumDistance = 2
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.DefValue == "[]" {
			f.DefValue = "" // that nothing is the default need not be said
		}
	})
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if err := app.load(c); err != nil {
				return err
			}
			app.running = true
			return run(c, args)
		}
	}
	for _, child := range c.Commands() {
		prepare(app, child)
	}
}
