package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// golden compares got with a file under testdata, or writes it with -rewrite.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it and run the test with -rewrite", path)
	}
}

// drills are the fixed journals that the writers are shown.
func drills(t *testing.T) map[string]*fixture {
	return map[string]*fixture{"passing": passing(t), "failing": failing(t), "cut": cut(t)}
}

func TestGolden(t *testing.T) {
	for name, f := range drills(t) {
		for _, w := range Writings() {
			got, err := f.model().Render(w)
			if err != nil {
				t.Fatal(err)
			}
			again, err := f.model().Render(w)
			if err != nil || !bytes.Equal(got, again) {
				t.Errorf("%s as %s: two renderings of one journal differ (%v)", name, w, err)
			}
			if name == "passing" || w == WriteMarkdown || w == WriteJUnit {
				golden(t, name+"."+w.File(), got)
			}
		}
	}
}

func TestModelOfTheOutage(t *testing.T) {
	m := passing(t).model()
	if got := m.Verdict; got.Status != "passed" || got.Exit != 0 || len(got.Why) != 0 {
		t.Errorf("verdict %+v", got)
	}
	stats := map[string]Stats{}
	for _, r := range m.Traffic.Regions {
		for _, s := range r.Phases {
			stats[r.Region+" "+s.Phase] = s
		}
	}
	if s := stats[home+" during"]; s.OK != 0 || s.P50 != nil || *s.Availability != 0 {
		t.Errorf("the dark Region during the outage: %+v", s)
	}
	if s := stats[standby+" whole run"]; s.OK != s.Requests || *s.Availability != 100 || s.P999 == nil {
		t.Errorf("the standby over the whole run: %+v", s)
	}
	if len(m.Recovery.Gaps) != 1 || m.Recovery.Gaps[0].Took != Millis(12*time.Minute) || m.Recovery.Gaps[0].Region != home {
		t.Errorf("gaps %+v", m.Recovery.Gaps)
	}
	moves := m.Recovery.Moves
	if len(moves) != 4 || moves[1].Code != "KMSInvalidStateException" || !strings.Contains(moves[1].Why, "replica") {
		t.Fatalf("moves %+v", moves)
	}
	if moves[2].From != home || moves[2].To != standby || moves[2].Settled == nil || *moves[2].Settled != Millis(7820*time.Millisecond) {
		t.Errorf("the accepted promotion %+v", moves[2])
	}
	if m.Crypto[0].Made[0] != 1200 || m.Crypto[0].Cells[1][0].Failed == 0 {
		t.Errorf("matrix %+v", m.Crypto[0])
	}
}

func TestRunThatIsJudgedAnewIsTheSameRun(t *testing.T) {
	f := failing(t)
	before := f.model()
	later := 9 * 24 * time.Hour
	f.at(later, "", journal.TrailRead, journal.Trail{Region: home, From: f.zero, To: f.zero.Add(later), Settled: true, Rows: []journal.TrailRow{
		{Principal: "arn:aws:sts::111122223333:assumed-role/drill-app/us-east-1", Caller: home, Op: "Encrypt", Count: 5000},
	}})
	f.at(later, "", journal.CheckVerdict, journal.Check{Name: "every-ciphertext-decrypts-everywhere", Verdict: journal.Pass, Detail: "found late"})
	f.at(later, "", journal.DrillEnded, journal.Ended{Verdict: journal.Pass, Headline: "PASSED: after all"})
	after := f.model()
	if after.Verdict.Status != "passed" || after.Verdict.Headline != "after all" || len(after.Checks) != len(before.Checks) {
		t.Errorf("%+v", after.Verdict)
	}
	if !after.Run.FinishedAt.Equal(before.Run.FinishedAt) || !after.Timeline.End.Equal(before.Timeline.End) {
		t.Errorf("the run now ends at %s", after.Run.FinishedAt)
	}
	if len(after.Trails) != 1 || after.Trails[0].Records != 5000 {
		t.Errorf("a stretch that was read twice counts as %+v", after.Trails)
	}
}

