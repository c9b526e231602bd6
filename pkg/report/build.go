package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// The statuses of a run.
const (
	statusPassed     = "passed"
	statusFailed     = "failed"
	statusUnknown    = "unknown"
	statusIncomplete = "incomplete"
)

// ErrNoDrill says that a journal doesn't begin with a planned drill.
var ErrNoDrill = errors.New("the journal does not begin with a planned drill: there is nothing to report on")

// Build works a report out of a journal and a history. Without a history (nil)
// what the probes saw is missing, and the report says so. The same events and
// calls give the same model.
func Build(events []journal.Event, calls History) (*Model, error) {
	b := builder{objectives: map[string]int{}, checks: map[string]int{}}
	for i := range events {
		if err := b.event(events[i]); err != nil {
			return nil, err
		}
	}
	if b.timeline == nil {
		return nil, ErrNoDrill
	}
	b.finish()
	if calls != nil {
		if err := b.history(calls); err != nil {
			return nil, err
		}
	}
	m := &b.model
	if b.foretold != nil {
		m.Predictions = m.predictions(*b.foretold)
	}
	m.Findings = m.findings()
	m.Verdict.Why = nil
	if m.Verdict.Status != statusPassed {
		m.Verdict.Why = m.why()
	}
	m.Tiles = m.tiles()
	m.Limits = append(m.limits(), b.unread...)
	fillLists(reflect.ValueOf(m).Elem())
	if len(b.planned.Redact) > 0 {
		if err := m.Redact(b.planned.Redact...); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// builder is a model in the making.
type builder struct {
	model      Model
	planned    journal.Planned
	steps      *stepLog
	timeline   *timelineLog
	snapshots  []journal.Snapshot
	objectives map[string]int
	checks     map[string]int
	last       time.Time
	started    time.Time
	ended      *journal.Ended
	foretold   *journal.Prediction
	trails     trailLog
	unread     []string
}

// payload reads the payload of an event.
func payload[T any](e journal.Event) (T, error) {
	var p T
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return p, fmt.Errorf("journal line %d: %s: %w", e.N, e.Kind, err)
	}
	return p, nil
}

// with hands the payload of an event to do.
func with[T any](e journal.Event, do func(T)) error {
	p, err := payload[T](e)
	if err == nil {
		do(p)
	}
	return err
}

func (b *builder) event(e journal.Event) error {
	if e.Kind == journal.DrillPlanned {
		return with(e, func(p journal.Planned) { b.plan(e, p) })
	}
	if b.timeline == nil {
		return ErrNoDrill
	}
	if b.ended == nil { // what comes later judges the run anew and is no part of it
		b.last = e.At
	}
	b.model.Evidence.JournalLines, b.model.Evidence.JournalHead = e.N, e.Sha
	if handled, err := b.runEvent(e); handled {
		return err
	}
	return b.verdictEvent(e)
}

func (b *builder) plan(e journal.Event, p journal.Planned) {
	b.planned, b.last, b.started = p, e.At, e.At
	b.steps, b.timeline = newStepLog(p.Steps), newTimelineLog(p)
	m := &b.model
	m.Schema, m.SchemaVersion = SchemaID, SchemaVersion
	m.Run = Run{
		ID: p.Run, Runbook: p.Runbook, Owner: p.Owner, Ticket: p.Ticket, Covers: p.Covers,
		Seed: p.Seed, Speed: p.Speed, Sabotage: p.Sabotage, Version: p.Version,
	}
	for _, name := range slices.Sorted(maps.Keys(p.Vars)) {
		m.Run.Vars = append(m.Run.Vars, Setting{name, p.Vars[name]})
	}
	m.Origin = Origin{
		Kind: p.Target.Kind, Detail: p.Target.Detail, Account: p.Target.Account, Caller: p.Target.Caller,
		Endpoint: p.Target.Endpoint, Stamp: stamp(p),
	}
	m.Scenario = Scenario{
		Hypothesis: strings.TrimSpace(p.Hypothesis), Regions: p.Regions, Keys: p.Keys, Probes: p.Probes,
		Faults: p.Faults, Targets: p.Objectives, Claims: p.Checks,
	}
	m.Evidence = Evidence{
		Command: command(p), Source: p.Source, SourceSHA: p.SourceSHA, JournalLines: e.N, JournalHead: e.Sha,
	}
}

// stamp is the line that keeps a rehearsal from being taken for the real thing.
// An endpoint that isn't one of AWS's own may be anything that speaks its API.
func stamp(p journal.Planned) string {
	t := p.Target
	switch {
	case t.Kind == "sim":
		return fmt.Sprintf("SIMULATOR, seed %d: not evidence about AWS", p.Seed)
	case t.Endpoint != "" && !ofAWS(t.Endpoint):
		return fmt.Sprintf("AWS API at %s, account %s: not evidence about AWS", t.Endpoint, orDash(t.Account))
	default:
		return fmt.Sprintf("%s account %s, by %s", strings.ToUpper(t.Kind), orDash(t.Account), orDash(t.Caller))
	}
}

// ofAWS says whether an endpoint is under one of the domains of AWS.
func ofAWS(endpoint string) bool {
	u, err := url.Parse(strings.ReplaceAll(endpoint, "{region}", "region"))
	if err != nil {
		return false
	}
	host := "." + strings.ToLower(u.Hostname())
	return slices.ContainsFunc([]string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn"}, func(domain string) bool {
		return strings.HasSuffix(host, domain)
	})
}

