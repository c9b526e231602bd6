package cmd

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// DrillNewOptions are the options of "drill new".
type DrillNewOptions struct {
	runbook.Blank

	Out string
}

func newDrillNewCmd(app *App) *cobra.Command {
	var o DrillNewOptions
	c := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a new runbook with a comment on every part",
		Long: `Write a new runbook: a small drill of a Region outage that can be run as it is,
with a comment on every part, to be changed by hand. A file that exists is never
written over; --out - writes to stdout.`,
		Example: `  mrkctl drill new game-day
  mrkctl drill new game-day --alias alias/payments --regions eu-central-1,eu-west-1
  mrkctl drill new game-day --out -`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Name = args[0]
			return runDrillNew(app, o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.Alias, "alias", "alias/payments", "alias of the key set")
	flags.StringSliceVar(&o.Regions, "regions", []string{"us-east-1", "eu-west-1"}, "Regions: the primary's, the standby's, others")
	flags.StringVar(&o.Out, "out", "", "file to write (default: NAME.yaml)")
	return c
}

func runDrillNew(app *App, o DrillNewOptions) error {
	text, err := runbook.New(o.Blank)
	if err != nil {
		return withExit(exitUsage, err)
	}
	if o.Out == "-" {
		return app.print(string(text))
	}
	path := o.Out
	if path == "" {
		path = o.Name + ".yaml"
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return withExit(exitUsage, fmt.Errorf("new runbook: %s exists and is not written over; name another file with --out", path))
	}
	if err != nil {
		return fmt.Errorf("new runbook: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("new runbook: %w", err)
	}
	app.Note("read it aloud:  mrkctl drill lint %s", path)
	app.Note("run it:         mrkctl drill run %s", path)
	return app.print(path + "\n")
}
