package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/config"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

// openSim finds the simulated world that a sim command is about: the one
// served at the target's URL, the one in the target's file, or, when no target
// was chosen, the one served at the default address, else the embedded one.
// The function ends the use of it.
func (a *App) openSim(ctx context.Context) (*control.Client, func() error, error) {
	nothing := func() error { return nil }
	rest, named := strings.CutPrefix(a.Config.Target, "sim:")
	switch {
	case named && strings.Contains(rest, "://"):
		return &control.Client{URL: rest}, nothing, nil
	case named:
		return openSimFile(rest)
	case a.Config.Target != "sim":
		return nil, nil, usageErrorf("the sim commands are about a simulated world, not about target %s", a.Config.Target)
	}
	served := &control.Client{URL: "http://" + defaultListen}
	probe, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	if _, err := served.Status(probe); err == nil {
		a.Note("world: served at %s", served.URL)
		return served, nothing, nil
	}
	path := a.simState()
	a.Note("world: embedded, kept in %s (nothing is served at %s)", path, served.URL)
	return openSimFile(path)
}

// simState is the file of the embedded simulator.
func (a *App) simState() string {
	return filepath.Join(config.DirsOf(a.Env).State, "sim", "world.db")
}

func openSimFile(path string) (*control.Client, func() error, error) {
	line := clock.NewReal(1)
	server, keep, err := servedWorld(path, sim.Options{Start: line.Now(), Rand: rand.Reader}, line)
	if err != nil {
		return nil, nil, err
	}
	return server.Controller(awsjson.HandlerOptions{Program: "embedded", State: path}), keep, nil
}

// withSim runs f with the simulated world of the command.
func (a *App) withSim(ctx context.Context, f func(*control.Client) error) error {
	world, end, err := a.openSim(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(world), end())
}

// exactly asks for n arguments and says what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return withHint(usageErrorf("%s takes %s, got %d arguments", c.CommandPath(), what, len(args)), "%s --help", c.CommandPath())
	}
}
