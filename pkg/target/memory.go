package target

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// openMemory opens a new world in this process that is forgotten at the end.
func openMemory(o Options) (*Target, error) {
	so := sim.Options{Seed: o.Seed, Start: o.Start, Sabotage: o.Sabotage, Account: o.Account}
	if o.Speed > 0 {
		line := clock.NewReal(o.Speed)
		so.Start = line.Now()
		return embed(so, func(*sim.World) clock.Clock { return line }, o)
	}
	return embed(so, func(w *sim.World) clock.Clock { return clock.NewVirtual(w.Now()) }, o)
}

func embed(so sim.Options, line func(*sim.World) clock.Clock, o Options) (*Target, error) {
	w, err := sim.New(so)
	if err != nil {
		return nil, fmt.Errorf("open target sim: %w", err)
	}
	t, _ := serve(w, line(w), o, "embedded, forgotten at the end")
	t.passing = true
	return t, nil
}

// serve makes a target of a world in this process. Its clients are built from
// nothing but the world: no AWS profile can leak in, and no call can leak out.
func serve(w *sim.World, c clock.Clock, o Options, detail string) (*Target, *awsjson.Server) {
	server := awsjson.New(w, c)
	account := w.Options().Account
	home := o.Region
	if home == "" {
		home = "us-east-1"
	}
	caller := func(role, from string) *sim.Principal {
		p := principal(account, role, from)
		if o.As != "" {
			p.ARN = o.As
		}
		return p
	}
	regions := o.Regions
	if len(regions) == 0 {
		for _, r := range w.Regions() {
			regions = append(regions, r.Name)
		}
	}
	return &Target{
		kind: Sim, clock: c, lab: &simLab{server: server}, regions: preferred(home, regions),
		build: func(from, to, role string) kms.Options {
			var d wire.Doer = server.Transport(from, to, caller(role, from))
			if o.Retry {
				d = wire.Retry(d, c, 8)
			}
			if o.ReadOnly {
				d = wire.Guard(d, to, readOnly)
			}
			return lean(to, d)
		},
		origin: func(context.Context) (Origin, error) {
			return Origin{Kind: Sim, Detail: detail, Account: account, Caller: caller("", home).ARN}, nil
		},
	}, server
}

// ErrReadOnly is why a read-only target refuses a change.
var ErrReadOnly = fmt.Errorf("this target is read-only (--read-only, MRKCTL_READ_ONLY or read-only in the configuration file)")

func readOnly(string, string) error { return ErrReadOnly }
