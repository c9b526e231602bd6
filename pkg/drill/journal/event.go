// Package journal is the drill's record of itself: one JSON event a line, each
// appended and synced before what it announces is done, each sealed to the one
// before it by a hash.
//
// The terminal, the progress lines, the checks, the report and the exit code
// are all read from these events, live or replayed; nothing else carries a
// drill's story. No event ever holds plaintext, a data key or a credential.
package journal

import (
	"encoding/json"
	"time"
)

// Event is one line of a journal.
type Event struct {
	N    int64           `json:"n"`              // line number, from 1
	At   time.Time       `json:"at"`             // on the drill's timeline, UTC
	Kind Kind            `json:"ev"`             // which of the payloads below Data holds
	Step string          `json:"step,omitempty"` // id of the step under way, if any
	Data json.RawMessage `json:"data,omitempty"`
	Prev string          `json:"prev"` // Sha of the line before; empty on line 1
	Sha  string          `json:"sha"`  // SHA-256 over prev and this line without sha
}

// Kind names an event; the payload type of each is named beside it.
type Kind string

// The events of a drill.
const (
	DrillPlanned  Kind = "drill-planned"  // Planned
	DrillForetold Kind = "drill-foretold" // Prediction, when the run was planned on a simulated copy first
	DrillStarted  Kind = "drill-started"  // no payload; the timeline's zero
	DrillResumed  Kind = "drill-resumed"  // Resumed
	SnapshotTaken Kind = "snapshot"       // Snapshot
	StepStarted   Kind = "step-started"   // StepStart
	CallStarted   Kind = "call-started"   // Call, before it is sent
	CallEnded     Kind = "call-ended"     // Call, with its outcome
	StepEnded     Kind = "step-ended"     // StepEnd
	FaultOn       Kind = "fault-on"       // FaultChange
	FaultOff      Kind = "fault-off"      // FaultChange
	MemberSeen    Kind = "member-seen"    // Member, whenever a read differs from the one before
	ProbeWindow   Kind = "probe-window"   // Window, what one probe saw in one stretch of time
	ApprovalAsked Kind = "approval-asked" // Approval
	ApprovalGiven Kind = "approval-given" // Approval
	ApprovalNo    Kind = "approval-refused"
	GuardBroken   Kind = "guard-broken" // Guard
	Interrupted   Kind = "interrupted"  // Interrupt
	UndoStarted   Kind = "undo-started" // Undo
	UndoDone      Kind = "undo-done"    // Undo
	UndoFailed    Kind = "undo-failed"  // Undo
	ObjectiveMet  Kind = "objective"    // Objective, with its verdict
	CheckVerdict  Kind = "check-verdict"
	HistorySealed Kind = "history-sealed" // Seal
	DrillEnded    Kind = "drill-ended"    // Ended
)

// Verdict is the answer of a check, an objective or a whole drill.
type Verdict string

// The verdicts. Unknown is an answer of its own: too little was seen to say.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// Planned opens a journal: what is about to be run, on what, by whom. It holds
// all that a report needs to stand alone.
type Planned struct {
	Run        string            `json:"run"`     // id of this run
	Runbook    string            `json:"runbook"` // its name
	Hypothesis string            `json:"hypothesis"`
	Owner      string            `json:"owner,omitempty"`
	Ticket     string            `json:"ticket,omitempty"`
	Covers     []string          `json:"covers,omitempty"`
	Source     string            `json:"source"`         // the runbook file, whole
	SourceSHA  string            `json:"source_sha256"`  // of that file
	Vars       map[string]string `json:"vars,omitempty"` // after overrides
	By         string            `json:"by,omitempty"`   // who started it, where the run is not virtual
	Seed       uint64            `json:"seed"`
	Speed      string            `json:"speed"` // virtual, real or 20x
	Target     Origin            `json:"target"`
	Version    string            `json:"version"` // of mrkctl
	Regions    []string          `json:"regions"`
	Keys       []PlannedKey      `json:"keys"`
	Steps      []PlannedStep     `json:"steps"`
	Probes     []PlannedProbe    `json:"probes"`
	Faults     []PlannedFault    `json:"faults"`
	Objectives []PlannedTarget   `json:"objectives"`
	Checks     []string          `json:"checks"`
	Sabotage   string            `json:"sabotage,omitempty"` // what was broken on purpose
	Redact     []string          `json:"redact,omitempty"`
}

