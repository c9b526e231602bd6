package check

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

func faultEvent(t *testing.T, seconds float64, kind journal.Kind, f journal.FaultChange) journal.Event {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return journal.Event{At: at(seconds), Kind: kind, Data: data}
}

// The timeline is cut where Regions went dark and came back, also by
// themselves, and nowhere else.
func TestStretches(t *testing.T) {
	dark := journal.FaultChange{Name: "dark", Kind: "region-outage", Until: at(500)}
	other := journal.FaultChange{Name: "other", Kind: "region-outage", Until: at(50)}
	slow := journal.FaultChange{Name: "slow", Kind: "region-slow", Until: at(35)}
	events := []journal.Event{
		{At: at(0), Kind: journal.DrillPlanned},
		faultEvent(t, 10, journal.FaultOn, dark),
		faultEvent(t, 30, journal.FaultOn, slow),
		faultEvent(t, 40, journal.FaultOff, dark),
		faultEvent(t, 45, journal.FaultOn, other), // and nobody stops it
	}
	got, err := Stretches(events, at(100))
	if err != nil {
		t.Fatal(err)
	}
	want := []Stretch{
		{at(0), at(10)}, {at(10), at(40)}, {at(40), at(45)}, {at(45), at(50)}, {at(50), at(100).Add(1)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if list, err := Stretches(nil, at(100)); list != nil || err != nil {
		t.Errorf("of nothing: %v, %v", list, err)
	}
}

// A trail is read in pieces that leave nothing out and read nothing twice.
func TestTrailCountsEachRecordOnce(t *testing.T) {
	all := []wire.TrailEvent{
		{Time: at(0), Op: "Decrypt", Principal: app + home, CallerRegion: home},
		{Time: at(300), Op: "Decrypt", Principal: app + home},                            // the session tells where from
		{Time: at(301), Op: "Decrypt", Principal: app + "outside", Code: "AccessDenied"}, // nothing tells
		{Time: at(899), Op: "Encrypt", Principal: "kms.amazonaws.com"},
		{Time: at(900), Op: "Decrypt", Principal: app + home, CallerRegion: home}, // after the stretch
	}
	read := func(_ context.Context, region string, from, to time.Time) (list []wire.TrailEvent, err error) {
		if to.Sub(from) > piece {
			t.Errorf("%v to %v is read at once", from, to)
		}
		for _, e := range all {
			if region == home && !e.Time.Before(from) && e.Time.Before(to) {
				list = append(list, e)
			}
		}
		return list, nil
	}
	got := Trail(t.Context(), read, home, Stretch{at(0), at(900)}, true)
	want := journal.Trail{
		Region: home, From: at(0), To: at(900), Settled: true,
		Rows: []journal.TrailRow{
			{Principal: app + "outside", Op: "Decrypt", Count: 1, Failed: 1, First: at(301)},
			{Principal: app + home, Caller: home, Op: "Decrypt", Count: 2, First: at(0)},
			{Principal: "kms.amazonaws.com", Op: "Encrypt", Count: 1, First: at(899)},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	broken := errors.New("access denied")
	got = Trail(t.Context(), func(context.Context, string, time.Time, time.Time) ([]wire.TrailEvent, error) { return nil, broken }, home, Stretch{at(0), at(900)}, true)
	if got.Unread != "access denied" || got.Rows != nil {
		t.Errorf("unread: %+v", got)
	}
}
