package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// FuzzReadJSON: a report that somebody made up is refused or compared, and
// never brings the program down.
func FuzzReadJSON(f *testing.F) {
	m, err := Build(passing(f).events, nil)
	if err != nil {
		f.Fatal(err)
	}
	m.Steps, m.Timeline.Lanes, m.Evidence.Source = m.Steps[:2], m.Timeline.Lanes[:1], ""
	text, err := json.Marshal(m) // small: the fuzzer's time goes with the size
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"$schema":"` + SchemaID + `","schema_version":1,"traffic":{"regions":[{"phases":[{"phase":"x","p50_ms":1e300}]}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		other, err := ReadJSON(text)
		if err != nil {
			return
		}
		var b bytes.Buffer
		for _, d := range []Document{other.Document(), Compare(m, other).Document(true), Compare(other, m).Document(false)} {
			if err := d.Write(&b, FormatTable, Style{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzBuild: whatever events a chained journal holds, a report comes of it or
// an error.
func FuzzBuild(f *testing.F) {
	for _, e := range passing(f).events {
		f.Add(string(e.Kind), e.Step, []byte(e.Data), int64(e.At.Sub(time.Unix(0, 0))))
	}
	plan, err := json.Marshal(planned())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind, step string, data []byte, at int64) {
		zero := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
		when := time.Unix(0, at).UTC()
		events := []journal.Event{
			{N: 1, At: zero, Kind: journal.DrillPlanned, Data: plan},
			{N: 2, At: when, Kind: journal.Kind(kind), Step: step, Data: data},
			{N: 3, At: zero.Add(time.Hour), Kind: journal.Kind(kind), Step: step, Data: data},
		}
		m, err := Build(events, func(do func(history.Record) error) error {
			return do(history.Record{ID: 1, Source: "writers", To: step, Op: "Encrypt", Key: "k", Due: when, Start: when, Ciphertext: at})
		})
		if err != nil {
			return
		}
		m.drawTimeline() // the page's own part; parsing its template would take all the time
		m.drawTraffic()
		for _, w := range []Writing{WriteMarkdown, WriteJSON, WriteJUnit} {
			if _, err := m.Render(w); err != nil {
				t.Fatalf("%s: %v", w, err)
			}
		}
	})
}
