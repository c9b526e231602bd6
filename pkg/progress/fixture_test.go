package progress_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

var update = flag.Bool("update", false, "rewrite the expected output")

// script writes the events of a drill, for the tests of this package and of the
// terminal interface, which reads the file that TestFixture keeps.
type script struct {
	start  time.Time
	at     time.Time
	events []journal.Event
}

func (s *script) after(d time.Duration) *script {
	s.at = s.start.Add(d)
	return s
}

func (s *script) tell(kind journal.Kind, step string, payload any) {
	data, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	s.events = append(s.events, journal.Event{N: int64(len(s.events) + 1), At: s.at, Kind: kind, Step: step, Data: data})
}

// windows writes what the probes saw up to a moment: us-east-1 answers nothing
// from 30 to 90 seconds.
func (s *script) windows(from, to time.Duration) {
	for t := from; t < to; t += 5 * time.Second {
		s.after(t + 5*time.Second)
		for i, region := range []string{"us-east-1", "eu-west-1"} {
			w := journal.Window{
				Probe: "payments", From: region, To: region, Start: s.start.Add(t), Length: 5 * time.Second,
				Sent: 100, OK: 100, P50: time.Duration(18+6*i) * time.Millisecond, P99: time.Duration(31+20*i) * time.Millisecond,
				Max: 60 * time.Millisecond,
			}
			if region == "us-east-1" && t >= 30*time.Second && t < 90*time.Second {
				w.OK, w.Failed, w.P50, w.P99, w.Code = 0, 100, 0, 0, "region-unreachable"
			}
			s.tell(journal.ProbeWindow, "", w)
		}
	}
}

