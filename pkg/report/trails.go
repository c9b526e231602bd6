package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// TrailSum is what the audit trail of a Region recorded of one caller. Calls
// from another Region are listed by operation, all others summed up.
type TrailSum struct {
	Region    string `json:"region"`           // of the trail
	Caller    string `json:"caller,omitempty"` // Region the caller was in, where anything tells
	Principal string `json:"principal"`
	Op        string `json:"op,omitempty"` // only where the call crossed Regions
	Records   int    `json:"records"`
	Failed    int    `json:"failed"`
	Crosses   bool   `json:"crosses"`
}

// trailLog keeps what the trails said. A stretch that was read again, because
// its records come late, counts as it was read last.
type trailLog struct {
	read  []journal.Trail
	index map[stretch]int
}

// stretch is a part of a Region's trail. Read again, the last one may end later.
type stretch struct {
	region string
	from   int64
}

func (l *trailLog) add(t journal.Trail) {
	if l.index == nil {
		l.index = map[stretch]int{}
	}
	replace(&l.read, l.index, stretch{t.Region, t.From.UnixNano()}, t)
}

// finish returns the sums, those that crossed Regions first, and what could
// not be read.
func (l *trailLog) finish(order []string) (sums []TrailSum, unread []string) {
	index := map[TrailSum]int{} // with nothing counted
	for _, t := range l.read {
		if t.Unread != "" {
			unread = append(unread, fmt.Sprintf("The audit trail of %s could not be read: %s", t.Region, t.Unread))
		} else if !t.Settled {
			unread = append(unread, fmt.Sprintf("The audit trail of %s may still grow: it was read before all of it had been delivered.", t.Region))
		}
		for _, r := range t.Rows {
			id := TrailSum{Region: t.Region, Caller: r.Caller, Principal: r.Principal, Crosses: r.Caller != "" && r.Caller != t.Region}
			if id.Crosses {
				id.Op = r.Op
			}
			i, ok := index[id]
			if !ok {
				i = len(sums)
				index[id] = i
				sums = append(sums, id)
			}
			sums[i].Records += r.Count
			sums[i].Failed += r.Failed
		}
	}
	slices.SortFunc(sums, func(a, b TrailSum) int {
		if a.Crosses != b.Crosses {
			return map[bool]int{true: -1, false: 1}[a.Crosses]
		}
		return cmp.Or(byOrder(order, a.Region, b.Region), byOrder(order, a.Caller, b.Caller), cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Op, b.Op))
	})
	slices.Sort(unread)
	return sums, slices.Compact(unread)
}
