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

// world is the target of a command that works in the world as it is, one rule
// for all of them: what the settings name, and for the plain "sim" the world
// that is served at the default address, where one is, else the embedded one.
// Drills don't ask: on "sim" they make a world of their own.
func (a *App) world(ctx context.Context) string {
	if a.Config.Target != "sim" || a.Served == "" {
		return a.Config.Target
	}
	served := &control.Client{URL: "http://" + a.Served}
	probe, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	if _, err := served.Status(probe); err != nil {
		return a.Config.Target
	}
	a.Note("world: served at %s", served.URL)
	return "sim:" + served.URL
}

// simState is the file of the embedded simulator.
func (a *App) simState() string {
	return filepath.Join(config.DirsOf(a.Env).State, "sim", "world.db")
}

// openSim finds the simulated world that a sim command is about. The function
// ends the use of it.
func (a *App) openSim(ctx context.Context) (*control.Client, func() error, error) {
	spec := a.world(ctx)
	rest, named := strings.CutPrefix(spec, "sim:")
	switch {
	case named && strings.Contains(rest, "://"):
		return &control.Client{URL: rest}, func() error { return nil }, nil
	case named:
		return openSimFile(rest)
	case spec != "sim":
		return nil, nil, usageErrorf("the sim commands are about a simulated world, not about target %s", spec)
	}
	path := a.simState()
	a.Note("world: embedded, kept in %s (nothing is served at %s)", path, defaultListen)
	return openSimFile(path)
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
