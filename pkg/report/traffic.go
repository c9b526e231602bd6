package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Traffic is what the probes saw.
type Traffic struct {
	Start   time.Time       `json:"start,omitzero"` // when the first call was due
	End     time.Time       `json:"end,omitzero"`   // when the last call was due
	Bucket  Millis          `json:"bucket_ms"`      // length of a bucket of the series
	Regions []RegionTraffic `json:"regions"`
	Probes  []ProbeTraffic  `json:"probes"`
	Errors  []ErrorKind     `json:"errors"`
}

// RegionTraffic is what the probes saw of one Region's endpoint.
type RegionTraffic struct {
	Region string   `json:"region"`
	Phases []Stats  `json:"phases"` // before, during and after the faults; only "whole run" without any
	Series []Bucket `json:"series"`
	Gaps   []Gap    `json:"gaps"`

	took map[string]*hdrhistogram.Histogram // latencies by phase, while the calls are at hand
}

// ProbeTraffic is what one probe saw from one Region to another.
type ProbeTraffic struct {
	Probe string   `json:"probe"`
	From  string   `json:"from"`
	To    string   `json:"to"`
	SLO   []string `json:"slo,omitempty"`
	Stats
}

// Bucket is a stretch of a series. Percentiles are missing where no call, or
// too few, succeeded.
type Bucket struct {
	Start   time.Time `json:"start"`
	Sent    int64     `json:"sent"`
	OK      int64     `json:"ok"`
	Failed  int64     `json:"failed"`
	Unknown int64     `json:"unknown"`
	P50     *Millis   `json:"p50_ms,omitempty"`
	P99     *Millis   `json:"p99_ms,omitempty"`
}

