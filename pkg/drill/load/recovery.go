package load

import (
	"cmp"
	"slices"
	"time"
)

// Point is one call of a load, for looking back at a whole run.
type Point struct {
	Due     time.Time
	Latency time.Duration // from due to the answer
	OK      bool
}

// Recovery is how a load came back after an event.
type Recovery struct {
	// Known is false when too little was seen: no call after the event, or
	// none long enough after the last bad one.
	Known bool
	// Took is from the event to the answer of the first call from which the
	// load stayed good. It is 0 when the load was never bad.
	Took time.Duration
	// Bad is how many calls after the event failed before that.
	Bad int
}

// Recover finds the first moment after an event from which every call
// succeeded for at least goodFor, as calls due that much later show.
func Recover(points []Point, event time.Time, goodFor time.Duration) Recovery {
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(x, y Point) int { return x.Due.Compare(y.Due) })
	from, _ := slices.BinarySearchFunc(points, event, func(p Point, t time.Time) int {
		return cmp.Compare(p.Due.UnixNano(), t.UnixNano())
	})
	bad, first := 0, -1 // the first call of the good stretch that is being looked at
	for i, p := range points[from:] {
		switch {
		case !p.OK:
			bad, first = bad+1, -1
			continue
		case first < 0:
			first = from + i
		}
		if p.Due.Sub(points[first].Due) < goodFor {
			continue
		}
		r := Recovery{Known: true, Bad: bad}
		if bad > 0 {
			r.Took = points[first].Due.Add(points[first].Latency).Sub(event)
		}
		return r
	}
	return Recovery{Bad: bad}
}