// Origin says which world a run was made in; a report never omits it.
type Origin struct {
	Kind     string `json:"kind"` // sim or aws
	Detail   string `json:"detail,omitempty"`
	Account  string `json:"account"`
	Caller   string `json:"caller"` // ARN
	Endpoint string `json:"endpoint,omitempty"`
}

// PlannedKey is a key set the drill works on.
type PlannedKey struct {
	Name     string   `json:"name"` // in the runbook
	Alias    string   `json:"alias"`
	Primary  string   `json:"primary"`
	Replicas []string `json:"replicas"`
	Spec     string   `json:"spec"`
}

// PlannedStep is a step as the runbook has it.
type PlannedStep struct {
	ID     string   `json:"id"`
	Say    string   `json:"say,omitempty"`
	Do     string   `json:"do"`
	In     []string `json:"in,omitempty"`
	Expect string   `json:"expect,omitempty"` // in words
}

// PlannedProbe is a steady load.
type PlannedProbe struct {
	Name  string   `json:"name"`
	Do    string   `json:"do"`
	In    []string `json:"in"`
	Rate  string   `json:"rate"`
	SLO   []string `json:"slo,omitempty"`
	Guard string   `json:"guard,omitempty"`
}

// PlannedFault is a fault that some step may start.
type PlannedFault struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	In     []string `json:"in,omitempty"`
	Planes []string `json:"planes,omitempty"`
	Looks  string   `json:"looks,omitempty"`
	AtMost string   `json:"at_most"`
}

// PlannedTarget is an objective before it is measured.
type PlannedTarget struct {
	Name   string `json:"name"`
	Target string `json:"target"`
}

// Prediction is what the same runbook did on a simulated copy of the key sets
// before it was run for real.
type Prediction struct {
	Seed  uint64          `json:"seed"` // of the simulated copy
	Took  time.Duration   `json:"took_ns"`
	Steps []PredictedStep `json:"steps"`
	Calls map[string]int  `json:"calls"` // of the steps, by operation
	Spent map[string]int  `json:"spent,omitempty"`
}

// PredictedStep is how a step is expected to end.
type PredictedStep struct {
	ID      string        `json:"id"`
	Outcome string        `json:"outcome"`
	Code    string        `json:"code,omitempty"`
	Took    time.Duration `json:"took_ns"`
}

// Resumed says that a run goes on after its process died.
type Resumed struct {
	From int64 `json:"from"` // last line that was found whole
}

// Snapshot is the state of every key set at a moment.
type Snapshot struct {
	When string        `json:"when"` // before, after or undone
	Keys []KeySnapshot `json:"keys"`
}

// KeySnapshot is one key set, read from each member's own Region.
type KeySnapshot struct {
	Name    string   `json:"name"`
	KeyID   string   `json:"key_id"`
	Members []Member `json:"members"`
}

// Member is one member of a key set as its own Region described it.
type Member struct {
	Key         string            `json:"key"` // the runbook's name of the set
	Region      string            `json:"region"`
	Role        string            `json:"role,omitempty"`  // PRIMARY or REPLICA
	State       string            `json:"state,omitempty"` // KeyState
	Material    string            `json:"material,omitempty"`
	Primary     string            `json:"primary,omitempty"` // Region this member calls primary
	Replicas    []string          `json:"replicas,omitempty"`
	Aliases     []string          `json:"aliases,omitempty"`
	PolicySHA   string            `json:"policy_sha256,omitempty"` // of the canonical document
	Policy      string            `json:"policy,omitempty"`        // as found: in the first snapshot only, so that it can be put back after a crash
	TagsSHA     string            `json:"tags_sha256,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"` // as found: in the first snapshot only, as the policy is
	GrantsSHA   string            `json:"grants_sha256,omitempty"`
	Rotation    string            `json:"rotation,omitempty"` // off, or the period
	Unread      []string          `json:"unread,omitempty"`   // operations that a snapshot asked and that were not answered: what they tell is unknown, not empty
	Unreachable string            `json:"unreachable,omitempty"`
}

// StepStart opens a step.
type StepStart struct {
	Index int             `json:"index"` // from 1
	Of    int             `json:"of"`
	Do    string          `json:"do"`
	Say   string          `json:"say,omitempty"`
	In    []string        `json:"in,omitempty"`
	With  json.RawMessage `json:"with,omitempty"`
}