func TestUnfinishedJournalIsIncomplete(t *testing.T) {
	m := cut(t).model()
	if m.Verdict.Status != "incomplete" || m.Verdict.Exit != -1 || len(m.Verdict.Why) == 0 {
		t.Errorf("verdict %+v", m.Verdict)
	}
	for _, r := range m.Traffic.Regions {
		for _, p := range r.Phases {
			if p.Phase == phaseAfter {
				t.Errorf("%s has calls after a fault that never ended: %+v", r.Region, p)
			}
		}
	}
	last := m.Steps[6]
	if last.Outcome != stepUnfinished || last.Calls[0].Outcome != "unanswered" {
		t.Errorf("the step under way: %+v", last)
	}
	if m.Steps[7].Outcome != stepNotReached {
		t.Errorf("the step after it: %+v", m.Steps[7])
	}
}

func TestStampSaysWhoseAnswersTheseAre(t *testing.T) {
	for _, c := range []struct{ kind, endpoint, want string }{
		{"sim", "", "SIMULATOR, seed 7: not evidence about AWS"},
		{"sim", "http://127.0.0.1:4599", "SIMULATOR, seed 7: not evidence about AWS"},
		{"aws", "", "AWS account 111122223333, by arn:aws:iam::111122223333:user/operator"},
		{"aws", "https://kms.{region}.amazonaws.com", "AWS account 111122223333, by arn:aws:iam::111122223333:user/operator"},
		{"aws", "https://kms-fips.us-east-1.api.aws", "AWS account 111122223333, by arn:aws:iam::111122223333:user/operator"},
		{"aws", "http://127.0.0.1:4599", "AWS API at http://127.0.0.1:4599, account 111122223333: not evidence about AWS"},
		{"aws", "https://amazonaws.com.example.org", "AWS API at https://amazonaws.com.example.org, account 111122223333: not evidence about AWS"},
		{"aws", "https://notamazonaws.com", "AWS API at https://notamazonaws.com, account 111122223333: not evidence about AWS"},
	} {
		p := planned()
		p.Target.Kind, p.Target.Endpoint = c.kind, c.endpoint
		if got := stamp(p); got != c.want {
			t.Errorf("%s %s: %s", c.kind, c.endpoint, got)
		}
	}
}

