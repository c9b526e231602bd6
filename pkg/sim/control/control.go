// Package control is how a served simulated world is controlled while it runs:
// its faults, its time, its trails. It is no part of AWS; a server answers it
// on its own path and to callers on the same machine only.
package control

import (
	"fmt"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// Path is where everything of this package is answered. AWS's services answer
// at the root only.
const Path = "/_mrkctl/v1/"

// Header has to come with every request, so that a page in a browser can't
// send one.
const Header = "X-Mrkctl-Control"

// Status is how a served world is doing.
type Status struct {
	Program string        `json:"program"` // name and version of the server
	Account string        `json:"account"`
	Now     time.Time     `json:"now"`            // the world's time
	Ahead   Duration      `json:"ahead"`          // of wall time
	Next    *time.Time    `json:"next,omitempty"` // when something happens by itself
	State   string        `json:"state"`          // the state file; empty when nothing is kept
	Latency bool          `json:"latency"`
	Regions []RegionCount `json:"regions"` // those that hold something
	Faults  []ActiveFault `json:"faults"`
}

// RegionCount is how much a Region holds.
type RegionCount struct {
	Region       string `json:"region"`
	Keys         int    `json:"keys"`
	Primaries    int    `json:"primaries"`
	Replicas     int    `json:"replicas"`
	Aliases      int    `json:"aliases"`
	TrailRecords int    `json:"trail_records"`
}

// Fault is sim.Fault as JSON.
type Fault struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	In     []string `json:"in,omitempty"`
	Planes []string `json:"planes,omitempty"`
	Calls  []string `json:"calls,omitempty"`
	Looks  string   `json:"looks,omitempty"`
	Share  float64  `json:"share,omitempty"`
	By     Duration `json:"by,omitempty"`
	Key    string   `json:"key,omitempty"`
	AtMost Duration `json:"at_most"`
}

// ActiveFault is a fault that is on.
type ActiveFault struct {
	Fault
	Ends time.Time `json:"ends"`
}

// FromSim is a fault of a world as JSON.
func FromSim(f sim.Fault) Fault {
	out := Fault{
		Name: f.Name, Kind: string(f.Kind), In: f.In, Calls: f.Calls, Looks: f.Looks,
		Share: f.Share, By: Duration(f.By), Key: f.Key, AtMost: Duration(f.AtMost),
	}
	for _, p := range f.Planes {
		out.Planes = append(out.Planes, string(p))
	}
	return out
}

// Sim is the fault for a world.
func (f Fault) Sim() sim.Fault {
	out := sim.Fault{
		Name: f.Name, Kind: sim.FaultKind(f.Kind), In: f.In, Calls: f.Calls, Looks: f.Looks,
		Share: f.Share, By: time.Duration(f.By), Key: f.Key, AtMost: time.Duration(f.AtMost),
	}
	for _, p := range f.Planes {
		out.Planes = append(out.Planes, sim.Plane(p))
	}
	return out
}

// TrailEvent is sim.TrailEvent as JSON.
type TrailEvent struct {
	Time         time.Time `json:"time"`
	Op           string    `json:"operation"`
	Region       string    `json:"region"`
	Principal    string    `json:"principal"`
	CallerRegion string    `json:"caller_region,omitempty"`
	RequestID    string    `json:"request_id,omitempty"`
	Code         string    `json:"error_code,omitempty"`
	Key          string    `json:"key,omitempty"`
	EventID      string    `json:"event_id"`
}

// Duration is a time.Duration that JSON spells like 1m30s.
type Duration time.Duration

// MarshalText spells the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration %q: use a number with a unit, like 90s or 10m", text)
	}
	*d = Duration(v)
	return nil
}
