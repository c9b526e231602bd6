package cmd

import (
	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/config"
)

// newRootCmd is the program without its commands: the global flags.
func newRootCmd(app *App) *cobra.Command {
	root := &cobra.Command{
		Use:   "mrkctl",
		Short: "Operate AWS KMS multi-Region keys and rehearse the day a Region goes away",
		Long: `mrkctl operates AWS KMS multi-Region keys: it creates, replicates and rotates
them, shows how their members differ from Region to Region, and rehearses the
day a Region goes away.

It works on AWS (--target aws) and, by default, on a multi-Region cloud that is
simulated in the program and needs no account.`,
		Example: `  mrkctl demo
  mrkctl drill run configs/runbooks/region-outage.yaml
  mrkctl key create --alias alias/payments --regions us-east-1,eu-west-1`,
		Args: noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if app.canDraw() {
				return runTUI(c.Context(), app)
			}
			return c.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	shorthand := map[string]string{"output": "o", "quiet": "q"}
	for _, key := range config.Keys() {
		if !key.Flag {
			continue
		}
		switch value := key.Default.(type) {
		case bool:
			flags.BoolP(key.Name, shorthand[key.Name], value, key.Doc)
		case string:
			flags.StringP(key.Name, shorthand[key.Name], value, key.Doc)
		}
		if len(key.Values) > 0 {
			complete(root, key.Name, key.Values...)
		}
	}
	flags.StringVar(&app.configFile, "config", "", "configuration file to read")
	return root
}

// complete offers fixed values for a flag of a command.
func complete(c *cobra.Command, flag string, values ...string) {
	// The only error is a flag that does not exist, which the help test finds.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
