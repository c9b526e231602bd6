// Package load keeps the figures of a steady load: what each probe sent, what
// came back and how long it took, in windows of the drill's timeline, in
// rolling stretches for guards, and over the whole.
//
// A load is an open schedule: calls are sent when they are due, whether or not
// earlier ones have been answered, and are timed from the moment they were due.
// So a service that stands still shows in every call of that time.
package load

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Sample is one call of a probe that has ended.
type Sample struct {
	Due     time.Time     // when the schedule wanted it
	Latency time.Duration // from due to the answer
	Outcome history.Outcome
	Code    string // error code; empty when it succeeded
}

// Ended is the moment of the answer.
func (s Sample) Ended() time.Time { return s.Due.Add(s.Latency) }

// Failure is one kind of error that a probe met.
type Failure struct {
	Code        string
	Count       int
	First, Last time.Time // due times of the first and the last such call
}

// Stats are the figures of one stretch of a load. Its methods may be used
// while samples come in.
type Stats struct {
	mu       *sync.Mutex
	from     time.Time
	sent     int
	ok       int
	unknown  int
	sum      time.Duration
	hist     *hdrhistogram.Histogram
	failures map[string]*Failure
}

// The histogram keeps microseconds, to three digits, up to ten minutes; what
// took longer counts as that.
const (
	unit    = time.Microsecond
	longest = 10 * time.Minute
)

func newStats(mu *sync.Mutex, from time.Time) *Stats {
	return &Stats{mu: mu, from: from, hist: hdrhistogram.New(1, int64(longest/unit), 3), failures: map[string]*Failure{}}
}

// NewStats returns figures of nothing yet, for samples due at from and later.
func NewStats(from time.Time) *Stats { return newStats(&sync.Mutex{}, from) }

// Add counts a sample, unless it was due before the stretch began.
func (s *Stats) Add(x Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(x)
}

func (s *Stats) add(x Sample) {
	if x.Due.Before(s.from) {
		return
	}
	s.sent++
	switch x.Outcome {
	case history.OK:
		s.ok++
		s.sum += x.Latency
		_ = s.hist.RecordValue(min(max(int64(x.Latency/unit), 1), int64(longest/unit))) // in range by then
		return
	case history.Unknown:
		s.unknown++
	default: // it failed
	}
	f := s.failures[x.Code]
	if f == nil {
		f = &Failure{Code: x.Code, First: x.Due, Last: x.Due}
		s.failures[x.Code] = f
	}
	f.Count++
	if x.Due.Before(f.First) {
		f.First = x.Due
	}
	if x.Due.After(f.Last) {
		f.Last = x.Due
	}
}

// Sent is how many calls were sent.
func (s *Stats) Sent() int { return s.count(&s.sent) }

// OK is how many of them succeeded.
func (s *Stats) OK() int { return s.count(&s.ok) }

// Unknown is of how many of them nobody knows whether they took effect.
func (s *Stats) Unknown() int { return s.count(&s.unknown) }

func (s *Stats) count(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}

// Observed is what an SLO is held against. It is a picture of this moment but
// for its quantiles, which follow the figures.
func (s *Stats) Observed() runbook.Observed {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := runbook.Observed{Sent: s.sent, OK: s.ok, Quantile: s.Quantile}
	if s.ok > 0 {
		o.Mean = s.sum / time.Duration(s.ok)
	}
	return o
}

// Quantile is the latency that a share q of the calls that succeeded did not
// exceed, to three digits; 0 when none did.
func (s *Stats) Quantile(q float64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ok == 0 {
		return 0
	}
	if q >= 1 {
		return time.Duration(s.hist.Max()) * unit
	}
	return time.Duration(s.hist.ValueAtQuantile(q*100)) * unit
}

// Failures lists the kinds of errors, the commonest first.
func (s *Stats) Failures() []Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Failure, 0, len(s.failures))
	for _, f := range s.failures {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(x, y Failure) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Code, y.Code))
	})
	return list
}