// ErrorKind is one way in which calls to a Region went wrong.
type ErrorKind struct {
	Region  string    `json:"region"`
	Code    string    `json:"code"`
	Outcome string    `json:"outcome"` // failed, or unknown where the call may have taken effect
	Count   int64     `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Sample  int64     `json:"sample_call"` // its number in the history
}

// The phases of a run.
const (
	phaseBefore = "before"
	phaseDuring = "during"
	phaseAfter  = "after"
	phaseWhole  = "whole run"
)

// bucketLengths are the lengths a bucket may have: such as a reader can count.
func bucketLengths() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 28 * day,
	}
}

// bucketLength is the shortest length that needs no more than most buckets.
func bucketLength(load time.Duration, most int) time.Duration {
	lengths := bucketLengths()
	for _, l := range lengths {
		if load/l < time.Duration(most) {
			return l
		}
	}
	return lengths[len(lengths)-1]
}

// trafficLog gathers the probes' calls. Start and end of the load must be
// known before, since the buckets depend on them.
type trafficLog struct {
	probes  map[string]journal.PlannedProbe
	faults  []FaultSpan
	start   time.Time
	end     time.Time
	bucket  time.Duration
	regions map[string]*regionLog
	by      map[[3]string]*tally // probe, from, to
	errors  map[[3]string]*ErrorKind
}

type regionLog struct {
	phases map[string]*tally
	series []*bucketLog
	gaps   *gapLog
}

type bucketLog struct {
	Bucket
	took latencies
}

func newTrafficLog(probes []journal.PlannedProbe, faults []FaultSpan, start, end time.Time) *trafficLog {
	l := &trafficLog{
		probes: map[string]journal.PlannedProbe{}, faults: faults, start: start, end: end,
		bucket: bucketLength(end.Sub(start), 150), regions: map[string]*regionLog{},
		by: map[[3]string]*tally{}, errors: map[[3]string]*ErrorKind{},
	}
	for _, p := range probes {
		l.probes[p.Name] = p
	}
	return l
}

// phase tells whether a moment is before, during or after the faults.
func (l *trafficLog) phase(at time.Time) string {
	if len(l.faults) == 0 {
		return phaseWhole
	}
	phase := phaseBefore
	for _, f := range l.faults {
		if f.on(at) {
			return phaseDuring
		}
		if !at.Before(f.Start) {
			phase = phaseAfter
		}
	}
	return phase
}

func (l *trafficLog) add(r history.Record) {
	region, ok := l.regions[r.To]
	if !ok {
		region = &regionLog{phases: map[string]*tally{}, gaps: newGapLog(l.start, l.end)}
		l.regions[r.To] = region
	}
	took := r.Start.Sub(r.Due) + r.Took
	for _, phase := range []string{l.phase(r.Due), phaseWhole} {
		t, ok := region.phases[phase]
		if !ok {
			t = newTally(phase)
			region.phases[phase] = t
		}
		t.add(r.Outcome, took)
		if phase == phaseWhole {
			break // there was no fault: it is the same row
		}
	}
	id := [3]string{r.Source, r.From, r.To}
	probe, ok := l.by[id]
	if !ok {
		probe = newTally(phaseWhole)
		l.by[id] = probe
	}
	probe.add(r.Outcome, took)
	region.gaps.add(r.Due, r.Outcome == history.OK)
	l.fill(region, r, took)
	if r.Outcome != history.OK {
		l.failed(r)
	}
}

// fill counts a call in the bucket in which it was due.
func (l *trafficLog) fill(region *regionLog, r history.Record, took time.Duration) {
	i := max(0, int(r.Due.Sub(l.start)/l.bucket))
	for len(region.series) <= i {
		at := l.start.Add(time.Duration(len(region.series)) * l.bucket)
		region.series = append(region.series, &bucketLog{Bucket: Bucket{Start: at}})
	}
	b := region.series[i]
	b.Sent++
	switch r.Outcome {
	case history.OK:
		b.OK++
		b.took.add(took)
	case history.Failed:
		b.Failed++
	default:
		b.Unknown++
	}
}

func (l *trafficLog) failed(r history.Record) {
	outcome, code := outcomeWord(r.Outcome), r.Code
	if code == "" {
		code = "no code"
	}
	id := [3]string{r.To, code, outcome}
	e, ok := l.errors[id]
	if !ok {
		e = &ErrorKind{Region: r.To, Code: code, Outcome: outcome, First: r.Due, Sample: r.ID}
		l.errors[id] = e
	}
	e.Count++
	if r.Due.Before(e.First) {
		e.First = r.Due
	}
	if r.Due.After(e.Last) {
		e.Last = r.Due
	}
}

// finish returns the Regions in the order of the runbook.
func (l *trafficLog) finish(order []string) Traffic {
	t := Traffic{Start: l.start, End: l.end, Bucket: Millis(l.bucket)}
	names := slices.SortedFunc(maps.Keys(l.regions), func(a, b string) int { return byOrder(order, a, b) })
	for _, name := range names {
		region := l.regions[name]
		rt := RegionTraffic{Region: name, Gaps: region.gaps.finish(), took: map[string]*hdrhistogram.Histogram{}}
		for _, phase := range []string{phaseBefore, phaseDuring, phaseAfter, phaseWhole} {
			if tally, ok := region.phases[phase]; ok {
				rt.Phases = append(rt.Phases, tally.stats())
				rt.took[phase] = tally.took
			}
		}
		for _, b := range region.series {
			b.P50, b.P99 = b.took.quantile(50, 1), b.took.quantile(99, enoughForP99)
			rt.Series = append(rt.Series, b.Bucket)
		}
		t.Regions = append(t.Regions, rt)
	}
	ids := slices.SortedFunc(maps.Keys(l.by), func(a, b [3]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), byOrder(order, a[1], b[1]), byOrder(order, a[2], b[2]))
	})
	for _, id := range ids {
		t.Probes = append(t.Probes, ProbeTraffic{
			Probe: id[0], From: id[1], To: id[2], SLO: l.probes[id[0]].SLO, Stats: l.by[id].stats(),
		})
	}
	for _, e := range l.errors {
		t.Errors = append(t.Errors, *e)
	}
	slices.SortFunc(t.Errors, func(a, b ErrorKind) int {
		return cmp.Or(byOrder(order, a.Region, b.Region), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Outcome, b.Outcome))
	})
	return t
}

// byOrder compares two Regions by their place in the runbook, then by name.
func byOrder(order []string, a, b string) int {
	place := func(s string) int {
		if i := slices.Index(order, s); i >= 0 {
			return i
		}
		return len(order)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}

func outcomeWord(o history.Outcome) string {
	switch o {
	case history.OK:
		return "ok"
	case history.Failed:
		return "failed"
	default:
		return "unknown"
	}
}
