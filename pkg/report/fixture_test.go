package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// fixture is a drill made up by hand: a Region outage of which the control
// plane comes back first, refused promotions, an accepted one each way.
type fixture struct {
	t      testing.TB
	zero   time.Time
	events []journal.Event
	calls  []history.Record
	callID int64
}

const (
	home    = "us-east-1"
	standby = "eu-west-1"
	third   = "us-west-2"
)

func (f *fixture) at(offset time.Duration, step string, kind journal.Kind, data any) {
	f.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		f.t.Fatal(err)
	}
	e := journal.Event{N: int64(len(f.events) + 1), At: f.zero.Add(offset), Kind: kind, Step: step, Data: raw}
	if len(f.events) > 0 {
		e.Prev = f.events[len(f.events)-1].Sha
	}
	line, _ := json.Marshal(e)
	sum := sha256.Sum256(line)
	e.Sha = hex.EncodeToString(sum[:])
	f.events = append(f.events, e)
}

// call is one call of a step, before and after.
func (f *fixture) call(offset time.Duration, step, op, to, code, message string, took time.Duration) {
	f.callID++
	c := journal.Call{ID: f.callID, Op: op, From: to, To: to, Key: "payments"}
	f.at(offset, step, journal.CallStarted, c)
	c.Outcome, c.Code, c.Message, c.Took = "ok", code, message, took
	if code != "" {
		c.Outcome = "failed"
	}
	if code != "region-unreachable" {
		c.RequestID = fmt.Sprintf("%08d-0000-4000-8000-000000000000", f.callID)
	}
	f.at(offset+took, step, journal.CallEnded, c)
}

func (f *fixture) member(offset time.Duration, region, role, state string) {
	f.at(offset, "", journal.MemberSeen, member(region, role, state))
}

func member(region, role, state string) journal.Member {
	m := journal.Member{
		Key: "payments", Region: region, Role: role, State: state, Material: "9f3a1c2b77aa", Rotation: "365d",
		Aliases: []string{"alias/payments"}, PolicySHA: "91b2c0de44", TagsSHA: "77aa", GrantsSHA: "00ff",
	}
	m.Primary, m.Replicas = home, []string{standby}
	if role == "PRIMARY" {
		m.Primary = region
	}
	return m
}

