package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/sim/store"
	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// defaultListen is where a simulated world is served unless told otherwise,
// and where commands look for one.
const defaultListen = "127.0.0.1:4599"

type simServeOptions struct {
	listen    string
	state     string
	latency   bool
	knobs     simKnobs
	closed    []string
	timeScale float64
	partition string
	seed      uint64
	proxies   []string
	people    string
}

func newSimServeCmd(app *App) *cobra.Command {
	o := simServeOptions{}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve a simulated multi-Region KMS to any AWS client",
		Long: `Serve a simulated multi-Region KMS at one address of this machine, for all
Regions: the Region is that of the client's signature, or of a host name such as
kms.eu-west-1.localhost. STS GetCallerIdentity, CloudTrail LookupEvents, and what
IAM says of the service-linked role of multi-Region keys are answered there too.
"mrkctl sim env" prints the variables a client needs.

The credentials are test/test, an administrator of account 111122223333. The
access key test.ROLE.SESSION with secret test is the session of a role; where
SESSION is a Region, the call counts as coming from there.

More principals come from a file of --principals: a JSON list of objects with
access_key, secret, session_token, arn, id, policies, permissions_boundary and
session_policy. One without policies is an administrator of its account.

With --state the world is kept in a file: a change is on the disk before it is
acknowledged. Without it the world is gone when the command ends.

Calls are throttled as on AWS, by Region, account and operation. --quota sets
how many a second an operation may have, or the pools symmetric, rsa, ecc and
ml-dsa that cryptography shares, or how many there may be of: keys,
aliases-per-key, grants-per-key, custom-key-stores, on-demand-rotations,
tags-per-key, policy-bytes. --latency and faults can also be set while it runs:
"mrkctl sim latency", "mrkctl sim fault".`,
		Example: `  mrkctl sim serve
  mrkctl sim serve --listen 127.0.0.1:0 --state ./world.db --latency
  mrkctl sim serve --quota Decrypt=5 --quota keys=10 --trail-delay 0s`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimServe(c.Context(), app, o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.listen, "listen", defaultListen, "address to listen at, of this machine only; port 0 picks a free one")
	flags.StringVar(&o.state, "state", "", "file to keep the world in")
	flags.BoolVar(&o.latency, "latency", false, "let calls take the time that the modelled network would")
	o.knobs.bind(flags)
	flags.Float64Var(&o.timeScale, "time-scale", 1, "how many seconds pass in the world in a second")
	flags.StringSliceVar(&o.closed, "not-opted-in", nil, "opt-in Regions that the account of a new world has not enabled")
	flags.StringVar(&o.partition, "partition", "aws", "Regions of a new world: those of aws, aws-cn, aws-us-gov or all")
	flags.Uint64Var(&o.seed, "seed", 0, "seed of a new world's luck and latencies; key material is always random")
	flags.StringArrayVar(&o.proxies, "xks-proxy", nil, "reach the external key store proxy of an endpoint somewhere else, as https://ENDPOINT=URL; may be repeated")
	flags.StringVar(&o.people, "principals", "", "file with principals beside test/test")
	complete(c, "partition", "aws", "aws-cn", "aws-us-gov", "all")
	return c
}

// servedGCPercent lets the heap of a server grow further between collections: a
// small world would be collected a dozen times a second under load.
const servedGCPercent = 400

func runSimServe(ctx context.Context, app *App, o simServeOptions) (err error) {
	if app.Env["GOGC"] == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(servedGCPercent))
	}
	if err := loopback(o.listen); err != nil {
		return err
	}
	if o.timeScale <= 0 {
		return usageErrorf("--time-scale %v: time must go forward", o.timeScale)
	}
	regions, err := partitionRegions(o.partition)
	if err != nil {
		return err
	}
	routes, err := xksRoutes(o.proxies)
	if err != nil {
		return err
	}
	people, err := readPrincipals(o.people)
	if err != nil {
		return err
	}
	line := clock.NewReal(o.timeScale)
	wanted, err := o.knobs.tune(sim.Options{
		Start: line.Now(), Rand: rand.Reader, Seed: o.seed, Regions: regions, NotOptedIn: o.closed, Limits: sim.DefaultLimits(),
	}, true)
	if err != nil {
		return err
	}
	server, keep, err := servedWorld(o.state, wanted, line)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keep()) }()
	if err := server.Change(func(w *sim.World) error {
		tuned, err := o.knobs.tune(w.Options(), false)
		if err != nil {
			return err
		}
		w.ReachProxies(xks.Network(routes), time.Now)
		w.LimitTrails(servedTrail)
		return w.Tune(tuned)
	}); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return withHint(fmt.Errorf("serve a simulated world: %w", err), "mrkctl sim serve --listen 127.0.0.1:0")
	}
	url := "http://" + l.Addr().String()
	if err := app.print(url + "\n"); err != nil {
		return err
	}
	app.Note("serving account 111122223333, credentials test/test; mrkctl sim env --url %s prints the variables", url)
	version := buildVersion()
	return awsjson.Serve(ctx, l, server.Handler(awsjson.HandlerOptions{
		Latency: o.latency, Program: "mrkctl " + version.Version, State: o.state, Credentials: people,
	}))
}

// servedWorld opens the world in a file, or makes one that is forgotten. The
// function keeps what is to be kept and ends it.
func servedWorld(path string, o sim.Options, line clock.Clock) (*awsjson.Server, func() error, error) {
	if path == "" {
		w, err := sim.New(o)
		if err != nil {
			return nil, nil, err
		}
		return awsjson.New(w, line), func() error { return nil }, nil
	}
	s, err := store.Open(path)
	if errors.Is(err, store.ErrLocked) {
		return nil, nil, withExit(exitLocked, err)
	}
	if err != nil {
		return nil, nil, err
	}
	w, err := s.World(o)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	server := awsjson.New(w, line)
	server.Keep(s)
	return server, func() error {
		return errors.Join(server.Change(s.Finish), s.Close())
	}, nil
}

// readPrincipals reads the file of --principals; no file has none.
func readPrincipals(path string) ([]awsjson.Credential, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usageErrorf("--principals: %v", err)
	}
	defer f.Close() //nolint:errcheck // only read
	list, err := awsjson.ReadCredentials(f)
	if err != nil {
		return nil, usageErrorf("--principals %s: %v", path, err)
	}
	return list, nil
}

// loopback refuses addresses that other machines can reach: who can call the
// simulator may do everything in it.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usageErrorf("--listen %s: %v", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return withHint(withExit(exitRefused, fmt.Errorf("--listen %s: other machines could reach it, and its credentials are public", address)),
			"mrkctl sim serve --listen %s", defaultListen)
	}
	return nil
}

func partitionRegions(name string) ([]string, error) {
	var regions []string
	for _, r := range sim.AllRegions() {
		if name == "all" || r.Partition == name {
			regions = append(regions, r.Name)
		}
	}
	if regions == nil {
		return nil, usageErrorf("--partition %s: use aws, aws-cn, aws-us-gov or all", name)
	}
	return regions, nil
}

// servedTrail is how many records of each Region's trail a served world keeps.
const servedTrail = 1 << 20

// probePatience is how long commands wait for a served world to answer.
const probePatience = 300 * time.Millisecond
