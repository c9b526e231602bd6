package progress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Lane is one Region as the drill sees it: the member of the key set there and
// what the probes measure at its endpoint.
type Lane struct {
	Region  string
	Role    string // PRIMARY or REPLICA; empty when no member is there
	State   string // the member's key state; empty before it was read
	Member  journal.Member
	Down    time.Time // since when no call has succeeded; zero when some do
	Samples []Sample  // oldest first, at most an hour of them
	Totals  Sample    // of the whole drill
	Probes  map[string]Sample
	Errors  map[string]int // windows by commonest error
}

// Sample is what all probes saw at one endpoint in one stretch of time.
type Sample struct {
	Start                     time.Time
	Length                    time.Duration
	Sent, OK, Failed, Unknown int
	P50, P99, Max             time.Duration // of the calls that succeeded
}

// Availability is the share of calls that succeeded, and whether any were made.
func (s Sample) Availability() (share float64, any bool) {
	if s.Sent == 0 {
		return 0, false
	}
	return float64(s.OK) / float64(s.Sent), true
}

// add puts two samples together. The middle latency is weighed by the number
// of calls, which is close enough for a picture; the report counts exactly.
func (s Sample) add(o Sample) Sample {
	if n := s.OK + o.OK; n > 0 {
		s.P50 = (s.P50*time.Duration(s.OK) + o.P50*time.Duration(o.OK)) / time.Duration(n)
	}
	s.P99, s.Max = max(s.P99, o.P99), max(s.Max, o.Max)
	s.Sent, s.OK, s.Failed, s.Unknown = s.Sent+o.Sent, s.OK+o.OK, s.Failed+o.Failed, s.Unknown+o.Unknown
	if s.Start.IsZero() {
		s.Start = o.Start
	}
	s.Length = max(s.Length, o.Length)
	return s
}

// Recent is what was measured last: in the last minute, or in the last window of
// probes so slow that a window of theirs is longer.
func (l Lane) Recent(now time.Time) Sample {
	if len(l.Samples) == 0 {
		return Sample{}
	}
	shortest := slices.MinFunc(l.Samples, func(a, b Sample) int { return cmp.Compare(a.Length, b.Length) }).Length
	back := max(time.Minute, shortest)
	var sum Sample
	for _, s := range slices.Backward(l.Samples) { // windows are told as they end
		if now.Sub(s.Start.Add(s.Length)) >= back {
			break
		}
		sum = sum.add(s)
	}
	return sum
}

// lane returns the lane of a Region, a new one at the end if there is none.
func (s *Story) lane(region string) *Lane {
	i := slices.IndexFunc(s.Lanes, func(l Lane) bool { return l.Region == region })
	if i < 0 {
		s.Lanes = append(s.Lanes, Lane{Region: region, Probes: map[string]Sample{}, Errors: map[string]int{}})
		i = len(s.Lanes) - 1
	}
	return &s.Lanes[i]
}

// maxSamples is how many samples a lane keeps: an hour of one-second windows.
const maxSamples = 3600

func (s *Story) window(e journal.Event, w journal.Window) {
	l := s.lane(w.To)
	if end := w.Start.Add(w.Length); end.After(s.Measured) {
		s.Measured = end
	}
	sample := Sample{w.Start, w.Length, w.Sent, w.OK, w.Failed, w.Unknown, w.P50, w.P99, w.Max}
	switch n := len(l.Samples); {
	case n > 0 && l.Samples[n-1].Start.Equal(w.Start):
		l.Samples[n-1] = l.Samples[n-1].add(sample)
	default:
		if n >= maxSamples {
			l.Samples = append(l.Samples[:0], l.Samples[n-maxSamples/2:]...)
		}
		l.Samples = append(l.Samples, sample)
	}
	l.Totals = l.Totals.add(sample)
	l.Probes[w.Probe] = l.Probes[w.Probe].add(sample)
	if w.Code != "" {
		l.Errors[w.Code] += w.Failed + w.Unknown
	}
	switch {
	case w.Sent == 0:
	case w.OK == 0 && l.Down.IsZero():
		l.Down = w.Start
		s.logAt(e, Bad, "probe", "DOWN", joined(w.Probe, "in", w.To+":", w.Code), w.To)
	case w.OK > 0 && !l.Down.IsZero():
		s.logAt(e, Good, "probe", "UP", joined(w.Probe, "in", w.To, "after", Span(w.Start.Sub(l.Down))), w.To)
		l.Down = time.Time{}
	}
}

