package report

import (
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Timeline is the run in time: what each member of each key set was, what was
// broken, and what was done.
type Timeline struct {
	Start  time.Time   `json:"start"`
	End    time.Time   `json:"end"`
	Lanes  []Lane      `json:"lanes"`
	Faults []FaultSpan `json:"faults"`
}

// Lane is one member of a key set.
type Lane struct {
	Key      string    `json:"key"`
	Region   string    `json:"region"`
	Segments []Segment `json:"segments"`
}

// Segment is a stretch of time in which a member looked the same.
type Segment struct {
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	Role        string    `json:"role,omitempty"` // PRIMARY or REPLICA, as last seen
	State       string    `json:"state,omitempty"`
	Material    string    `json:"material,omitempty"`
	Unreachable bool      `json:"unreachable,omitempty"` // its Region didn't answer the drill's reads
}

// FaultSpan is a stretch of time in which a fault was on.
type FaultSpan struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	In     []string  `json:"in"`     // Regions
	Planes []string  `json:"planes"` // data, control or both
	Looks  string    `json:"looks,omitempty"`
	Where  string    `json:"where"` // sim, client, key-policy or disable-key
	Share  float64   `json:"share,omitempty"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Ended  string    `json:"ended,omitempty"` // stopped, expired or undone; empty when the journal has no end of it
}

// hits says whether the fault touches a Region.
func (f FaultSpan) hits(region string) bool { return slices.Contains(f.In, region) }

// on says whether the fault was on at a moment. One whose end the journal
// doesn't have is on for good.
func (f FaultSpan) on(at time.Time) bool {
	return !at.Before(f.Start) && (at.Before(f.End) || f.Ended == "")
}

// outage says whether the fault takes service away rather than worsening it.
func (f FaultSpan) outage() bool { return f.Kind == "region-outage" }

// Move is an attempt to make another member the primary.
type Move struct {
	At        time.Time `json:"at"`
	Step      string    `json:"step,omitempty"`
	Key       string    `json:"key,omitempty"`
	AskedIn   string    `json:"asked_in"` // the endpoint's Region
	Outcome   string    `json:"outcome"`
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Why       string    `json:"why,omitempty"`
	Took      Millis    `json:"took_ms"`
	From      string    `json:"from,omitempty"`        // primary before, when accepted
	To        string    `json:"to,omitempty"`          // primary after, once a member was seen to say so
	Approval  *Millis   `json:"approval_ms,omitempty"` // what people took to agree, before
	Named     *Millis   `json:"named_ms,omitempty"`    // from the answer until a member named the new primary
	Settled   *Millis   `json:"settled_ms,omitempty"`  // from the answer until every member was Enabled again
}

// timelineLog gathers the timeline while the journal goes by.
type timelineLog struct {
	regions []string
	lanes   []Lane
	index   map[[2]string]int
	primary map[string]string // by key
	faults  []FaultSpan
	moves   []Move
	updates []map[string]bool // per move: members seen Updating, true once Enabled again
	gone    map[[2]string]bool
}

func newTimelineLog(p journal.Planned) *timelineLog {
	l := &timelineLog{regions: p.Regions, index: map[[2]string]int{}, primary: map[string]string{}, gone: map[[2]string]bool{}}
	for _, k := range p.Keys {
		l.primary[k.Name] = k.Primary
		for _, region := range append([]string{k.Primary}, k.Replicas...) {
			l.lane(k.Name, region)
		}
	}
	return l
}

func (l *timelineLog) lane(key, region string) *Lane {
	id := [2]string{key, region}
	i, ok := l.index[id]
	if !ok {
		i = len(l.lanes)
		l.index[id] = i
		l.lanes = append(l.lanes, Lane{Key: key, Region: region})
	}
	return &l.lanes[i]
}

func (l *timelineLog) seen(at time.Time, m journal.Member) {
	lane := l.lane(m.Key, m.Region)
	if m.State == stateGone {
		l.end(lane, at)
		return
	}
	next := Segment{Start: at, End: at, Role: m.Role, State: m.State, Material: m.Material, Unreachable: m.Unreachable != ""}
	if id := [2]string{m.Key, m.Region}; l.gone[id] {
		delete(l.gone, id)
	} else if n := len(lane.Segments); n > 0 {
		last := &lane.Segments[n-1]
		last.End = at
		if next.Unreachable { // what it was when last heard of
			next.Role, next.State, next.Material = last.Role, last.State, last.Material
		}
		if next.Material == "" {
			next.Material = last.Material
		}
		if last.Role == next.Role && last.State == next.State && last.Material == next.Material && last.Unreachable == next.Unreachable {
			l.settle(at, m)
			return
		}
	}
	lane.Segments = append(lane.Segments, next)
	l.settle(at, m)
}

// settle follows the last accepted promotion of a key through what its members
// say afterwards.
func (l *timelineLog) settle(at time.Time, m journal.Member) {
	if m.Unreachable != "" {
		return
	}
	i := len(l.moves) - 1
	for i >= 0 && (l.moves[i].Outcome != "ok" || (l.moves[i].Key != "" && l.moves[i].Key != m.Key)) {
		i--
	}
	if i < 0 {
		return
	}
	move := &l.moves[i]
	since := Millis(at.Sub(move.At) - time.Duration(move.Took))
	if move.To == "" && m.Role == "PRIMARY" && m.Region != move.From {
		move.To, move.Named = m.Region, &since
		l.primary[m.Key] = m.Region
	}
	if m.State == "Updating" {
		l.updates[i][m.Region] = false
		move.Settled = nil
		return
	}
	if enabled, pending := l.updates[i][m.Region]; m.State == "Enabled" && pending && !enabled {
		l.updates[i][m.Region] = true
		for _, done := range l.updates[i] {
			if !done {
				return
			}
		}
		move.Settled = &since
	}
}

func (l *timelineLog) moved(at time.Time, step string, c journal.Call) {
	m := Move{
		At: at.Add(-c.Took), Step: step, Key: c.Key, AskedIn: c.To, Outcome: c.Outcome, Code: c.Code,
		Message: c.Message, RequestID: c.RequestID, Took: Millis(c.Took),
	}
	if c.Outcome == "ok" {
		m.From = l.primary[c.Key]
	}
	l.moves = append(l.moves, m)
	l.updates = append(l.updates, map[string]bool{})
}

func (l *timelineLog) faultOn(at time.Time, f journal.FaultChange) {
	s := FaultSpan{
		Name: f.Name, Kind: f.Kind, In: f.In, Planes: f.Planes, Looks: f.Looks, Where: f.Where, Share: f.Share, Start: at,
	}
	if len(s.In) == 0 {
		s.In = l.regions
	}
	if len(s.Planes) == 0 {
		s.Planes = []string{"data", "control"}
	}
	l.faults = append(l.faults, s)
}

func (l *timelineLog) faultOff(at time.Time, f journal.FaultChange) {
	for i := len(l.faults) - 1; i >= 0; i-- {
		if l.faults[i].Name == f.Name && l.faults[i].End.IsZero() {
			l.faults[i].End, l.faults[i].Ended = at, f.Why
			if f.Why == "" {
				l.faults[i].Ended = "stopped"
			}
			return
		}
	}
}

// stateGone is what the drill calls the state of a member that is no more.
const stateGone = "Gone"

// end ends a lane: its member is no more.
func (l *timelineLog) end(lane *Lane, at time.Time) {
	id := [2]string{lane.Key, lane.Region}
	if n := len(lane.Segments); n > 0 && !l.gone[id] {
		lane.Segments[n-1].End = at
	}
	l.gone[id] = true
}

// absent ends the lanes of a key's members that a later snapshot doesn't have.
func (l *timelineLog) absent(at time.Time, k journal.KeySnapshot) {
	for i := range l.lanes {
		lane := &l.lanes[i]
		if lane.Key == k.Name && !slices.ContainsFunc(k.Members, func(m journal.Member) bool { return m.Region == lane.Region }) {
			l.end(lane, at)
		}
	}
}

// finish closes what was still open when the journal ended.
func (l *timelineLog) finish(start, end time.Time) Timeline {
	for i := range l.lanes {
		if n := len(l.lanes[i].Segments); n > 0 && !l.gone[[2]string{l.lanes[i].Key, l.lanes[i].Region}] {
			l.lanes[i].Segments[n-1].End = end
		}
	}
	for i := range l.faults {
		if l.faults[i].End.IsZero() {
			l.faults[i].End = end
		}
	}
	return Timeline{Start: start, End: end, Lanes: l.lanes, Faults: l.faults}
}
