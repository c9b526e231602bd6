package drill

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Cloud is the world a drill runs in: AWS, or a simulated one. The drill never
// learns which, except from the stamp that goes into its report.
type Cloud struct {
	// Client returns the client of a caller in Region from for the endpoint of
	// Region to. The role separates the drill's own calls ("") from those of
	// the applications it plays, so that the audit trail can tell them apart.
	Client func(from, to, role string) *kms.Client
	// Clock is the timeline of the drill.
	Clock clock.Clock
	// Run runs a function as the first process of that timeline.
	Run func(func())
	// Origin is the stamp of origin.
	Origin journal.Origin
	// Lab breaks things and reads the audit trails.
	Lab Lab
	// Passing says that the world is gone with the process. A run in it that
	// died is not gone on with: on virtual time it is lived again from its seed.
	Passing bool
}

// Lab is the hand that breaks a world and the eye that reads its audit trails.
// It has two implementations: the simulator's, which breaks the service
// itself, and AWS's, which can only cut the drill's own calls.
type Lab interface {
	// StartFault begins a fault. It ends by itself after Fault.AtMost.
	StartFault(ctx context.Context, f wire.Fault) error
	// StopFault ends the fault of that name; one that has ended is no error.
	StopFault(ctx context.Context, name string) error
	// Where says where faults take effect: sim or client.
	Where() string
	// Trail returns what the audit trail of a Region recorded in a stretch of
	// time, in order.
	Trail(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error)
}
