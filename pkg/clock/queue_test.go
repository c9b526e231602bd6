package clock

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueueGivesWhatIsDueNext holds the heap against sorting, with pushes and
// pops in any order and many waits at one moment.
func TestQueueGivesWhatIsDueNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var plain []wait
		seq := uint64(0)
		for _, at := range rapid.SliceOf(rapid.IntRange(-3, 9)).Draw(t, "pushes, and pops where negative") {
			if at >= 0 {
				seq++
				x := wait{at: time.Duration(at), seq: seq}
				q.push(x)
				plain = append(plain, x)
				continue
			}
			if len(plain) == 0 {
				continue
			}
			slices.SortFunc(plain, func(a, b wait) int {
				return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
			})
			if got := q.pop(); got != plain[0] {
				t.Fatalf("got %v, want %v", got, plain[0])
			}
			plain = plain[1:]
		}
		if len(q) != len(plain) {
			t.Fatalf("%d are left, want %d", len(q), len(plain))
		}
	})
}