func (s *Story) memberSeen(e journal.Event, m journal.Member) {
	mark, text := s.see(m)
	s.logAt(e, mark, "key", "seen", text, m.Region)
}

// see takes over what a member's own Region said about it and puts it in words.
func (s *Story) see(m journal.Member) (Mark, string) {
	l := s.lane(m.Region)
	if m.Unreachable != "" {
		l.Member.Unreachable = m.Unreachable
		return Bad, joined(m.Key, m.Region, "does not answer:", m.Unreachable)
	}
	l.Role, l.State, l.Member = m.Role, m.State, completed(m, l.Member)
	mark := Good
	if m.State != "Enabled" {
		mark = Info
	}
	return mark, joined(m.Key, m.Region, m.Role, m.State)
}

// completed fills what a reading did not ask for from the one before it: most
// readings are of a key's state alone.
func completed(m, before journal.Member) journal.Member {
	keep := func(now *string, then string) {
		if *now == "" {
			*now = then
		}
	}
	keep(&m.Material, before.Material)
	keep(&m.Primary, before.Primary)
	keep(&m.PolicySHA, before.PolicySHA)
	keep(&m.TagsSHA, before.TagsSHA)
	keep(&m.GrantsSHA, before.GrantsSHA)
	keep(&m.Rotation, before.Rotation)
	if m.Aliases == nil {
		m.Aliases = before.Aliases
	}
	if m.Replicas == nil {
		m.Replicas = before.Replicas
	}
	return m
}

func (s *Story) snapshot(e journal.Event, snap journal.Snapshot) {
	for i := range s.Lanes { // a member that is not in the picture is gone
		s.Lanes[i].Role, s.Lanes[i].State, s.Lanes[i].Member = "", "", journal.Member{}
	}
	for _, k := range snap.Keys {
		words := make([]string, 0, len(k.Members))
		for _, m := range k.Members {
			if m.Key == "" {
				m.Key = k.Name
			}
			s.see(m)
			words = append(words, joined(m.Region, m.Role, m.State, m.Unreachable))
		}
		s.log(e, Info, "key", snap.When, fmt.Sprintf("%s: %s", k.Name, strings.Join(words, ", ")))
	}
}

func (s *Story) faultOn(e journal.Event, f journal.FaultChange) {
	s.Faults = append(s.Faults, Fault{FaultChange: f, From: e.At})
	s.log(e, Bad, "fault", "on", joined(f.Name+":", f.Kind, inText(f.In)+
		planesText(f.Planes)+looksText(f.Looks), "("+f.Where+")"))
}

func (s *Story) faultOff(e journal.Event, f journal.FaultChange) {
	for i := range s.Faults {
		if s.Faults[i].Name == f.Name && s.Faults[i].To.IsZero() {
			s.Faults[i].To, s.Faults[i].Why = e.At, f.Why
		}
	}
	s.log(e, Good, "fault", "off", joined(f.Name+":", f.Why))
}

// FaultsIn returns the faults that last in a Region.
func (s *Story) FaultsIn(region string) []Fault {
	var on []Fault
	for _, f := range s.Faults {
		if f.To.IsZero() && (len(f.In) == 0 || slices.Contains(f.In, region)) {
			on = append(on, f)
		}
	}
	return on
}

func inText(regions []string) string {
	if len(regions) == 0 {
		return "everywhere"
	}
	return "in " + strings.Join(regions, ", ")
}

func planesText(planes []string) string {
	if len(planes) == 0 {
		return ""
	}
	return ", " + strings.Join(planes, " and ") + " plane"
}

func looksText(looks string) string {
	if looks == "" {
		return ""
	}
	return ", looks like " + looks
}
