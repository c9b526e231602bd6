package load

import (
	"slices"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Rolling are the figures of the calls that ended in the last stretch of time,
// for a guard such as success >= 90% over 30s.
type Rolling struct {
	mu    *sync.Mutex
	over  time.Duration
	all   *Stats    // in place of what follows, for the stretch without an end
	first time.Time // when the first call was due
	calls []ended   // in the order in which they ended
	head  int       // calls before it are too old
	ok    int       // of those from head on
	sum   time.Duration
}

type ended struct {
	at      time.Time
	latency time.Duration
	ok      bool
}

// Rolling returns figures over the last stretch of time of the series, from
// now on. A stretch of 0 is all that comes.
func (s *Series) Rolling(over time.Duration) *Rolling {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Rolling{mu: &s.mu, over: over}
	if over == 0 {
		r.all = newStats(&s.mu, time.Time{})
	}
	s.rolling = append(s.rolling, r)
	return r
}

func (r *Rolling) add(x Sample) {
	if r.all != nil {
		r.all.add(x)
		return
	}
	if r.first.IsZero() || x.Due.Before(r.first) {
		r.first = x.Due
	}
	e := ended{x.Ended(), x.Latency, x.Outcome == history.OK}
	// On real time calls may be reported a little out of order.
	at := len(r.calls)
	for at > r.head && r.calls[at-1].at.After(e.at) {
		at--
	}
	r.calls = slices.Insert(r.calls, at, e)
	r.count(e, 1)
	r.forget(e.at)
}

func (r *Rolling) count(e ended, by int) {
	if e.ok {
		r.ok += by
		r.sum += time.Duration(by) * e.latency
	}
}

// forget drops what ended before the stretch that ends now.
func (r *Rolling) forget(now time.Time) {
	for r.head < len(r.calls) && !r.calls[r.head].at.After(now.Add(-r.over)) {
		r.count(r.calls[r.head], -1)
		r.head++
	}
	if r.head > 1024 && r.head > len(r.calls)/2 {
		r.calls = slices.Delete(r.calls, 0, r.head)
		r.head = 0
	}
}

// Observed is what ended in the stretch up to now. Until the load has run for
// a whole stretch it is nothing, since a limit over 30s says nothing of the
// first second. Its quantiles are taken of the moment they are asked for.
func (r *Rolling) Observed(now time.Time) runbook.Observed {
	if r.all != nil {
		return r.all.Observed()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if r.first.IsZero() || now.Sub(r.first) < r.over {
		return runbook.Observed{Quantile: r.quantile}
	}
	o := runbook.Observed{Sent: len(r.calls) - r.head, OK: r.ok, Quantile: r.quantile}
	if r.ok > 0 {
		o.Mean = r.sum / time.Duration(r.ok)
	}
	return o
}

func (r *Rolling) quantile(q float64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	latencies := make([]time.Duration, 0, r.ok)
	for _, e := range r.calls[r.head:] {
		if e.ok {
			latencies = append(latencies, e.latency)
		}
	}
	slices.Sort(latencies)
	return quantile(latencies, q)
}
