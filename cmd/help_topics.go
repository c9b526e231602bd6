package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/config"
)

// helpTopics are pages of the help that belong to no command. Cobra lists a
// command that can't be run under "Additional help topics", and its help is
// its Long text: mrkctl help exit-codes.
func helpTopics() []*cobra.Command {
	topics := []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "What the exit codes mean",
			Long:  exitCodesText(),
		},
		{
			Use:   "environment",
			Short: "Settings, their variables and the files they are read from",
			Long:  environmentText(),
		},
		{
			Use:   "worlds",
			Short: "Which world a command works in",
			Long:  worldsText(),
		},
	}
	for _, t := range topics {
		t.SetHelpTemplate("{{.Long}}\n")
	}
	return topics
}

func worldsText() string {
	return `Every command works in the world that --target, MRKCTL_TARGET or the
configuration file names:

  aws       AWS
  sim:URL   a simulated world that "mrkctl sim serve" serves there
  sim:PATH  a simulated world that is kept in that file
  sim       the simulated world that is served at ` + defaultListen + `, where one is;
            else the embedded one, kept in the user's state directory

sim is the default. Commands about keys and the sim commands follow the one
rule, and say on stderr when they found a served world.

Drills differ in one point: on sim they make a world of their own, on virtual
time, and forget it at the end, so that the same seed gives the same bytes.
"mrkctl drill run --target sim:URL" drills a served world, in real time.`
}

func exitCodesText() string {
	var b strings.Builder
	b.WriteString("The exit code is the shortest form of the answer.\n\n")
	for _, row := range ExitCodes() {
		fmt.Fprintf(&b, "  %3d  %-12s %s\n", row.Code, row.Name, row.Meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

func environmentText() string {
	var b strings.Builder
	b.WriteString("A setting comes from a flag, else from its variable, else from the configuration\n" +
		"file, else it has its default. \"mrkctl config show --origins\" tells which.\n\n")
	for _, k := range config.Keys() {
		fmt.Fprintf(&b, "  %-13s %-22s %s\n", k.Name, k.Env, k.Doc)
		if len(k.Values) > 0 {
			fmt.Fprintf(&b, "  %-36s %s\n", "", strings.Join(k.Values, ", "))
		}
	}
	b.WriteString("\nThe configuration file is the one that --config or MRKCTL_CONFIG names, else the\nfirst that exists of:\n\n")
	b.WriteString("  ./mrkctl.yaml\n  $XDG_CONFIG_HOME/mrkctl/config.yaml (~/.config/mrkctl/config.yaml)\n\n")
	b.WriteString("NO_COLOR and ACCESSIBLE are honoured. AWS's own variables (AWS_PROFILE,\nAWS_REGION, ...) matter with --target aws only.")
	return b.String()
}