// Call is one API call of a step, before and after.
type Call struct {
	ID        int64         `json:"id"` // the same in both events
	Op        string        `json:"op"`
	From      string        `json:"from"` // caller's Region
	To        string        `json:"to"`   // endpoint's Region
	Key       string        `json:"key,omitempty"`
	Outcome   string        `json:"outcome,omitempty"` // ok, failed or unknown
	Code      string        `json:"code,omitempty"`    // AWS's, or region-unreachable
	Message   string        `json:"message,omitempty"`
	RequestID string        `json:"request_id,omitempty"`
	Took      time.Duration `json:"took_ns,omitempty"`
}

// StepEnd closes a step.
type StepEnd struct {
	Outcome  string        `json:"outcome"` // ok, failed, skipped or refused
	Expected string        `json:"expected,omitempty"`
	Observed string        `json:"observed,omitempty"`
	Code     string        `json:"code,omitempty"` // of the error that was met, expected or not
	Message  string        `json:"message,omitempty"`
	Why      string        `json:"why,omitempty"` // what an operator should learn from it
	Took     time.Duration `json:"took_ns"`
}

// FaultChange is a fault that began or ended.
type FaultChange struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	In     []string  `json:"in,omitempty"`
	Planes []string  `json:"planes,omitempty"`
	Looks  string    `json:"looks,omitempty"`
	Where  string    `json:"where"`           // sim, client, key-policy or disable-key
	Until  time.Time `json:"until,omitzero"`  // when it would end by itself
	Why    string    `json:"why,omitempty"`   // off: stopped, expired or undone
	Share  float64   `json:"share,omitempty"` // of the calls
}

// Window is what one probe saw from one Region to another in one stretch of
// time. Calls count in the window in which they were due.
type Window struct {
	Probe   string        `json:"probe"`
	From    string        `json:"from"`
	To      string        `json:"to"`
	Start   time.Time     `json:"start"`
	Length  time.Duration `json:"length_ns"`
	Sent    int           `json:"sent"`
	OK      int           `json:"ok"`
	Failed  int           `json:"failed"`
	Unknown int           `json:"unknown"`
	P50     time.Duration `json:"p50_ns"` // of the calls that succeeded, from when they were due
	P99     time.Duration `json:"p99_ns"`
	Max     time.Duration `json:"max_ns"`
	Code    string        `json:"code,omitempty"` // the commonest error
}

// Approval is a question to a person and the answer.
type Approval struct {
	What   string    `json:"what"`
	Need   int       `json:"need,omitempty"`
	May    []string  `json:"may,omitempty"`   // asked: who may answer; none for anybody
	Other  string    `json:"other,omitempty"` // asked: who must not be the only one to agree
	Word   string    `json:"word,omitempty"`  // asked: what has to be typed to agree, on AWS
	By     string    `json:"by,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	Remark string    `json:"remark,omitempty"`
}

// Guard is a standing limit that was broken.
type Guard struct {
	Probe    string `json:"probe"`
	Limit    string `json:"limit"`
	Measured string `json:"measured"`
}

// Interrupt is an order to stop from outside.
type Interrupt struct {
	By string `json:"by"` // signal, halt or longest
}

// Undo is one entry of the undo stack being taken back.
type Undo struct {
	Of   string `json:"of"` // the step
	Do   string `json:"do"`
	In   string `json:"in,omitempty"`
	Note string `json:"note,omitempty"` // nothing to undo, or why it failed
}

// Objective is a target and what was measured.
type Objective struct {
	Name     string  `json:"name"`
	Target   string  `json:"target"`
	Measured string  `json:"measured"`
	Verdict  Verdict `json:"verdict"`
	Why      string  `json:"why,omitempty"`
}

// Check is the answer of one check.
type Check struct {
	Name     string   `json:"name"`
	Claim    string   `json:"claim"` // what it holds to be true, in one sentence
	Verdict  Verdict  `json:"verdict"`
	Detail   string   `json:"detail"`             // what was counted
	Evidence []string `json:"evidence,omitempty"` // journal and history lines, the first few
}

// Seal fixes the history file as it stood when the drill ended.
type Seal struct {
	File   string `json:"file"`
	Lines  int64  `json:"lines"`
	SHA256 string `json:"sha256"`
}

// Ended closes a journal.
type Ended struct {
	Verdict  Verdict        `json:"verdict"`
	Exit     int            `json:"exit"`
	Headline string         `json:"headline"`
	Left     []string       `json:"left,omitempty"` // what is not as it was found
	Calls    map[string]int `json:"calls"`          // by operation
	Spent    map[string]int `json:"spent,omitempty"`
}