func planned() journal.Planned {
	return journal.Planned{
		Run: "20260105T090000Z-region-outage", Runbook: "region-outage", Owner: "key-custodians", Ticket: "CHG-1042",
		Hypothesis: "us-east-1 goes dark. Payments go on in eu-west-1 without any call to us-east-1. Nobody can promote while the primary is dark, and nobody needs to.",
		Covers:     []string{"DORA-11.6", "ISO22301-8.5"},
		Source:     "runbook: v1\nname: region-outage\n# <script>alert(1)</script>\n", SourceSHA: "c0ffee0000000000000000000000000000000000000000000000000000000000",
		Vars: map[string]string{"standby": standby, "home": home}, Seed: 7, Speed: "virtual", Version: "v0.1.0",
		Target:  journal.Origin{Kind: "sim", Account: "111122223333", Caller: "arn:aws:iam::111122223333:user/operator"},
		Regions: []string{home, standby, third},
		Keys:    []journal.PlannedKey{{Name: "payments", Alias: "alias/payments", Primary: home, Replicas: []string{standby}, Spec: "SYMMETRIC_DEFAULT"}},
		Steps: []journal.PlannedStep{
			{ID: "ready", Say: "Both members have the alias, the same policy and the same key material.", Do: "compare", Expect: "same aliases, policies, material"},
			{ID: "dark", Say: "us-east-1 goes dark.", Do: "fault.start"},
			{ID: "promote-at-home", Say: "Promotion must be asked of the primary, and it does not answer.", Do: "key.promote", In: []string{home}, Expect: "error region-unreachable"},
			{ID: "promote-at-standby", Say: "Asked of the replica, KMS refuses.", Do: "key.promote", In: []string{standby}, Expect: "error KMSInvalidStateException"},
			{ID: "alone", Say: "eu-west-1 carries the load alone.", Do: "watch", Expect: "slo met"},
			{ID: "control-back", Say: "The control plane of us-east-1 answers again.", Do: "fault.start"},
			{ID: "promote", Say: "eu-west-1 becomes the primary.", Do: "key.promote", In: []string{home}, Expect: "primary eu-west-1"},
			{ID: "light", Say: "us-east-1 comes back whole, as a replica.", Do: "fault.stop"},
			{ID: "promote-home", Say: "us-east-1 becomes the primary again.", Do: "key.promote", In: []string{standby}, Expect: "primary us-east-1"},
			{ID: "wait-out", Say: "The third replica's waiting days pass.", Do: "wait"},
		},
		Probes: []journal.PlannedProbe{
			{Name: "writers", Do: "encrypt", In: []string{home, standby}, Rate: "2/s", SLO: []string{"success >= 99.9%", "p99 < 250ms"}},
			{Name: "readers", Do: "decrypt-backlog", In: []string{home, standby}, Rate: "2/s", SLO: []string{"success >= 99.9%"}},
		},
		Faults: []journal.PlannedFault{
			{Name: "home-dark", Kind: "region-outage", In: []string{home}, Planes: []string{"data", "control"}, Looks: "timeout", AtMost: "15m"},
			{Name: "home-data-dark", Kind: "region-outage", In: []string{home}, Planes: []string{"data"}, Looks: "503", AtMost: "15m"},
		},
		Objectives: []journal.PlannedTarget{{Name: "recovery-time", Target: "within 1m"}, {Name: "availability of readers in eu-west-1", Target: "at least 99.9%"}},
		Checks:     []string{"every-ciphertext-decrypts-everywhere", "no-call-crosses-regions", "left-as-found"},
	}
}

const (
	s = time.Second
	m = time.Minute
)

func (f *fixture) step(id string, index int, from, to time.Duration, end journal.StepEnd) {
	f.at(from, id, journal.StepStarted, journal.StepStart{Index: index, Of: 10, Do: "do", Say: ""})
	end.Took = to - from
	f.at(to, id, journal.StepEnded, end)
}

