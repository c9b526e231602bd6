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

// trailLog sums the trails up.
type trailLog struct {
	sums   []TrailSum
	index  map[TrailSum]int // with nothing counted
	unread []string
}

func (l *trailLog) add(t journal.Trail) {
	if l.index == nil {
		l.index = map[TrailSum]int{}
	}
	if t.Unread != "" {
		l.unread = append(l.unread, fmt.Sprintf("The audit trail of %s could not be read: %s", t.Region, t.Unread))
	} else if !t.Settled {
		l.unread = append(l.unread, fmt.Sprintf("The audit trail of %s may still grow: it was read before all of it had been delivered.", t.Region))
	}
	for _, r := range t.Rows {
		id := TrailSum{Region: t.Region, Caller: r.Caller, Principal: r.Principal, Crosses: r.Caller != "" && r.Caller != t.Region}
		if id.Crosses {
			id.Op = r.Op
		}
		i, ok := l.index[id]
		if !ok {
			i = len(l.sums)
			l.index[id] = i
			l.sums = append(l.sums, id)
		}
		l.sums[i].Records += r.Count
		l.sums[i].Failed += r.Failed
	}
}

// finish returns the sums, those that crossed Regions first, and what could
// not be read.
func (l *trailLog) finish(order []string) (sums []TrailSum, unread []string) {
	slices.SortFunc(l.sums, func(a, b TrailSum) int {
		if a.Crosses != b.Crosses {
			return map[bool]int{true: -1, false: 1}[a.Crosses]
		}
		return cmp.Or(byOrder(order, a.Region, b.Region), byOrder(order, a.Caller, b.Caller), cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Op, b.Op))
	})
	slices.Sort(l.unread)
	return l.sums, slices.Compact(l.unread)
}
