package target

import (
	"context"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim/control"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// servedLab breaks a served world over its control address.
type servedLab struct{ control control.Client }

var _ Lab = (*servedLab)(nil)

func (l *servedLab) StartFault(ctx context.Context, f wire.Fault) error {
	return l.control.StartFault(ctx, control.FromSim(toSim(f)))
}

func (l *servedLab) StopFault(ctx context.Context, name string) error {
	return l.control.StopFault(ctx, name)
}

func (l *servedLab) ActiveFaults(ctx context.Context) ([]wire.Fault, error) {
	s, err := l.control.Status(ctx)
	if err != nil {
		return nil, err
	}
	var on []wire.Fault
	for _, f := range s.Faults {
		on = append(on, fromSim(f.Sim()))
	}
	return on, nil
}

func (l *servedLab) Where() string { return "sim" }

func (l *servedLab) Trail(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) {
	events, err := l.control.Trail(ctx, region, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]wire.TrailEvent, len(events))
	for i, e := range events {
		out[i] = wire.TrailEvent{
			Time: e.Time, Op: e.Op, Region: e.Region, Principal: e.Principal, CallerRegion: e.CallerRegion,
			RequestID: e.RequestID, Code: e.Code, Key: e.Key,
		}
	}
	return out, nil
}
