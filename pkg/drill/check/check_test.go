package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

var zero = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

const (
	home    = "us-east-1"
	standby = "eu-west-1"
	app     = "arn:aws:sts::111122223333:assumed-role/drill-app/"
	boss    = "arn:aws:sts::111122223333:assumed-role/mrkctl-operator/"
)

// made is a run made by hand: the scripts below say what happened.
type made struct {
	t        *testing.T
	events   []journal.Event
	calls    []history.Record
	checks   string
	noBudget bool
	member   map[string]journal.Member // what snapshots hold, by Region
	trail    map[string]map[journal.TrailRow]int
}

func newMade(t *testing.T) *made {
	m := &made{t: t, member: map[string]journal.Member{}, trail: map[string]map[journal.TrailRow]int{}}
	for region, role := range map[string]string{home: "PRIMARY", standby: "REPLICA"} {
		m.member[region] = journal.Member{
			Key: "payments", Region: region, Role: role, State: "Enabled", Material: "m1", Primary: home, Replicas: []string{standby},
			Aliases: []string{"alias/payments"}, PolicySHA: "p1", TagsSHA: "t1", Rotation: "off",
		}
		m.trail[region] = map[journal.TrailRow]int{}
	}
	return m
}

func (m *made) event(seconds float64, kind journal.Kind, step string, payload any) {
	m.t.Helper()
	data, err := json.Marshal(payload)
	if err != nil {
		m.t.Fatal(err)
	}
	m.events = append(m.events, journal.Event{N: int64(len(m.events) + 1), At: at(seconds), Kind: kind, Step: step, Data: data})
}

func (m *made) source() string {
	budget := "{ promotions: 1, rotations: 1, new-keys: 0, dollars: 1 }"
	if m.noBudget {
		budget = "{}"
	}
	return `runbook: v1
name: by-hand
about: A run that was made by hand for the tests of the checks.
regions: [us-east-1, eu-west-1]
keys:
  payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1] }
safety:
  spend: ` + budget + `
probes:
  pay: { do: roundtrip, key: payments, in: [us-east-1, eu-west-1], rate: 1/s, slo: [success >= 99%] }
steady: { for: 1s, probes: [pay] }
faults:
  dark: { kind: region-outage, in: us-east-1, looks-like: timeout, at-most: 1h }
steps:
  - { id: go-dark, do: fault.start, with: { fault: dark } }
  - { id: light, do: fault.stop, with: { fault: dark } }
  - { id: go, do: key.promote, in: us-east-1, with: { key: payments, to: eu-west-1 }, undo: { do: nothing, why: a test } }
  - { id: rotate, do: key.rotate, in: us-east-1, with: { key: payments } }
objectives:
  recovery-time: { of: pay, in: eu-west-1, after: go-dark, within: 60s, good-for: 10s }
  availability: { of: pay, in: eu-west-1, at-least: 90% }
  unreadable-ciphertexts: 0
  propagation-time: { after: rotate, within: 2m }
checks:
` + m.checks
}

