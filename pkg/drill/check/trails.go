package check

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// ReadTrail reads what the audit trail of a Region recorded in a stretch of time.
type ReadTrail func(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error)

// Stretch is a piece of the drill's timeline; To is not part of it.
type Stretch struct{ From, To time.Time }

// Stretches cuts the time of a drill at every moment at which a Region went
// dark or came back, so that what a trail recorded during an outage can be
// told from the rest. The last of them ends just after to.
func Stretches(events []journal.Event, to time.Time) ([]Stretch, error) {
	if len(events) == 0 {
		return nil, nil
	}
	to = to.Add(1)
	cuts := []time.Time{events[0].At, to}
	dark := map[string]time.Time{} // when it would end by itself
	for _, e := range events {
		if e.Kind != journal.FaultOn && e.Kind != journal.FaultOff {
			continue
		}
		f, err := journal.Payload[journal.FaultChange](e)
		if err != nil {
			return nil, err
		}
		if f.Kind != "region-outage" {
			continue
		}
		cuts = append(cuts, e.At)
		if e.Kind == journal.FaultOn {
			dark[f.Name] = f.Until
		} else {
			delete(dark, f.Name)
		}
	}
	for _, until := range dark {
		cuts = append(cuts, until)
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var list []Stretch
	for i := 1; i < len(cuts); i++ {
		if cuts[i].After(cuts[i-1]) && !cuts[i].After(to) {
			list = append(list, Stretch{cuts[i-1], cuts[i]})
		}
	}
	return list, nil
}

// piece bounds how much of a trail is held in memory at a time.
const piece = 5 * time.Minute

// Trail reads a stretch of a Region's trail and counts it. An error of the
// reader goes into the result: a trail that could not be read is a finding.
func Trail(ctx context.Context, read ReadTrail, region string, s Stretch, settled bool) journal.Trail {
	t := journal.Trail{Region: region, From: s.From, To: s.To, Settled: settled}
	var err error
	if t.Rows, err = CountTrail(ctx, read, region, s); err != nil {
		t.Unread = err.Error()
	}
	return t
}

// CountTrail counts what a stretch of a Region's trail holds, by who called
// what from where. It reads piece by piece: the trail of a year is long.
func CountTrail(ctx context.Context, read ReadTrail, region string, s Stretch) ([]journal.TrailRow, error) {
	type id struct{ principal, caller, op string }
	rows := map[id]*journal.TrailRow{}
	step := max(piece, s.To.Sub(s.From)/100)
	for from := s.From; from.Before(s.To); from = from.Add(step) {
		to := from.Add(step)
		if to.After(s.To) {
			to = s.To
		}
		events, err := read(ctx, region, from, to)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			at := id{e.Principal, caller(e), e.Op}
			row := rows[at]
			if row == nil {
				row = &journal.TrailRow{Principal: at.principal, Caller: at.caller, Op: at.op, First: e.Time}
				rows[at] = row
			}
			row.Count++
			if e.Code != "" {
				row.Failed++
			}
		}
	}
	var list []journal.TrailRow
	for _, row := range rows {
		list = append(list, *row)
	}
	slices.SortFunc(list, func(x, y journal.TrailRow) int {
		return cmp.Or(cmp.Compare(x.Principal, y.Principal), cmp.Compare(x.Caller, y.Caller), cmp.Compare(x.Op, y.Op))
	})
	return list, nil
}

// caller is the Region a caller was in: as the record tells, or as the session
// of its role is named, which is how the drill's own roles say it.
func caller(e wire.TrailEvent) string {
	if e.CallerRegion != "" {
		return e.CallerRegion
	}
	if at := strings.LastIndexByte(e.Principal, '/'); at >= 0 && strings.Contains(e.Principal, ":assumed-role/") && regionLike(e.Principal[at+1:]) {
		return e.Principal[at+1:]
	}
	return ""
}

// regionLike says whether a word has the form of a Region's name: two letters,
// one or more words, a digit.
func regionLike(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts[0]) != 2 {
		return false
	}
	last := parts[len(parts)-1]
	for _, p := range parts[:len(parts)-1] {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}
