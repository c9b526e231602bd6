package report

import (
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// SchemaVersion is the version of the JSON report. Within 1 fields are only
// ever added.
const SchemaVersion = 1

// SchemaID names the JSON Schema that a JSON report follows.
const SchemaID = "https://mrkctl.dev/schema/report.v1.json"

// History hands every call of a drill's history to do, in order. It may be
// asked more than once and gives the same calls each time.
type History func(do func(history.Record) error) error

// Model is all that a report says, worked out once and written in several
// formats. Its JSON form is the JSON report.
type Model struct {
	Schema        string      `json:"$schema"`
	SchemaVersion int         `json:"schema_version"`
	Run           Run         `json:"run"`
	Origin        Origin      `json:"origin"`
	Verdict       Outcome     `json:"verdict"`
	Tiles         []Tile      `json:"tiles"`
	Findings      []Finding   `json:"findings"`
	Scenario      Scenario    `json:"scenario"`
	Objectives    []Objective `json:"objectives"`
	Checks        []Check     `json:"checks"`
	Predictions   []Predicted `json:"predictions"`
	Timeline      Timeline    `json:"timeline"`
	Recovery      Recovery    `json:"recovery"`
	Traffic       Traffic     `json:"traffic"`
	Crypto        []Matrix    `json:"crypto"`
	Steps         []Step      `json:"steps"`
	Approvals     []Approval  `json:"approvals"`
	Keys          []KeyChange `json:"keys"`
	Calls         []CallCount `json:"calls"`
	Trails        []TrailSum  `json:"trails"`
	Spend         []Spend     `json:"spend"`
	Cleanup       Cleanup     `json:"cleanup"`
	Evidence      Evidence    `json:"evidence"`
	Limits        []string    `json:"limits"`
}

// Run identifies a run.
type Run struct {
	ID         string       `json:"id"`
	Runbook    string       `json:"runbook"`
	Owner      string       `json:"owner,omitempty"`
	Ticket     string       `json:"ticket,omitempty"`
	Covers     []string     `json:"covers,omitempty"` // control ids the drill is evidence for
	Seed       uint64       `json:"seed"`
	Speed      string       `json:"speed"`
	Vars       []Setting    `json:"vars,omitempty"`
	StartedAt  time.Time    `json:"started_at"`
	FinishedAt time.Time    `json:"finished_at"`
	Took       Millis       `json:"took_ms"`
	Sabotage   string       `json:"sabotage,omitempty"` // what was broken on purpose to see the checks fail
	Resumed    []Resumption `json:"resumed,omitempty"`
	Stopped    []Stop       `json:"stopped,omitempty"`
	Version    string       `json:"mrkctl_version"`
}

// Setting is a name and its value.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Resumption is a moment at which a run went on after its process had died.
type Resumption struct {
	At   time.Time `json:"at"`
	Line int64     `json:"after_line"` // last journal line that was found whole
}

// Stop is an order from outside or a broken guard that ended a run early.
type Stop struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note,omitempty"`
}

// Origin says in which world the run was made.
type Origin struct {
	Kind     string `json:"kind"` // sim or aws
	Detail   string `json:"detail,omitempty"`
	Account  string `json:"account"`
	Caller   string `json:"caller"`
	Endpoint string `json:"endpoint,omitempty"`
	Stamp    string `json:"stamp"` // one line that every report shows beside its verdict
}

// Outcome is the verdict of the whole run, as the journal has it.
type Outcome struct {
	Status   string   `json:"status"` // passed, failed, unknown or incomplete
	Exit     int      `json:"exit"`   // exit code of the drill, -1 when it never ended
	Headline string   `json:"headline"`
	Why      []string `json:"why,omitempty"` // what kept it from passing
}

// Tile is one of the few numbers that sum the run up.
type Tile struct {
	Name    string          `json:"name"`
	Value   string          `json:"value"`
	Note    string          `json:"note,omitempty"`
	Verdict journal.Verdict `json:"verdict,omitempty"`
}

// Scenario is what was going to be tried, on what, and how.
type Scenario struct {
	Hypothesis string                  `json:"hypothesis"`
	Regions    []string                `json:"regions"`
	Keys       []journal.PlannedKey    `json:"keys"`
	Probes     []journal.PlannedProbe  `json:"probes"`
	Faults     []journal.PlannedFault  `json:"faults"`
	Targets    []journal.PlannedTarget `json:"targets"`
	Claims     []string                `json:"claims"` // checks
}

// Objective is a target, what was measured, and the verdict of the drill.
type Objective struct {
	Name     string          `json:"name"`
	Target   string          `json:"target"`
	Measured string          `json:"measured"`
	Verdict  journal.Verdict `json:"verdict"`
	Why      string          `json:"why,omitempty"`
}

// Check is a claim about the whole run and the drill's verdict on it.
type Check struct {
	Name     string          `json:"name"`
	Claim    string          `json:"claim"`
	Verdict  journal.Verdict `json:"verdict"`
	Detail   string          `json:"detail"`
	Evidence []string        `json:"evidence,omitempty"`
}

// Approval is a question to a person and what became of it.
type Approval struct {
	Step    string           `json:"step"`
	What    string           `json:"what"`
	Need    int              `json:"need,omitempty"`
	Asked   time.Time        `json:"asked"`
	Answers []ApprovalAnswer `json:"answers"`
}

// ApprovalAnswer is one person's answer.
type ApprovalAnswer struct {
	By     string    `json:"by"`
	Given  bool      `json:"given"` // false: refused
	At     time.Time `json:"at"`
	Waited Millis    `json:"waited_ms"`
	Remark string    `json:"remark,omitempty"`
}

// Spend is something that can't be had back, and how much of it was used.
type Spend struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

// Cleanup is what was taken back and what is left.
type Cleanup struct {
	Undone []UndoEntry `json:"undone"`
	Left   []string    `json:"left"`
}

// UndoEntry is one entry of the undo stack.
type UndoEntry struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step"`
	Do      string    `json:"do"`
	In      string    `json:"in,omitempty"`
	Outcome string    `json:"outcome"` // started, done or failed
	Note    string    `json:"note,omitempty"`
}

// CallCount is how often an operation was asked of a Region, by whom.
type CallCount struct {
	Op      string `json:"op"`
	Region  string `json:"region"` // of the endpoint
	By      string `json:"by"`     // probes, steps, or drill for its own reads
	Calls   int64  `json:"calls"`
	Failed  int64  `json:"failed"`
	Unknown int64  `json:"unknown"`
}

// Evidence is what the report was made from, and how to make it again.
type Evidence struct {
	Command      string        `json:"command"`
	Source       string        `json:"runbook_source"`
	SourceSHA    string        `json:"runbook_sha256"`
	JournalLines int64         `json:"journal_lines"`
	JournalHead  string        `json:"journal_head_sha256"` // seal of the last line, over all lines before it
	History      *journal.Seal `json:"history,omitempty"`
	HistoryRead  bool          `json:"history_read"`
	HistoryCalls int64         `json:"history_calls"`
	Redacted     []string      `json:"redacted,omitempty"`
}