// run plays a script, one act a line, and gathers what it left behind.
func (m *made) run(script string) *Run {
	m.t.Helper()
	m.event(0, journal.DrillPlanned, "", journal.Planned{
		Source: m.source(), Regions: []string{home, standby}, Target: journal.Origin{Kind: "sim", Caller: boss + home},
		Keys: []journal.PlannedKey{{Name: "payments", Primary: home, Replicas: []string{standby}}},
	})
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		m.act(strings.Fields(line))
	}
	r, err := Gather(m.events, func(do func(history.Record) error) error {
		for i, c := range m.calls {
			c.ID = int64(i + 1)
			if err := do(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

var regionOf = map[string]string{"home": home, "standby": standby, "third": "us-west-2"}

// act does one line of a script; it begins with the second at which it happens.
func (m *made) act(w []string) {
	m.t.Helper()
	if len(w) == 0 {
		return
	}
	var sec float64
	if _, err := fmt.Sscan(w[0], &sec); err != nil || len(w) < 2 {
		m.t.Fatalf("bad line %q", w)
	}
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		return ""
	}
	switch w[1] {
	case "snapshot": // when
		var list []journal.Member
		for _, region := range sortedKeys(m.member) {
			list = append(list, m.member[region])
		}
		m.event(sec, journal.SnapshotTaken, "", journal.Snapshot{When: w[2], Keys: []journal.KeySnapshot{{Name: "payments", Members: list}}})
	case "set": // region field value: from now on
		x := m.member[regionOf[w[2]]]
		x.Key, x.Region = "payments", regionOf[w[2]]
		fields := map[string]*string{"role": &x.Role, "state": &x.State, "material": &x.Material, "policy": &x.PolicySHA, "grants": &x.GrantsSHA, "unreachable": &x.Unreachable, "primary": &x.Primary}
		if w[3] == "aliases" {
			x.Aliases = w[4:]
		} else if f := fields[w[3]]; f != nil {
			*f = arg(4)
		} else {
			m.t.Fatalf("no field %q", w[3])
		}
		m.member[x.Region] = x
	case "seen": // region: the member as it is now
		x := m.member[regionOf[w[2]]]
		x.PolicySHA, x.Aliases = "", nil
		m.event(sec, journal.MemberSeen, "", x)
	case "step", "end":
		kind := journal.StepStarted
		if w[1] == "end" {
			kind = journal.StepEnded
		}
		m.event(sec, kind, w[2], struct{}{})
	case "fault", "heal": // kind [plane]
		kind := journal.FaultOn
		if w[1] == "heal" {
			kind = journal.FaultOff
		}
		f := journal.FaultChange{Name: w[2], Kind: w[2], In: []string{home}, Until: at(sec + 3600)}
		if arg(3) != "" {
			f.Planes = []string{arg(3)}
		}
		m.event(sec, kind, "", f)
	case "asked": // op region outcome [step]
		m.event(sec, journal.CallEnded, arg(5), journal.Call{Op: w[2], From: regionOf[w[3]], To: regionOf[w[3]], Key: "payments", Outcome: w[4]})
	case "make", "read", "call": // source from to [number | op] [material | plaintext | code] …
		m.call(sec, w)
	case "trails": // [unsettled]: what they counted, in stretches
		stretches, err := Stretches(m.events, at(sec))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, region := range []string{home, standby} {
			for _, s := range stretches {
				t := journal.Trail{Region: region, From: s.From, To: s.To, Settled: arg(2) != "unsettled"}
				if arg(2) == "unread" {
					t.Unread = "access denied"
				}
				for row, n := range m.trail[region] {
					if !row.First.Before(s.From) && row.First.Before(s.To) {
						row.Count = n
						t.Rows = append(t.Rows, row)
					}
				}
				slices.SortFunc(t.Rows, func(x, y journal.TrailRow) int { return strings.Compare(x.Op+x.Caller, y.Op+y.Caller) })
				m.event(sec, journal.TrailRead, "", t)
			}
		}
	case "forget": // region: its trail loses a record
		for row := range m.trail[regionOf[w[2]]] {
			m.trail[regionOf[w[2]]][row]--
			break
		}
	case "stray": // region caller: a record of somebody else's call
		m.trail[regionOf[w[2]]][journal.TrailRow{Principal: app + regionOf[w[3]], Caller: regionOf[w[3]], Op: "Decrypt", First: at(sec)}]++
	default:
		m.t.Fatalf("no act %q", w[1])
	}
}

// call enters a call into history and, when it was answered, into the trail.
func (m *made) call(sec float64, w []string) {
	r := history.Record{Source: w[2], From: regionOf[w[3]], To: regionOf[w[4]], Key: "payments", Due: at(sec), Start: at(sec), Took: 10 * time.Millisecond}
	switch w[1] {
	case "make": // number material
		r.Op, r.Material, r.Plain = "Encrypt", w[6], 7
		_, _ = fmt.Sscan(w[5], &r.Ciphertext)
	case "read": // number plaintext|code
		r.Op = "Decrypt"
		_, _ = fmt.Sscan(w[5], &r.Ciphertext)
		if _, err := fmt.Sscan(w[6], &r.Plain); err != nil {
			r.Outcome, r.Code, r.Took = history.Failed, w[6], 2*time.Second
		}
	case "call": // op [code]
		r.Op = w[5]
		if len(w) > 6 {
			r.Outcome, r.Code = history.Failed, w[6]
		}
	}
	m.calls = append(m.calls, r)
	if r.Outcome == history.OK {
		m.trail[r.To][journal.TrailRow{Principal: app + r.From, Caller: r.From, Op: r.Op, First: r.Start}]++
	}
}

// TestChecks plays the scripts of testdata/checks and asks one check, or one
// objective, what it says of each.
func TestChecks(t *testing.T) {
	answered := map[string]map[journal.Verdict]bool{}
	datadriven.RunTest(t, "testdata/checks", func(t *testing.T, d *datadriven.TestData) string {
		m := newMade(t)
		m.noBudget = d.HasArg("no-budget")
		if name := strings.TrimPrefix(d.Cmd, "objective-"); name != d.Cmd {
			m.checks = "  - material-agrees\n"
			var said string
			for _, o := range Measure(m.run(d.Input)) {
				if first, _, _ := strings.Cut(o.Name, " "); first == name {
					said += fmt.Sprintf("%s: %s; target %s\n", o.Verdict, o.Measured, o.Target)
					if o.Why != "" {
						said += o.Why + "\n"
					}
				}
			}
			return said
		}
		m.checks = "  - " + d.Cmd + "\n"
		for _, arg := range d.CmdArgs {
			if arg.Key != "no-budget" {
				m.checks = fmt.Sprintf("  - %s: { %s: [%s] }\n", d.Cmd, arg.Key, strings.Join(arg.Vals, ", "))
			}
		}
		c := Evaluate(m.run(d.Input))[0]
		if answered[c.Name] == nil {
			answered[c.Name] = map[journal.Verdict]bool{}
		}
		answered[c.Name][c.Verdict] = true
		return fmt.Sprintf("%s: %s\n%s", c.Verdict, c.Detail, strings.Join(append(c.Evidence, ""), "\n"))
	})
	for _, c := range All() {
		for _, v := range []journal.Verdict{journal.Pass, journal.Fail, journal.Unknown} {
			if !answered[c.Name][v] {
				t.Errorf("no run of testdata/checks makes %s answer %s", c.Name, v)
			}
		}
	}
}

// Every check that a runbook can name is there, with the sabotage that turns it red.
func TestEveryClaimHasACheck(t *testing.T) {
	claims := runbook.Claims()
	all := All()
	if len(all) != len(claims) {
		t.Errorf("%d checks for %d claims", len(all), len(claims))
	}
	for _, c := range all {
		if c.Sabotage == "" || c.Claim == "" {
			t.Errorf("%s: %+v", c.Name, c)
		}
	}
}

// A run in which nothing happened passes no check and no objective.
func TestNothingProvesNothing(t *testing.T) {
	for _, c := range All() {
		m := newMade(t)
		m.checks = "  - " + c.Name + "\n"
		r := m.run("0 end nothing")
		got := Evaluate(r)[0]
		if got.Verdict != journal.Unknown {
			t.Errorf("%s: %s, %s", c.Name, got.Verdict, got.Detail)
		}
		for _, o := range Measure(r) {
			if o.Verdict != journal.Unknown {
				t.Errorf("%s: %s, %s", o.Name, o.Verdict, o.Measured)
			}
		}
	}
	if c := Judge(newMadeRun(t), "no-such-check", runbook.CheckWith{}); c.Verdict != journal.Unknown {
		t.Error(c)
	}
}

func newMadeRun(t *testing.T) *Run {
	m := newMade(t)
	m.checks = "  - material-agrees\n"
	return m.run("0 end nothing")
}

func TestRegionLike(t *testing.T) {
	for s, want := range map[string]bool{"us-east-1": true, "us-gov-west-1": true, "outside": false, "eu-west": false, "": false, "xx--1": false, "us-east-0": false} {
		if got := regionLike(s); got != want {
			t.Errorf("%q: %t", s, got)
		}
	}
}