// outage is a short drill with an outage, a refused promotion and an accepted one.
func outage() []journal.Event {
	s := &script{start: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	s.after(0)
	regions := []string{"us-east-1", "eu-west-1"}
	fault := journal.FaultChange{Name: "home-dark", Kind: "region-outage", In: regions[:1], Planes: []string{"data", "control"}, Looks: "timeout", Where: "sim"}
	s.tell(journal.DrillPlanned, "", journal.Planned{
		Run: "20260301T090000Z-outage", Runbook: "outage", Seed: 7, Speed: "virtual", Version: "test",
		Hypothesis: "Payments go on in eu-west-1 while us-east-1 is dark, and nobody needs to promote.",
		Target:     journal.Origin{Kind: "sim", Account: "111122223333", Caller: "arn:aws:iam::111122223333:user/operator"},
		Regions:    regions,
		Keys:       []journal.PlannedKey{{Name: "payments", Alias: "alias/payments", Primary: "us-east-1", Replicas: regions[1:], Spec: "SYMMETRIC_DEFAULT"}},
		Steps: []journal.PlannedStep{
			{ID: "dark", Say: "us-east-1 goes dark.", Do: "fault.start", In: regions[:1]},
			{ID: "cannot-promote", Say: "A replica can't promote itself.", Do: "key.promote", In: regions[1:], Expect: "KMSInvalidStateException"},
			{ID: "light", Say: "us-east-1 comes back.", Do: "fault.stop"},
			{ID: "go-east", Say: "eu-west-1 becomes the primary.", Do: "key.promote", In: regions[:1]},
		},
		Probes:     []journal.PlannedProbe{{Name: "payments", Do: "roundtrip", In: regions, Rate: "20/s", SLO: []string{"success >= 99.9%"}}},
		Faults:     []journal.PlannedFault{{Name: "home-dark", Kind: "region-outage", In: regions[:1], Looks: "timeout", AtMost: "10m"}},
		Objectives: []journal.PlannedTarget{{Name: "recovery-time", Target: "60s"}},
		Checks:     []string{"every-ciphertext-decrypts-everywhere", "one-primary-at-a-time"},
	})
	s.tell(journal.SnapshotTaken, "", journal.Snapshot{When: "before", Keys: []journal.KeySnapshot{{Name: "payments", KeyID: "mrk-1234", Members: []journal.Member{
		{Key: "payments", Region: "us-east-1", Role: "PRIMARY", State: "Enabled", Primary: "us-east-1", Replicas: regions[1:], Aliases: []string{"alias/payments"}, Rotation: "off"},
		{Key: "payments", Region: "eu-west-1", Role: "REPLICA", State: "Enabled", Primary: "us-east-1", Replicas: regions[1:], Rotation: "off"},
	}}}})
	s.tell(journal.DrillStarted, "", struct{}{})
	s.windows(0, 30*time.Second)
	s.tell(journal.StepStarted, "dark", journal.StepStart{Index: 1, Of: 4, Do: "fault.start", Say: "us-east-1 goes dark."})
	s.tell(journal.FaultOn, "dark", fault)
	s.tell(journal.StepEnded, "dark", journal.StepEnd{Outcome: "ok"})
	s.tell(journal.StepStarted, "cannot-promote", journal.StepStart{Index: 2, Of: 4, Do: "key.promote", Say: "A replica can't promote itself."})
	call := journal.Call{ID: 1, Op: "UpdatePrimaryRegion", From: "eu-west-1", To: "eu-west-1", Key: "payments"}
	s.tell(journal.CallStarted, "cannot-promote", call)
	s.windows(30*time.Second, 60*time.Second)
	call.Outcome, call.Code, call.RequestID, call.Took = "failed", "KMSInvalidStateException", "0000-01", 42*time.Millisecond
	s.tell(journal.CallEnded, "cannot-promote", call)
	s.tell(journal.StepEnded, "cannot-promote", journal.StepEnd{
		Outcome: "ok", Observed: "refused with KMSInvalidStateException", Code: "KMSInvalidStateException",
		Why: "A replica can't promote itself: the call must be asked of the current primary.", Took: 30 * time.Second,
	})
	s.windows(60*time.Second, 90*time.Second)
	s.tell(journal.StepStarted, "light", journal.StepStart{Index: 3, Of: 4, Do: "fault.stop", Say: "us-east-1 comes back."})
	s.tell(journal.FaultOff, "light", journal.FaultChange{Name: "home-dark", Kind: "region-outage", In: regions[:1], Where: "sim", Why: "stopped"})
	s.tell(journal.StepEnded, "light", journal.StepEnd{Outcome: "ok"})
	s.tell(journal.StepStarted, "go-east", journal.StepStart{Index: 4, Of: 4, Do: "key.promote", Say: "eu-west-1 becomes the primary."})
	s.tell(journal.MemberSeen, "go-east", journal.Member{Key: "payments", Region: "eu-west-1", Role: "REPLICA", State: "Updating", Primary: "us-east-1"})
	s.windows(90*time.Second, 105*time.Second)
	s.tell(journal.MemberSeen, "go-east", journal.Member{Key: "payments", Region: "eu-west-1", Role: "PRIMARY", State: "Enabled", Primary: "eu-west-1"})
	s.tell(journal.MemberSeen, "go-east", journal.Member{Key: "payments", Region: "us-east-1", Role: "REPLICA", State: "Enabled", Primary: "eu-west-1"})
	s.tell(journal.StepEnded, "go-east", journal.StepEnd{Outcome: "ok", Took: 15 * time.Second})
	s.windows(105*time.Second, 120*time.Second)
	s.tell(journal.ObjectiveMet, "", journal.Objective{Name: "recovery-time", Target: "60s", Measured: "0.0s", Verdict: journal.Pass})
	s.tell(journal.CheckVerdict, "", journal.Check{Name: "every-ciphertext-decrypts-everywhere", Verdict: journal.Pass, Detail: "1200 ciphertexts, 2400 opened"})
	s.tell(journal.CheckVerdict, "", journal.Check{Name: "one-primary-at-a-time", Verdict: journal.Unknown, Detail: "no reads in us-east-1 for 60s"})
	s.tell(journal.DrillEnded, "", journal.Ended{Verdict: journal.Unknown, Exit: 4, Headline: "one check saw too little to say"})
	return s.events
}

// fixturePath is where the terminal interface's tests find the same drill.
var fixturePath = filepath.Join("testdata", "outage.jsonl")

func TestFixture(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, e := range outage() {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	golden(t, fixturePath, b.Bytes())
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", path, got)
	}
}
