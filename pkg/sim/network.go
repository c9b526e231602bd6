package sim

import (
	"math"
	"time"
)

// Network is how long a call travels. A round trip takes Base plus PerKm for
// each kilometre between the Regions, plus a random part of both up to Jitter.
type Network struct {
	// Base is the round trip within a Region.
	Base time.Duration
	// PerKm is what a kilometre of distance adds to the round trip.
	PerKm time.Duration
	// Jitter is the largest random part, as a share of the round trip.
	Jitter float64
}

// DefaultNetwork gives 2-3 ms within a Region and 80-100 ms across the Atlantic
// (us-east-1 to eu-west-1).
func DefaultNetwork() Network {
	return Network{Base: 2 * time.Millisecond, PerKm: 14600 * time.Nanosecond, Jitter: 0.18}
}

// Look is how an unreachable endpoint looks to a caller.
type Look string

// The looks of an outage. LookNone means that the call arrives.
const (
	LookNone    Look = ""
	LookTimeout Look = "timeout" // no answer until the caller gives up
	LookRefused Look = "refused" // connection refused
	LookDNS     Look = "dns"     // the name does not resolve
	Look503     Look = "503"     // HTTP 503 from something in front of the service
)

// Route is what the network does to one call.
type Route struct {
	// RoundTrip is the time there and back, without the service's own work.
	RoundTrip time.Duration
	// Look is how the endpoint fails to be reached; LookNone when it is.
	Look Look
	// LostReply says that the call is handled and its answer never arrives.
	LostReply bool
	// Err is an error with which the endpoint answers without looking at the
	// call: throttling, or an internal failure; nil when it looks.
	Err *Error
	// Skew is how far the endpoint's clock is ahead of the world's.
	Skew time.Duration
}

// Route says what happens now to a call from Region from to the endpoint of
// Region to. A caller outside AWS (from empty) is taken to be some ten
// milliseconds from every Region. Route draws jitter and the luck of partial
// faults and is safe beside other calls.
//
// Rules: MRK-NET-05, MRK-NET-06.
func (w *World) Route(from, to, op string) Route {
	a, b := w.region(from), w.region(to)
	if b == nil {
		return Route{RoundTrip: w.network.Base, Look: LookDNS}
	}
	base := w.network.Base + 8*time.Millisecond
	if a != nil {
		base = w.distance[a.index*len(w.regions)+b.index]
	}
	r := Route{RoundTrip: base + time.Duration(float64(base)*w.network.Jitter*w.noise.unit())}
	if len(w.faults) > 0 {
		w.disturb(&r, from, b, op)
	}
	return r
}

// distances works out the round trips between all Regions.
func distances(n Network, regions []*region) []time.Duration {
	d := make([]time.Duration, len(regions)*len(regions))
	for i, a := range regions {
		for j, b := range regions {
			km := kilometres(a.Region, b.Region)
			d[i*len(regions)+j] = n.Base + time.Duration(km*float64(n.PerKm))
		}
	}
	return d
}

// kilometres is the length of the great circle between two Regions.
func kilometres(a, b Region) float64 {
	if a.Name == b.Name {
		return 0
	}
	const earth, rad = 6371, math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*rad, (b.Lon-a.Lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(h)))
}