func TestCommandMakesTheRunAgain(t *testing.T) {
	p := planned()
	p.Target, p.Speed, p.Vars = journal.Origin{Kind: "aws", Endpoint: "http://127.0.0.1:4599"}, "real", map[string]string{"say": "it's here"}
	if got, want := command(p), `mrkctl drill run region-outage.yaml --seed 7 --target aws --endpoint-url http://127.0.0.1:4599 --speed real --set 'say=it'\''s here'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p.Target.Kind, p.Speed, p.Vars, p.Sabotage = "sim", "virtual", nil, "two-primaries"
	if got, want := command(p), "mrkctl drill run region-outage.yaml --seed 7 --target sim:http://127.0.0.1:4599 --sabotage two-primaries"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestInnerStepsFollowTheirStep(t *testing.T) {
	f := &fixture{t: t, zero: time.Unix(0, 0).UTC()}
	f.at(0, "", journal.DrillPlanned, planned())
	f.at(0, "dark", journal.StepStarted, journal.StepStart{Do: "group"})
	f.at(0, "data-dark", journal.StepStarted, journal.StepStart{Do: "fault.start"})
	f.at(0, "control-dark", journal.StepStarted, journal.StepStart{Do: "fault.start"})
	m, err := Build(f.events, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range m.Steps[:5] {
		got = append(got, s.Number+" "+s.ID)
	}
	if want := "1 ready|2 dark|2.1 data-dark|2.2 control-dark|3 promote-at-home"; strings.Join(got, "|") != want {
		t.Errorf("steps %v", got)
	}
}

func TestJournalAlone(t *testing.T) {
	m, err := Build(passing(t).events, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Evidence.HistoryRead || !strings.Contains(strings.Join(m.Limits, "\n"), "history of single calls was not at hand") {
		t.Errorf("limits %q", m.Limits)
	}
	for _, w := range Writings() {
		if _, err := m.Render(w); err != nil {
			t.Errorf("%s: %v", w, err)
		}
	}
}

func TestBadJournals(t *testing.T) {
	if _, err := Build(nil, nil); !errors.Is(err, ErrNoDrill) {
		t.Errorf("an empty journal: %v", err)
	}
	events := passing(t).events
	if _, err := Build(events[1:], nil); !errors.Is(err, ErrNoDrill) {
		t.Errorf("a journal without its plan: %v", err)
	}
	events[5].Data = json.RawMessage(`[]`)
	if _, err := Build(events, nil); err == nil || !strings.Contains(err.Error(), "journal line 6") {
		t.Errorf("a payload of the wrong shape: %v", err)
	}
	broken := errors.New("history.jsonl: line 3 is cut")
	if _, err := Build(passing(t).events, func(func(history.Record) error) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a history that can't be read: %v", err)
	}
}

func TestPercentilesNeedEnoughCalls(t *testing.T) {
	tally := newTally("run")
	for i := range 1000 {
		if i == 99 {
			if s := tally.stats(); s.P95 == nil || s.P99 != nil {
				t.Errorf("p99 of 99 calls: %v", s.P99)
			}
		}
		if i == 999 {
			if s := tally.stats(); s.P99 == nil || s.P999 != nil {
				t.Errorf("p99.9 of 999 calls: %v", s.P999)
			}
		}
		tally.add(history.OK, time.Duration(i)*time.Millisecond)
	}
	if s := tally.stats(); s.P999 == nil || *s.Max != Millis(999*time.Millisecond) || *s.P99 > *s.Max {
		t.Errorf("stats of 1000 calls: %+v", s)
	}
}

func TestAvailabilityIsRoundedDown(t *testing.T) {
	if got := percent(*availability(999_999, 1_000_000)); got != "99.99 %" {
		t.Errorf("one failure in a million reads %s", got)
	}
	if got := percent(*availability(7, 7)); got != "100.00 %" {
		t.Errorf("no failure reads %s", got)
	}
	if availability(0, 0) != nil {
		t.Error("no calls have an availability")
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 8200 * time.Microsecond: "8.2 ms", 142 * time.Millisecond: "142 ms", 41200 * time.Millisecond: "41.2 s",
		59960 * time.Millisecond: "1 min", 12*time.Minute + 5*time.Second: "12 min 5 s", 3*time.Hour + 12*time.Minute: "3 h 12 min",
		171 * time.Hour: "7 d 3 h", -time.Second: "-1 s",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d) = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		68200 * time.Millisecond: "t+01:08.2", time.Hour + 2*time.Minute + 3*time.Second: "t+1:02:03", 169 * time.Hour: "t+7d 01:00", -time.Second: "t-00:01.0",
	} {
		if got := offset(d); got != want {
			t.Errorf("offset(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestQuietStretchIsCut(t *testing.T) {
	zero := time.Unix(0, 0)
	at := func(d time.Duration) time.Time { return zero.Add(d) }
	a := newAxis([]time.Time{zero, at(10 * time.Minute), at(20 * time.Minute), at(170 * time.Hour), at(171 * time.Hour)}, nil, 0, 1000)
	if cuts := a.cuts(); len(cuts) != 1 || cuts[0].from != 20*time.Minute {
		t.Fatalf("cuts %+v", cuts)
	}
	if x := a.x(at(20 * time.Minute)); x < 200 || x > 300 {
		t.Errorf("twenty minutes of eighty end at %.0f of 1000", x)
	}
	if a.x(at(171*time.Hour)) != 1000 || a.x(at(-time.Hour)) != 0 || a.x(at(400*time.Hour)) != 1000 {
		t.Error("the ends are not at the ends")
	}
	for _, a := range []axis{
		newAxis([]time.Time{zero}, nil, 0, 1000),
		newAxis([]time.Time{zero, at(100 * time.Hour)}, nil, 0, 1000),
		newAxis([]time.Time{zero, zero, at(time.Nanosecond)}, nil, 0, 1000),
	} {
		if x := a.x(at(50 * time.Hour)); x < 0 || x > 1000 || len(a.cuts()) != 0 || len(a.ticks()) == 0 {
			t.Errorf("%+v draws fifty hours at %f, ticks %v", a, x, a.ticks())
		}
	}
	busy := newAxis([]time.Time{zero, at(time.Minute), at(365 * 24 * time.Hour)}, [][2]time.Time{{zero, at(365 * 24 * time.Hour)}}, 0, 1000)
	if len(busy.cuts()) != 0 {
		t.Error("a year under load was cut")
	}
}
