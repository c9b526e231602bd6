package wire

import "time"

// Plane is one half of a Region's service: the calls that use keys or those
// that manage them.
type Plane string

// The two planes of KMS.
const (
	Data    Plane = "data"    // Encrypt, Decrypt, GenerateDataKey, Sign …
	Control Plane = "control" // everything else
)

// Fault is one thing that goes wrong, as a runbook or the command line names
// it. Where it takes effect (in the simulated cloud, or only in our own calls)
// is decided by who it is handed to.
type Fault struct {
	Name   string        `json:"name"`             // the runbook's name for it
	Kind   string        `json:"kind"`             // region-outage, region-slow, throttle …
	In     []string      `json:"in,omitempty"`     // Regions; empty means every Region
	Planes []Plane       `json:"planes,omitempty"` // empty means both
	Calls  []string      `json:"calls,omitempty"`  // operations; empty means all of the planes
	Looks  string        `json:"looks,omitempty"`  // timeout, refused, dns, 503 or an AWS error code
	Share  float64       `json:"share,omitempty"`  // share of calls hit, 0..1; 0 means all
	By     time.Duration `json:"by,omitempty"`     // added latency, lag or skew
	Key    string        `json:"key,omitempty"`    // key id, for faults of one key
	AtMost time.Duration `json:"at-most"`          // it ends by itself after this long
}