// command is how the run is made again.
func command(p journal.Planned) string {
	c := []string{"mrkctl", "drill", "run", p.Runbook + ".yaml", "--seed", strconv.FormatUint(p.Seed, 10)}
	switch {
	case p.Target.Kind == "sim" && p.Target.Endpoint != "":
		c = append(c, "--target", shellWord("sim:"+p.Target.Endpoint))
	case p.Target.Kind != "sim":
		c = append(c, "--target", p.Target.Kind)
		if p.Target.Endpoint != "" {
			c = append(c, "--endpoint-url", shellWord(p.Target.Endpoint))
		}
	}
	if p.Speed != "" && p.Speed != "virtual" {
		c = append(c, "--speed", p.Speed)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Vars)) {
		c = append(c, "--set", shellWord(name+"="+p.Vars[name]))
	}
	if p.Sabotage != "" {
		c = append(c, "--sabotage", shellWord(p.Sabotage))
	}
	return strings.Join(c, " ")
}

// shellWord quotes a word that a shell would take apart.
func shellWord(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("-_=./:,@%+", r) && (r > 'z' || !alphanumeric(byte(r)))
	}) || s == "" {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// runEvent takes the events of what was done and seen.
func (b *builder) runEvent(e journal.Event) (handled bool, err error) {
	switch e.Kind {
	case journal.DrillStarted:
		b.started = e.At
	case journal.DrillResumed:
		err = with(e, func(p journal.Resumed) { b.model.Run.Resumed = append(b.model.Run.Resumed, Resumption{e.At, p.From}) })
	case journal.SnapshotTaken:
		err = with(e, func(p journal.Snapshot) { b.snapshot(e.At, p) })
	case journal.StepStarted:
		err = with(e, func(p journal.StepStart) { b.steps.started(e.At, e.Step, p) })
	case journal.StepEnded:
		err = with(e, func(p journal.StepEnd) { b.steps.ended(e.At, e.Step, p) })
	case journal.CallStarted:
		err = with(e, func(p journal.Call) { b.steps.callStarted(e.At, e.Step, p) })
	case journal.CallEnded:
		err = with(e, func(p journal.Call) {
			b.steps.callEnded(e.At, e.Step, p)
			if p.Op == "UpdatePrimaryRegion" {
				b.timeline.moved(e.At, e.Step, p)
			}
		})
	case journal.FaultOn:
		err = with(e, func(p journal.FaultChange) { b.timeline.faultOn(e.At, p) })
	case journal.FaultOff:
		err = with(e, func(p journal.FaultChange) { b.timeline.faultOff(e.At, p) })
	case journal.TrailRead:
		err = with(e, b.trails.add)
	case journal.MemberSeen:
		err = with(e, func(p journal.Member) { b.timeline.seen(e.At, p) })
	default:
		return false, nil
	}
	return true, err
}

// snapshot keeps a snapshot, and shows it in the lanes as well.
func (b *builder) snapshot(at time.Time, s journal.Snapshot) {
	b.snapshots = append(b.snapshots, s)
	for _, k := range s.Keys {
		for _, m := range k.Members {
			m.Key = cmp.Or(m.Key, k.Name)
			b.timeline.seen(at, m)
		}
		b.timeline.absent(at, k)
	}
}

// verdictEvent takes the events of what people and the drill said about it.
func (b *builder) verdictEvent(e journal.Event) error {
	m := &b.model
	switch e.Kind {
	case journal.DrillForetold:
		return with(e, func(p journal.Prediction) { b.foretold = &p })
	case journal.ApprovalAsked:
		return with(e, func(p journal.Approval) {
			m.Approvals = append(m.Approvals, Approval{Step: e.Step, What: p.What, Need: p.Need, Asked: e.At})
		})
	case journal.ApprovalGiven, journal.ApprovalNo:
		return with(e, func(p journal.Approval) { b.answered(e, p) })
	case journal.GuardBroken:
		return with(e, func(p journal.Guard) {
			m.Run.Stopped = append(m.Run.Stopped, Stop{e.At, "the guard of " + p.Probe, p.Limit + ", measured " + p.Measured})
		})
	case journal.Interrupted:
		return with(e, func(p journal.Interrupt) { m.Run.Stopped = append(m.Run.Stopped, Stop{At: e.At, By: p.By}) })
	case journal.UndoStarted, journal.UndoDone, journal.UndoFailed:
		return with(e, func(p journal.Undo) { b.undo(e, p) })
	case journal.ObjectiveMet:
		return with(e, func(p journal.Objective) {
			replace(&m.Objectives, b.objectives, p.Name, Objective(p))
		})
	case journal.CheckVerdict:
		return with(e, func(p journal.Check) { replace(&m.Checks, b.checks, p.Name, Check(p)) })
	case journal.HistorySealed:
		return with(e, func(p journal.Seal) { m.Evidence.History = &p })
	case journal.DrillEnded:
		return with(e, func(p journal.Ended) { b.ended = &p })
	default:
		return nil // windows of probes, which the history tells more of, and what later versions may add
	}
}

// replace puts a verdict in the place of an earlier one of the same name: a
// check may be made again when late evidence arrives.
func replace[K comparable, T any](list *[]T, index map[K]int, name K, v T) {
	if i, ok := index[name]; ok {
		(*list)[i] = v
		return
	}
	index[name] = len(*list)
	*list = append(*list, v)
}

func (b *builder) answered(e journal.Event, p journal.Approval) {
	m := &b.model
	i := len(m.Approvals) - 1
	for i >= 0 && m.Approvals[i].Step != e.Step {
		i--
	}
	if i < 0 { // an answer to no question, as when it was given on the command line
		m.Approvals = append(m.Approvals, Approval{Step: e.Step, What: p.What, Need: p.Need, Asked: e.At})
		i = len(m.Approvals) - 1
	}
	a := &m.Approvals[i]
	a.Answers = append(a.Answers, ApprovalAnswer{
		By: p.By, Given: e.Kind == journal.ApprovalGiven, At: e.At, Waited: Millis(e.At.Sub(a.Asked)), Remark: p.Remark,
	})
}

func (b *builder) undo(e journal.Event, p journal.Undo) {
	outcome := map[journal.Kind]string{journal.UndoStarted: "started", journal.UndoDone: "done", journal.UndoFailed: "failed"}[e.Kind]
	c := &b.model.Cleanup
	for i := range c.Undone {
		if u := &c.Undone[i]; u.Outcome == "started" && u.Step == p.Of && u.Do == p.Do && u.In == p.In {
			u.Outcome, u.Note = outcome, p.Note
			return
		}
	}
	c.Undone = append(c.Undone, UndoEntry{At: e.At, Step: p.Of, Do: p.Do, In: p.In, Outcome: outcome, Note: p.Note})
}
