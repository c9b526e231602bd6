package target

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// simLab breaks a simulated world from the inside.
type simLab struct{ server *awsjson.Server }

var _ Lab = (*simLab)(nil)

func (l *simLab) StartFault(_ context.Context, f wire.Fault) error {
	return l.server.Change(func(w *sim.World) error { return w.StartFault(toSim(f)) })
}

func (l *simLab) StopFault(_ context.Context, name string) error {
	return l.server.Change(func(w *sim.World) error { return w.StopFault(name) })
}

func (l *simLab) ActiveFaults(context.Context) ([]wire.Fault, error) {
	var on []wire.Fault
	l.server.View(func(w *sim.World) {
		for _, f := range w.Faults() {
			on = append(on, fromSim(f))
		}
	})
	return on, nil
}

func (l *simLab) Where() string { return "sim" }

func (l *simLab) Trail(_ context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) {
	var events []wire.TrailEvent
	known := false
	l.server.View(func(w *sim.World) {
		known = slices.ContainsFunc(w.Regions(), func(r sim.Region) bool { return r.Name == region })
		for _, e := range w.Trail(region, from, to) {
			events = append(events, wire.TrailEvent{
				Time: e.Time, Op: e.Op, Region: e.Region, Principal: e.Principal, CallerRegion: e.CallerRegion,
				RequestID: e.RequestID, Code: e.Code, Key: e.Key,
			})
		}
	})
	if !known {
		return nil, fmt.Errorf("read the trail of %s: no such Region in this world", region)
	}
	return events, nil
}

func toSim(f wire.Fault) sim.Fault {
	s := sim.Fault{
		Name: f.Name, Kind: sim.FaultKind(f.Kind), In: f.In, Calls: f.Calls, Looks: f.Looks,
		Share: f.Share, By: f.By, Key: f.Key, AtMost: f.AtMost,
	}
	for _, p := range f.Planes {
		s.Planes = append(s.Planes, sim.Plane(p))
	}
	return s
}

func fromSim(s sim.Fault) wire.Fault {
	f := wire.Fault{
		Name: s.Name, Kind: string(s.Kind), In: s.In, Calls: s.Calls, Looks: s.Looks,
		Share: s.Share, By: s.By, Key: s.Key, AtMost: s.AtMost,
	}
	for _, p := range s.Planes {
		f.Planes = append(f.Planes, wire.Plane(p))
	}
	return f
}
