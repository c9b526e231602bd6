package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ranks is the Mann-Whitney test of two sets of latencies, on the buckets of
// their histograms: p is how likely a difference like theirs is when there is
// none. The normal approximation with its correction for ties needs twenty of
// each.
func ranks(a, b *hdrhistogram.Histogram) (note string, same bool) {
	if a == nil || b == nil || a.TotalCount() < 20 || b.TotalCount() < 20 {
		return "", false
	}
	type bucket struct{ a, b float64 }
	at := map[int64]*bucket{}
	put := func(h *hdrhistogram.Histogram, add func(*bucket, float64)) {
		for _, bar := range h.Distribution() {
			if bar.Count == 0 {
				continue
			}
			v, ok := at[bar.From]
			if !ok {
				v = &bucket{}
				at[bar.From] = v
			}
			add(v, float64(bar.Count))
		}
	}
	put(a, func(v *bucket, n float64) { v.a += n })
	put(b, func(v *bucket, n float64) { v.b += n })
	values := make([]int64, 0, len(at))
	for v := range at {
		values = append(values, v)
	}
	slices.Sort(values)
	n, m := float64(a.TotalCount()), float64(b.TotalCount())
	var below, rankSum, ties float64
	for _, v := range values {
		size := at[v].a + at[v].b
		rankSum += at[v].a * (below + (size+1)/2)
		ties += size*size*size - size
		below += size
	}
	total := n + m
	u := rankSum - n*(n+1)/2
	variance := n * m / 12 * (total + 1 - ties/(total*(total-1)))
	p := 1.0
	if variance > 0 {
		p = math.Erfc(math.Abs(u-n*m/2) / math.Sqrt(2*variance))
	}
	chance := fmt.Sprintf("p=%.2g", p)
	if p < 0.001 {
		chance = "p<0.001"
	}
	return fmt.Sprintf("Mann-Whitney %s, n=%d+%d", chance, a.TotalCount(), b.TotalCount()), p >= 0.01
}
