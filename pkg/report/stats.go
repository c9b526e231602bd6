package report

import (
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
)

// How many successful calls a percentile needs before it is shown: with fewer
// it would be the luck of one call.
const (
	enoughForP95  = 20
	enoughForP99  = 100
	enoughForP999 = 1000
)

// Stats sums calls up. Latencies are those of the calls that succeeded, from
// the moment each was due; a percentile is missing when too few did.
type Stats struct {
	Phase        string   `json:"phase"`
	Requests     int64    `json:"requests"`
	OK           int64    `json:"ok"`
	Failed       int64    `json:"failed"`
	Unknown      int64    `json:"unknown"`                        // may or may not have taken effect
	Availability *float64 `json:"availability_percent,omitempty"` // ok of requests, missing without any
	P50          *Millis  `json:"p50_ms,omitempty"`
	P95          *Millis  `json:"p95_ms,omitempty"`
	P99          *Millis  `json:"p99_ms,omitempty"`
	P999         *Millis  `json:"p999_ms,omitempty"`
	Max          *Millis  `json:"max_ms,omitempty"`
}

// tally gathers the calls of one row of statistics.
type tally struct {
	phase               string
	ok, failed, unknown int64
	longest             time.Duration
	took                *hdrhistogram.Histogram
}

// longestTook is the longest latency a histogram tells apart from longer ones.
const longestTook = time.Hour

func newTally(phase string) *tally {
	return &tally{phase: phase, took: hdrhistogram.New(1, longestTook.Microseconds(), 3)}
}

func (t *tally) add(o history.Outcome, took time.Duration) {
	switch o {
	case history.OK:
		t.ok++
		t.longest = max(t.longest, took)
		// In range by construction: the only error there is.
		_ = t.took.RecordValue(min(max(took, 0), longestTook).Microseconds())
	case history.Failed:
		t.failed++
	default:
		t.unknown++
	}
}

func (t *tally) stats() Stats {
	s := Stats{Phase: t.phase, Requests: t.ok + t.failed + t.unknown, OK: t.ok, Failed: t.failed, Unknown: t.unknown}
	s.Availability = availability(t.ok, s.Requests)
	quantile := func(q float64, enough int64) *Millis {
		if t.ok < enough {
			return nil
		}
		v := Millis(min(time.Duration(t.took.ValueAtQuantile(q))*time.Microsecond, t.longest))
		return &v
	}
	s.P50, s.P95 = quantile(50, 1), quantile(95, enoughForP95)
	s.P99, s.P999 = quantile(99, enoughForP99), quantile(99.9, enoughForP999)
	if t.ok > 0 {
		longest := Millis(t.longest)
		s.Max = &longest
	}
	return s
}

// availability is the share of the calls that succeeded, in percent to four
// decimals and rounded down, nil when there were none.
func availability(ok, sent int64) *float64 {
	if sent == 0 {
		return nil
	}
	p := math.Floor(float64(ok)/float64(sent)*1e6) / 1e4
	return &p
}

// latencies are the latencies of one bucket, few enough to be kept as they are.
type latencies []time.Duration

func (l *latencies) add(d time.Duration) { *l = append(*l, d) }

// quantile is the nearest-rank quantile, nil when there are too few.
func (l latencies) quantile(q float64, enough int) *Millis {
	if len(l) < enough || len(l) == 0 {
		return nil
	}
	slices.Sort(l)
	v := Millis(l[max(0, int(math.Ceil(q/100*float64(len(l))))-1)])
	return &v
}
