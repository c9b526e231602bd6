package sim

import (
	"slices"
	"sync"
	"time"
)

// record is one event of a trail, kept small: a drill makes millions.
type record struct {
	at        int64
	request   RequestID
	seq       uint32 // place in its trail
	principal uint32 // interned
	key       uint32 // interned ARN; 0 for none
	detail    uint32 // place in trail.details plus one; 0 for none
	code      uint32 // interned error code; 0 for success
	from      uint32 // interned Region of the caller; 0 for outside
	context   uint32 // interned encryption context; 0 for none
	message   uint32 // interned error message; 0 for none
	source    uint32 // interned ARN of ReEncrypt's source key; 0 for none
	sealed    uint32 // interned encryption context of ReEncrypt's source; 0 for none
	op        Op
	flags     recordFlags
}

type recordFlags uint8

const (
	byService recordFlags = 1 << iota // AWS acted by itself: AwsServiceEvent or an internal caller
	invoked                           // the other Region's half of a call: invokedBy kms.amazonaws.com
)

// detail is what the record of a change shows besides: encoded when it happens.
type detail struct {
	Request  []byte `json:"request,omitempty"`
	Response []byte `json:"response,omitempty"`
}

// trail is the audit trail of one Region. Records are kept in pages, so that
// a long drill does not copy what it has written.
type trail struct {
	mu      sync.Mutex
	count   uint32
	pages   [][]record
	details []detail
	most    int // pages kept, besides the one being written; 0 means all
}

const trailPage = 4096

// LimitTrails makes each Region's trail forget its oldest records once it has
// more than about n; for worlds that are served for days. It needs exclusive access.
func (w *World) LimitTrails(n int) {
	for _, r := range w.regions {
		r.trail.most = max(1, n/trailPage)
	}
}

func (t *trail) add(r record, d *detail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d != nil {
		t.details = append(t.details, *d)
		r.detail = uint32(len(t.details))
	}
	t.count++
	r.seq = t.count
	last := len(t.pages) - 1
	if last < 0 || len(t.pages[last]) == trailPage {
		// The first page grows, so that a hundred idle Regions cost nothing.
		capacity := 0
		if last >= 0 {
			capacity = trailPage
		}
		t.pages = append(t.pages, make([]record, 0, capacity))
		last++
		if t.most > 0 && last > t.most {
			t.pages = slices.Delete(t.pages, 0, 1)
			last--
		}
	}
	t.pages[last] = append(t.pages[last], r)
}

// words interns the strings of trails: principals, ARNs, codes, contexts.
type words struct {
	mu     sync.RWMutex
	number map[string]uint32
	text   []string
}

// intern gives a string its number; the empty string is 0.
func (w *words) intern(s string) uint32 {
	if s == "" {
		return 0
	}
	w.mu.RLock()
	n, ok := w.number[s]
	w.mu.RUnlock()
	if ok {
		return n
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.number[s]; ok {
		return n
	}
	if w.number == nil {
		w.number = map[string]uint32{}
	}
	w.text = append(w.text, s)
	n = uint32(len(w.text))
	w.number[s] = n
	return n
}

func (w *words) at(n uint32) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if n == 0 || int(n) > len(w.text) {
		return ""
	}
	return w.text[n-1]
}

// record writes what the trail says of a call that has ended.
//
// Rules: MRK-TRAIL-01, MRK-TRAIL-02, MRK-TRAIL-03.
func (t *task) record(code, message string) {
	w := t.w
	r := record{
		at: w.nowNanos(), request: t.c.RequestID, op: t.op,
		principal: w.words.intern(t.c.Principal.ARN),
		code:      w.words.intern(code), from: w.words.intern(t.c.From),
		context: w.words.intern(t.known), message: w.words.intern(message),
	}
	if t.m != nil {
		r.key = w.words.intern(t.m.arn)
	}
	if t.source != nil {
		r.source, r.sealed = w.words.intern(t.source.arn), w.words.intern(t.sealed)
	}
	var d *detail
	if operations[t.op].Changes {
		d = describeCall(t.in, t.out, code)
	}
	w.write(t.r, r, d)
	if t.twin != nil && code == "" {
		twin := r
		twin.key = w.words.intern(t.twin.arn)
		twin.flags |= invoked
		if t.op == opReplicateKey {
			twin.op = opCreateKey
		}
		w.write(t.twin.region, twin, d)
	}
}

// recordService writes an event in which AWS acts by itself on a key.
//
// Rules: MRK-TRAIL-04, MRK-TRAIL-05.
func (w *World) recordService(m *member, op Op, about *member, details any) {
	r := record{at: w.nowNanos(), op: op, flags: byService, key: w.words.intern(about.arn)}
	if op == opSynchronizeMultiRegionKey {
		r.request = w.NewRequestID()
	}
	w.write(m.region, r, describeCall(details, nil, ""))
}

func (w *World) write(at *region, r record, d *detail) {
	if w.sabotaged(sabTrailLoses) && at.trail.lose() {
		return
	}
	at.trail.add(r, d)
}

// lose drops every seventh record, for a sabotage.
func (t *trail) lose() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count%7 == 6 {
		t.count++
		return true
	}
	return false
}

// TrailEvent is one record of a trail, as far as a drill looks at it.
type TrailEvent struct {
	Time         time.Time
	Op           string
	Region       string // whose trail it is
	Principal    string // caller's ARN, or kms.amazonaws.com when AWS acted by itself
	CallerRegion string // where the caller sat; empty outside AWS
	RequestID    string // empty for service events
	Code         string // empty for success
	Key          string // key ARN; empty when no key was found
	EventID      string
}

// Trail returns what the trail of a Region recorded from one moment up to, not
// including, another, in order. A zero moment leaves that end open. It needs
// no more than shared access.
func (w *World) Trail(regionName string, from, to time.Time) []TrailEvent {
	r := w.region(regionName)
	if r == nil {
		return nil
	}
	var list []TrailEvent
	w.eachRecord(r, from, to, func(rec record, _ *detail) bool {
		list = append(list, w.trailEvent(r, rec))
		return true
	})
	return list
}

// eachRecord calls f for the records of a stretch of time until it returns false.
func (w *World) eachRecord(r *region, from, to time.Time, f func(record, *detail) bool) {
	first, last := int64(-1<<63), int64(1<<63-1)
	if !from.IsZero() {
		first = from.UnixNano()
	}
	if !to.IsZero() {
		last = to.UnixNano()
	}
	r.trail.mu.Lock()
	pages := append([][]record(nil), r.trail.pages...)
	details := r.trail.details
	r.trail.mu.Unlock()
	for _, page := range pages {
		if len(page) == 0 || page[len(page)-1].at < first || page[0].at >= last {
			continue
		}
		for _, rec := range page {
			if rec.at < first || rec.at >= last {
				continue
			}
			var d *detail
			if rec.detail > 0 {
				d = &details[rec.detail-1]
			}
			if !f(rec, d) {
				return
			}
		}
	}
}

func (w *World) trailEvent(r *region, rec record) TrailEvent {
	e := TrailEvent{
		Time: time.Unix(0, rec.at).UTC(), Op: rec.op.String(), Region: r.Name,
		Principal: w.words.at(rec.principal), CallerRegion: w.words.at(rec.from),
		Code: w.words.at(rec.code), Key: w.words.at(rec.key), EventID: eventID(r, rec),
	}
	if rec.request != (RequestID{}) {
		e.RequestID = rec.request.String()
	}
	if rec.flags&byService != 0 {
		e.Principal = "kms.amazonaws.com"
	}
	return e
}
