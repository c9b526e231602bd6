package target

import (
	"context"
	"errors"
	"time"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// clientLab cuts our own calls, where the world itself can't be broken.
type clientLab struct {
	faults *wire.Injector
	trail  func(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) // nil when there is none
}

var _ Lab = (*clientLab)(nil)

func (l *clientLab) StartFault(_ context.Context, f wire.Fault) error { return l.faults.Start(f) }

func (l *clientLab) StopFault(_ context.Context, name string) error {
	l.faults.Stop(name)
	return nil
}

func (l *clientLab) ActiveFaults(context.Context) ([]wire.Fault, error) {
	return l.faults.Active(), nil
}

func (l *clientLab) Where() string { return "client" }

// ErrNoTrail says that a target has no audit trail that can be read.
var ErrNoTrail = errors.New("this target has no audit trail that can be read")

func (l *clientLab) Trail(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) {
	if l.trail == nil {
		return nil, ErrNoTrail
	}
	return l.trail(ctx, region, from, to)
}
