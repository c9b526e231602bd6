package cmd

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

func newSimFaultStartCmd(app *App) *cobra.Command {
	f := control.Fault{}
	var by, atMost time.Duration
	c := &cobra.Command{
		Use:   "start KIND",
		Short: "Break something in a simulated world, for a while",
		Long:  "Break something in a simulated world. The fault ends by itself after --at-most.\n\nKinds:\n  " + strings.Join(faultKindList(), "\n  "),
		Example: `  mrkctl sim fault start region-outage --in us-east-1 --at-most 10m
  mrkctl sim fault start region-outage --in us-east-1 --planes control --looks 503 --at-most 5m
  mrkctl sim fault start throttle --in eu-west-1 --calls Decrypt --share 0.2 --at-most 1m`,
		Args: exactly(1, "a kind of fault"),
		RunE: func(c *cobra.Command, args []string) error {
			f.Kind, f.By, f.AtMost = args[0], control.Duration(by), control.Duration(atMost)
			if f.Name == "" {
				f.Name = f.Kind
			}
			return runSimFaultStart(c.Context(), app, f)
		},
		ValidArgs: faultKindList(),
	}
	flags := c.Flags()
	flags.StringVar(&f.Name, "name", "", "name to stop it by (default the kind)")
	flags.StringSliceVar(&f.In, "in", nil, "Regions it strikes (default all)")
	flags.StringSliceVar(&f.Planes, "planes", nil, "data or control (default both)")
	flags.StringSliceVar(&f.Calls, "calls", nil, "operations it strikes (default all)")
	flags.StringVar(&f.Looks, "looks", "", "for outages timeout, refused, dns or 503; for api-error the code")
	flags.Float64Var(&f.Share, "share", 0, "share of calls it strikes, above 0 up to 1 (default all)")
	flags.DurationVar(&by, "by", 0, "added latency, lag or skew")
	flags.StringVar(&f.Key, "key", "", "id of the key, for faults of one key")
	flags.DurationVar(&atMost, "at-most", 10*time.Minute, "how long it lasts at most, in the world's time")
	complete(c, "looks", "timeout", "refused", "dns", "503")
	complete(c, "planes", "data", "control")
	return c
}

func runSimFaultStart(ctx context.Context, app *App, f control.Fault) error {
	return app.withSim(ctx, func(world *control.Client) error {
		if err := world.StartFault(ctx, f); err != nil {
			return err
		}
		app.Note("fault %s is on for %s; mrkctl sim fault stop %s ends it", f.Name, time.Duration(f.AtMost), f.Name)
		return nil
	})
}

func faultKindList() []string {
	var list []string
	for _, k := range sim.FaultKinds() {
		list = append(list, string(k))
	}
	return list
}
