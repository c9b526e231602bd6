package sim

import "time"

// Census is how much a Region of a world holds.
type Census struct {
	Region             string
	Keys, Aliases      int
	Primaries, Members int // of multi-Region keys
	TrailRecords       int
}

// Census counts what each Region holds. Regions without anything are left out.
// It needs no more than shared access.
func (w *World) Census() []Census {
	var list []Census
	for _, r := range w.regions {
		r.trail.mu.Lock()
		records := int(r.trail.count)
		r.trail.mu.Unlock()
		c := Census{Region: r.Name, Keys: len(r.members), Aliases: len(r.aliases), TrailRecords: records}
		for _, m := range r.members {
			if m.set.Multi {
				c.Members++
				if m.isPrimary() {
					c.Primaries++
				}
			}
		}
		if c != (Census{Region: r.Name}) {
			list = append(list, c)
		}
	}
	return list
}

// FaultEnds is when an active fault ends by itself; zero for one that is not active.
func (w *World) FaultEnds(name string) time.Time {
	for _, f := range w.faults {
		if f.Name == name {
			return time.Unix(0, f.Until).UTC()
		}
	}
	return time.Time{}
}
