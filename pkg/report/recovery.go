package report

import "time"

// Recovery is how long service was away, and what the promotions took.
type Recovery struct {
	Gaps  []RegionGap `json:"gaps"` // the longest of each Region first
	Moves []Move      `json:"moves"`
}

// RegionGap is a gap and the Region it was in.
type RegionGap struct {
	Region string `json:"region"`
	Gap
}

// Gap is a stretch in which a Region was called and no call succeeded.
type Gap struct {
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Took       Millis    `json:"took_ms"`
	Resolution Millis    `json:"resolution_ms"` // how exact start and end are
	Open       bool      `json:"open"`          // the load ended before service came back
}

// gapLog finds gaps. Calls arrive in the order in which they ended, so it marks
// slots of time and looks at them at the end.
type gapLog struct {
	start time.Time
	slot  time.Duration
	slots []slot
}

type slot struct{ ok, bad bool }

func newGapLog(start, end time.Time) *gapLog {
	length := max(time.Second, bucketLength(end.Sub(start), 5000))
	return &gapLog{start: start, slot: length}
}

func (l *gapLog) add(due time.Time, ok bool) {
	i := max(0, int(due.Sub(l.start)/l.slot))
	for len(l.slots) <= i {
		l.slots = append(l.slots, slot{})
	}
	l.slots[i].ok = l.slots[i].ok || ok
	l.slots[i].bad = l.slots[i].bad || !ok
}

// finish returns the gaps in order of time. A slot without any call belongs to
// whatever goes on around it.
func (l *gapLog) finish() []Gap {
	var gaps []Gap
	first, last := -1, -1
	end := func(open bool) {
		if first < 0 {
			return
		}
		g := Gap{
			Start: l.start.Add(time.Duration(first) * l.slot), End: l.start.Add(time.Duration(last+1) * l.slot),
			Resolution: Millis(l.slot), Open: open,
		}
		g.Took = Millis(g.End.Sub(g.Start))
		gaps = append(gaps, g)
		first = -1
	}
	for i, s := range l.slots {
		switch {
		case s.ok:
			end(false)
		case s.bad:
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	end(true)
	return gaps
}
