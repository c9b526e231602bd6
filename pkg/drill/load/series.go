package load

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Series is what one probe sees from one Region to another. It may be used
// from several goroutines.
type Series struct {
	mu       sync.Mutex
	probe    string
	from, to string
	start    time.Time
	length   time.Duration
	early    int64     // windows of that length, one after the other from start
	open     []*window // in order; those before closed are gone
	closed   int64     // number of the first window that may still be open
	total    *Stats
	watches  []*Stats
	rolling  []*Rolling
}

// window is a stretch of the timeline whose calls have not all been answered.
type window struct {
	number    int64
	sent      int
	inFlight  int
	failed    int
	unknown   int
	latencies []time.Duration // of the calls that succeeded
	codes     map[string]int
}

// A load is shown by windows of the length it asks for on its first day and by
// the hour after that: of a year nobody reads minutes, and a journal should not
// hold them.
const (
	inDetail = 24 * time.Hour
	lasting  = time.Hour
)

// NewSeries returns an empty series whose windows follow one another from
// start. They are of the given length at first; see [Series.Closed].
func NewSeries(probe, from, to string, start time.Time, length time.Duration) *Series {
	length = max(length, time.Millisecond)
	s := &Series{probe: probe, from: from, to: to, start: start, length: length, early: int64((inDetail + length - 1) / length)}
	s.total = newStats(&s.mu, time.Time{})
	return s
}

// Sending says that a call that was due at that moment is being sent. Every
// call is announced so, and ends with Ended; its window stays open meanwhile.
func (s *Series) Sending(due time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.window(due)
	w.sent++
	w.inFlight++
}

// Ended counts a call that was announced by Sending with the same due time.
func (s *Series) Ended(x Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.window(x.Due)
	w.inFlight--
	switch x.Outcome {
	case history.OK:
		w.latencies = append(w.latencies, x.Latency)
	case history.Unknown:
		w.unknown++
	default:
		w.failed++
	}
	if x.Outcome != history.OK {
		if w.codes == nil {
			w.codes = map[string]int{}
		}
		w.codes[x.Code]++
	}
	s.total.add(x)
	for _, stats := range s.watches {
		stats.add(x)
	}
	for _, r := range s.rolling {
		r.add(x)
	}
}

// window returns the one that a moment falls into. A moment whose window was
// handed out already counts in the first one that was not.
func (s *Series) window(due time.Time) *window {
	n := max(s.numberAt(due), s.closed)
	for i := len(s.open) - 1; i >= 0; i-- {
		if w := s.open[i]; w.number == n {
			return w
		} else if w.number < n {
			return s.insert(i+1, n)
		}
	}
	return s.insert(0, n)
}

func (s *Series) insert(at int, number int64) *window {
	w := &window{number: number}
	s.open = slices.Insert(s.open, at, w)
	return w
}

// Closed hands out, in order, the windows that have passed by now and whose
// calls have all been answered. A window without a call is left out. After the
// first day of the series a window is an hour, unless it was longer before.
func (s *Series) Closed(now time.Time) []journal.Window {
	return s.handOut(func(w *window) bool {
		return w.inFlight == 0 && !s.startOf(w.number+1).After(now)
	})
}

// Rest hands out all windows that are left, as they are: for the end of a run.
func (s *Series) Rest() []journal.Window {
	return s.handOut(func(*window) bool { return true })
}

func (s *Series) handOut(done func(*window) bool) (out []journal.Window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.open) > 0 && done(s.open[0]) {
		w := s.open[0]
		s.open, s.closed = s.open[1:], w.number+1
		out = append(out, s.picture(w))
	}
	return out
}

// numberAt is the number of the window that a moment falls into by the clock.
func (s *Series) numberAt(t time.Time) int64 {
	age, detailed := max(t.Sub(s.start), 0), time.Duration(s.early)*s.length
	if age < detailed {
		return int64(age / s.length)
	}
	return s.early + int64((age-detailed)/s.lengthOf(s.early))
}

func (s *Series) startOf(number int64) time.Time {
	early := min(number, s.early)
	return s.start.Add(time.Duration(early)*s.length + time.Duration(number-early)*s.lengthOf(number))
}

func (s *Series) lengthOf(number int64) time.Duration {
	if number < s.early {
		return s.length
	}
	return max(s.length, lasting)
}

func (s *Series) picture(w *window) journal.Window {
	slices.Sort(w.latencies)
	j := journal.Window{
		Probe: s.probe, From: s.from, To: s.to, Start: s.startOf(w.number), Length: s.lengthOf(w.number),
		Sent: w.sent, OK: len(w.latencies), Failed: w.failed, Unknown: w.unknown + w.inFlight,
		P50: quantile(w.latencies, 0.5), P99: quantile(w.latencies, 0.99), Max: quantile(w.latencies, 1),
	}
	for code, n := range w.codes {
		if most := w.codes[j.Code]; cmp.Compare(n, most) > 0 || n == most && code < j.Code {
			j.Code = code
		}
	}
	return j
}

// quantile of sorted values, by nearest rank; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Total is the whole series so far.
func (s *Series) Total() *Stats { return s.total }

// Watch returns figures that count the calls due from a moment on, until
// Unwatch.
func (s *Series) Watch(from time.Time) *Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := newStats(&s.mu, from)
	s.watches = append(s.watches, stats)
	return stats
}

// Unwatch ends what Watch began. The figures stay as they are.
func (s *Series) Unwatch(stats *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches = slices.DeleteFunc(s.watches, func(w *Stats) bool { return w == stats })
}