// passing is the drill when all goes well.
func passing(t testing.TB) *fixture {
	f := &fixture{t: t, zero: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	f.at(0, "", journal.DrillPlanned, planned())
	f.before()
	f.outage()
	f.return_()
	f.verdicts(journal.Pass)
	f.load(22 * m)
	return f
}

func (f *fixture) before() {
	f.at(0, "", journal.DrillStarted, nil)
	f.at(0, "", journal.SnapshotTaken, journal.Snapshot{When: "before", Keys: []journal.KeySnapshot{{
		Name: "payments", KeyID: "mrk-1234abcd12ab34cd56ef1234567890ab", Members: []journal.Member{member(home, "PRIMARY", "Enabled"), member(standby, "REPLICA", "Enabled")},
	}}})
	f.at(2*m, "ready", journal.StepStarted, journal.StepStart{Index: 1, Of: 10, Do: "compare"})
	f.call(2*m, "ready", "DescribeKey", home, "", "", 12*time.Millisecond)
	f.call(2*m+20*time.Millisecond, "ready", "DescribeKey", standby, "", "", 93*time.Millisecond)
	f.at(2*m+200*time.Millisecond, "ready", journal.StepEnded, journal.StepEnd{Outcome: "ok", Expected: "same aliases, policies, material", Observed: "2 members agree", Took: 200 * time.Millisecond})
}

func (f *fixture) outage() {
	f.at(3*m, "dark", journal.StepStarted, journal.StepStart{Index: 2, Of: 10, Do: "fault.start"})
	f.at(3*m, "dark", journal.FaultOn, journal.FaultChange{Name: "home-dark", Kind: "region-outage", In: []string{home}, Planes: []string{"data", "control"}, Looks: "timeout", Where: "sim", Until: f.zero.Add(18 * m)})
	f.at(3*m, "dark", journal.StepEnded, journal.StepEnd{Outcome: "ok"})
	dead := member(home, "", "")
	dead.Unreachable = "timeout"
	f.at(3*m+5*s, "", journal.MemberSeen, dead)

	f.at(4*m, "promote-at-home", journal.StepStarted, journal.StepStart{Index: 3, Of: 10, Do: "key.promote"})
	f.call(4*m, "promote-at-home", "UpdatePrimaryRegion", home, "region-unreachable", "no answer within 10s", 10*s)
	f.at(4*m+10*s, "promote-at-home", journal.StepEnded, journal.StepEnd{
		Outcome: "ok", Expected: "error region-unreachable", Observed: "region-unreachable", Code: "region-unreachable", Took: 10 * s,
		Why: "UpdatePrimaryRegion is answered by the current primary's Region and by no other. While that Region is dark nobody can promote; the replicas go on encrypting and decrypting without it.",
	})
	f.at(5*m, "promote-at-standby", journal.StepStarted, journal.StepStart{Index: 4, Of: 10, Do: "key.promote"})
	f.call(5*m, "promote-at-standby", "UpdatePrimaryRegion", standby, "KMSInvalidStateException", "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab is not a multi-Region primary key.", 91*time.Millisecond)
	f.at(5*m+s, "promote-at-standby", journal.StepEnded, journal.StepEnd{
		Outcome: "ok", Expected: "error KMSInvalidStateException", Observed: "KMSInvalidStateException", Code: "KMSInvalidStateException", Took: 91 * time.Millisecond,
		Why: "A replica can't promote itself: the call must be asked of the current primary, in its Region.",
	})
	f.step("alone", 5, 6*m, 11*m, journal.StepEnd{Outcome: "ok", Expected: "slo met", Observed: "2 of 2 probes healthy"})
	f.at(11*m, "control-back", journal.StepStarted, journal.StepStart{Index: 6, Of: 10, Do: "fault.start"})
	f.at(11*m, "control-back", journal.FaultOff, journal.FaultChange{Name: "home-dark", Kind: "region-outage", Where: "sim", Why: "stopped"})
	f.at(11*m, "control-back", journal.FaultOn, journal.FaultChange{Name: "home-data-dark", Kind: "region-outage", In: []string{home}, Planes: []string{"data"}, Looks: "503", Where: "sim"})
	f.at(11*m, "control-back", journal.StepEnded, journal.StepEnd{Outcome: "ok"})
	f.member(11*m+2*s, home, "PRIMARY", "Enabled")
}

func (f *fixture) return_() {
	f.at(12*m, "promote", journal.StepStarted, journal.StepStart{Index: 7, Of: 10, Do: "key.promote"})
	f.at(12*m, "promote", journal.ApprovalAsked, journal.Approval{What: "promote eu-west-1", Need: 1})
	f.at(12*m+4*s, "promote", journal.ApprovalGiven, journal.Approval{What: "promote eu-west-1", By: "alice", Remark: "as rehearsed"})
	f.call(12*m+4*s, "promote", "UpdatePrimaryRegion", home, "", "", 180*time.Millisecond)
	f.member(12*m+5*s, home, "REPLICA", "Updating")
	f.member(12*m+5*s, standby, "PRIMARY", "Updating")
	for i := range 3 {
		f.call(12*m+time.Duration(6+2*i)*s, "promote", "DescribeKey", standby, "", "", 22*time.Millisecond)
	}
	f.member(12*m+10*s, home, "REPLICA", "Enabled")
	f.member(12*m+12*s, standby, "PRIMARY", "Enabled")
	f.at(12*m+12*s, "promote", journal.StepEnded, journal.StepEnd{Outcome: "ok", Expected: "primary eu-west-1", Observed: "primary eu-west-1, Enabled in 2 Regions", Took: 12 * s})
	f.at(15*m, "light", journal.StepStarted, journal.StepStart{Index: 8, Of: 10, Do: "fault.stop"})
	f.at(15*m, "light", journal.FaultOff, journal.FaultChange{Name: "home-data-dark", Kind: "region-outage", Where: "sim", Why: "stopped"})
	f.at(15*m, "light", journal.StepEnded, journal.StepEnd{Outcome: "ok"})
	f.member(16*m, third, "REPLICA", "Creating")
	f.member(16*m+3*s, third, "REPLICA", "Enabled")
	f.at(18*m, "promote-home", journal.StepStarted, journal.StepStart{Index: 9, Of: 10, Do: "key.promote"})
	f.call(18*m, "promote-home", "UpdatePrimaryRegion", standby, "", "", 120*time.Millisecond)
	f.member(18*m+s, home, "PRIMARY", "Updating")
	f.member(18*m+s, standby, "REPLICA", "Updating")
	f.member(18*m+6*s, home, "PRIMARY", "Enabled")
	f.member(18*m+6*s, standby, "REPLICA", "Enabled")
	f.at(18*m+6*s, "promote-home", journal.StepEnded, journal.StepEnd{Outcome: "ok", Expected: "primary us-east-1", Observed: "primary us-east-1, Enabled in 2 Regions", Took: 6 * s})
	f.member(22*m, third, "REPLICA", "PendingDeletion")
	f.step("wait-out", 10, 22*m, 7*24*time.Hour+23*m, journal.StepEnd{Outcome: "ok", Expected: "gone from us-west-2", Observed: "gone after 7 days"})
}

func (f *fixture) verdicts(v journal.Verdict) {
	end := 7*24*time.Hour + 24*m
	after := member(home, "PRIMARY", "Enabled")
	f.at(end, "", journal.SnapshotTaken, journal.Snapshot{When: "after", Keys: []journal.KeySnapshot{{
		Name: "payments", KeyID: "mrk-1234abcd12ab34cd56ef1234567890ab", Members: []journal.Member{after, member(standby, "REPLICA", "Enabled")},
	}}})
	f.at(end, "", journal.TrailRead, journal.Trail{Region: home, From: f.zero, To: f.zero.Add(end), Settled: true, Rows: []journal.TrailRow{
		{Principal: "arn:aws:sts::111122223333:assumed-role/drill-app/us-east-1", Caller: home, Op: "Encrypt", Count: 1680},
		{Principal: "arn:aws:sts::111122223333:assumed-role/drill-app/us-east-1", Caller: home, Op: "Decrypt", Count: 1600, Failed: 2},
		{Principal: "arn:aws:sts::111122223333:assumed-role/mrkctl-operator/eu-west-1", Caller: standby, Op: "UpdatePrimaryRegion", Count: 1},
	}})
	f.at(end, "", journal.HistorySealed, journal.Seal{File: "history.jsonl", Lines: 10572, SHA256: "ab54a98ceb1f0ad2000000000000000000000000000000000000000000000000"})
	f.at(end, "", journal.ObjectiveMet, journal.Objective{Name: "recovery-time", Target: "within 1m", Measured: "5 s", Verdict: journal.Pass})
	f.at(end, "", journal.ObjectiveMet, journal.Objective{Name: "availability of readers in eu-west-1", Target: "at least 99.9%", Measured: "100.00 %", Verdict: journal.Pass})
	f.at(end, "", journal.CheckVerdict, journal.Check{Name: "every-ciphertext-decrypts-everywhere", Claim: "Every ciphertext that any member made opens in every member.", Verdict: v, Detail: "3 480 ciphertexts, each tried in 2 Regions", Evidence: []string{"history line 17"}})
	f.at(end, "", journal.CheckVerdict, journal.Check{Name: "no-call-crosses-regions", Claim: "No application called KMS outside its own Region during an outage.", Verdict: journal.Pass, Detail: "0 of 4 210 calls"})
	f.at(end, "", journal.CheckVerdict, journal.Check{Name: "left-as-found", Claim: "Every key set is as the first snapshot has it, key material apart.", Verdict: journal.Pass, Detail: "2 members, 0 differences"})
	ended := journal.Ended{
		Verdict: v, Exit: 0, Headline: "eu-west-1 carried the load alone for 12 minutes; two promotions were refused and two accepted.",
		Calls: map[string]int{"Encrypt": 5280, "Decrypt": 5280, "UpdatePrimaryRegion": 4}, Spent: map[string]int{"promotions": 2},
	}
	if v == journal.Fail {
		ended.Exit, ended.Headline = 1, "A ciphertext that eu-west-1 made could not be opened in us-east-1."
		ended.Left = []string{"replica of payments in us-west-2 (PendingDeletion)"}
	}
	f.at(end, "", journal.DrillEnded, ended)
}

// load makes up the probes' calls for a stretch of time from the start.
func (f *fixture) load(long time.Duration) {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // made-up latencies
	ciphertext := int64(0)
	for due := time.Duration(0); due < long; due += 500 * time.Millisecond {
		for _, region := range []string{home, standby} {
			ciphertext++
			f.probe(due, "writers", "Encrypt", region, ciphertext, random)
			if opened := random.Int64N(ciphertext) + 1; opened > 4 {
				f.probe(due+250*time.Millisecond, "readers", "Decrypt", region, opened, random)
			}
		}
	}
}

func (f *fixture) probe(due time.Duration, source, op, region string, ciphertext int64, random *rand.Rand) {
	r := history.Record{
		ID: int64(len(f.calls) + 1), Source: source, From: region, To: region, Op: op, Key: "payments",
		Due: f.zero.Add(due), Start: f.zero.Add(due), Ciphertext: ciphertext, Material: "9f3a1c2b77aa",
		Took: 8*time.Millisecond + time.Duration(random.ExpFloat64()*float64(4*time.Millisecond)).Truncate(time.Microsecond),
	}
	switch {
	case region == home && due >= 3*m && due < 11*m:
		r.Outcome, r.Code, r.Took = history.Failed, "timeout", 5*s
		if op == "Encrypt" {
			r.Outcome = history.Unknown
		}
	case region == home && due >= 11*m && due < 15*m:
		r.Outcome, r.Code = history.Failed, "503"
	}
	f.calls = append(f.calls, r)
}

func (f *fixture) history(do func(history.Record) error) error {
	for _, r := range f.calls {
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

func (f *fixture) model() *Model {
	f.t.Helper()
	m, err := Build(f.events, f.history)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// failing is the drill when a check fails and something is left.
func failing(t testing.TB) *fixture {
	f := &fixture{t: t, zero: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	p := planned()
	p.Sabotage = "material-missing"
	f.at(0, "", journal.DrillPlanned, p)
	f.before()
	f.outage()
	f.return_()
	f.at(7*24*time.Hour+23*m, "", journal.UndoStarted, journal.Undo{Of: "promote", Do: "key.promote", In: standby})
	f.at(7*24*time.Hour+23*m+s, "", journal.UndoDone, journal.Undo{Of: "promote", Do: "key.promote", In: standby, Note: "nothing to undo"})
	f.verdicts(journal.Fail)
	f.load(22 * m)
	return f
}

// cut is the drill whose journal ends in the outage.
func cut(t testing.TB) *fixture {
	f := &fixture{t: t, zero: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	f.at(0, "", journal.DrillPlanned, planned())
	f.before()
	f.outage()
	f.at(12*m, "promote", journal.StepStarted, journal.StepStart{Index: 7, Of: 10, Do: "key.promote"})
	f.at(12*m, "promote", journal.CallStarted, journal.Call{ID: 999, Op: "UpdatePrimaryRegion", From: home, To: home, Key: "payments"})
	f.load(13 * m) // the history is ahead of the journal
	return f
}
