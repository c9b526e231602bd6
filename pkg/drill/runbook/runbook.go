// Package runbook reads the text file that describes a drill.
//
// A runbook is YAML, strictly read: every field, verb, Region, probe and fault
// that it names must exist, and each mistake is reported with its line, a caret
// and what was expected, all mistakes at once. Its one template form is $name,
// which stands for one of its vars and is replaced before anything is
// interpreted. The words of a step are a sentence: do what, in which Region,
// with what, within how long, expect what, otherwise what, undo how.
//
// The Go types below are the format. The JSON Schema in configs/ is generated
// from them and from the table of verbs.
package runbook

import (
	"slices"
	"time"
)

// Runbook is a drill as it was written, with vars replaced and values parsed.
type Runbook struct {
	Version    string            `yaml:"runbook" need:"yes" enum:"v1" doc:"Version of this format. Always the first line."`
	Name       string            `yaml:"name" need:"yes" kind:"name" doc:"Short name of the drill: lower case, digits, hyphens."`
	About      string            `yaml:"about" need:"yes" kind:"about" doc:"The hypothesis, in words that an auditor can read."`
	Owner      string            `yaml:"owner" doc:"Who answers for this drill."`
	Ticket     string            `yaml:"ticket" doc:"Change ticket, copied to the report."`
	Covers     []string          `yaml:"covers" doc:"Control ids that this drill is evidence for, copied to the report."`
	Vars       map[string]string `yaml:"vars" doc:"Names that $name stands for below. --set name=value replaces one for a single run."`
	Regions    []string          `yaml:"regions" kind:"region" unique:"yes" doc:"Every Region that the drill may touch."`
	Keys       []Key             `yaml:"keys" need:"yes" kind:"named" doc:"Key sets under drill, each by a name of its own."`
	Safety     Safety            `yaml:"safety" doc:"Where and when the drill may run, and what it may use up."`
	People     []Role            `yaml:"people" kind:"named" doc:"Who may approve, each role by its name. Steps name roles in approve.by."`
	Probes     []Probe           `yaml:"probes" kind:"named" doc:"Steady loads, each by a name."`
	Faults     []Fault           `yaml:"faults" kind:"named" doc:"What may be broken, each by a name. A fault begins at a fault.start step."`
	Steady     *Steady           `yaml:"steady" doc:"Load that runs before the first step and must be healthy, else nothing is begun. It goes on until load.stop or the end."`
	Steps      []Step            `yaml:"steps" need:"yes" doc:"What is done, in order."`
	Finally    []Step            `yaml:"finally" doc:"Steps that run last whatever happened, after undo."`
	Objectives Objectives        `yaml:"objectives" doc:"Targets that the run is measured against."`
	Checks     []Check           `yaml:"checks" doc:"Claims about the whole run that must hold."`
	Report     Report            `yaml:"report" doc:"What is written, and where."`

	// Path is the file that was read.
	Path string `yaml:"-"`
	// Source is the file as it was read, and SHA256 its hash in hex.
	Source []byte `yaml:"-"`
	SHA256 string `yaml:"-"`

	at map[string]Position
}

// Key is a key set under drill: one multi-Region key, or a key in one Region
// when it has no replicas.
type Key struct {
	Name        string        `yaml:"-"`
	Alias       string        `yaml:"alias" need:"yes" kind:"alias" doc:"Alias by which the key set is found, in each of its Regions."`
	Primary     string        `yaml:"primary" kind:"region" doc:"Region that must be primary when the drill begins. Default: the first of regions."`
	Replicas    []string      `yaml:"replicas" kind:"region" unique:"yes" doc:"Regions that must hold a replica."`
	Spec        string        `yaml:"spec" enum:"symmetric,hmac,rsa,ecc,ml-dsa" default:"symmetric" doc:"Kind of key."`
	Origin      string        `yaml:"origin" enum:"kms,imported" default:"kms" doc:"Who made the key material."`
	RotateEvery time.Duration `yaml:"rotate-every" doc:"Automatic rotation period, 90 to 2560 days. Default: no automatic rotation."`
	Make        string        `yaml:"make" enum:"never,in-sim,if-missing" default:"in-sim" doc:"Whether the key set is made when it is not there."`
	Aliases     []string      `yaml:"aliases-in" kind:"region" doc:"Regions that get the alias when the key set is made. Default: every member."`
	Grants      bool          `yaml:"grants" doc:"When the key set is made, give the application role a grant in each member instead of leave by policy."`
}

// Role is a part that people play when a step asks for approval.
type Role struct {
	Name string   `yaml:"-"`
	Are  []string `yaml:"are" need:"yes" one:"yes" unique:"yes" doc:"Names of the people, as they give them with drill approve --as."`
}

// May lists who may approve where by names roles and people, and says whether
// that is known: a word that is no role is a person's name, unless the runbook
// defines no role at all. No words mean anybody.
func (r *Runbook) May(by []string) (people []string, known bool) {
	if len(by) > 0 && len(r.People) == 0 {
		return nil, false
	}
	for _, word := range by {
		names := []string{word}
		for _, role := range r.People {
			if role.Name == word {
				names = role.Are
			}
		}
		for _, name := range names {
			if !slices.Contains(people, name) {
				people = append(people, name)
			}
		}
	}
	return people, true
}

// Members returns the Regions of the key set, the primary first.
func (k Key) Members() []string {
	return append([]string{k.Primary}, k.Replicas...)
}

// Safety is what a drill is allowed.
type Safety struct {
	RunOn    []string          `yaml:"run-on" enum:"sim,aws" default:"sim" doc:"Worlds in which the drill may run. It is never real because the file says so; --target says that."`
	Accounts []string          `yaml:"accounts" kind:"account" doc:"AWS accounts in which the drill may run."`
	Tagged   map[string]string `yaml:"tagged" doc:"A key without these tags, or whose tags can't be read, is refused. Keys that the drill makes get them."`
	Windows  []Window          `yaml:"windows" doc:"Times of the week at which the drill may begin on AWS, such as Mon-Thu 09:00-16:00 UTC."`
	NeverOn  []Date            `yaml:"never-on" doc:"Dates, in UTC, on which the drill may not run on AWS, as 2026-12-24; one that would last into such a day is refused too."`
	Longest  time.Duration     `yaml:"longest" default:"1d" doc:"The drill is stopped and undone after this long, its steady load included. A lock older than this is stale."`
	Undo     string            `yaml:"undo" enum:"always,on-failure,never" default:"on-failure" doc:"When what was done is taken back."`
	Spend    Spend             `yaml:"spend" doc:"What the drill may use up that cannot be given back. A runbook whose steps need more is not valid; a step that is tried again is refused."`
}

// Spend is a budget of what cannot be given back. A nil count is no limit, so
// that 0 can mean none at all.
type Spend struct {
	Rotations  *int     `yaml:"rotations" doc:"Rotations on demand; a key has 25 for life."`
	Promotions *int     `yaml:"promotions" doc:"Promotions, there and back counted apart."`
	NewKeys    *int     `yaml:"new-keys" doc:"Keys and replicas made: by steps, and on AWS for key sets that are not there yet."`
	Dollars    *float64 `yaml:"dollars" doc:"Cost in US dollars."`
}

// Steady is the load that runs before the first step and through the drill.
type Steady struct {
	For    time.Duration `yaml:"for" default:"30s" doc:"How long it must be healthy before the first step."`
	Probes []string      `yaml:"probes" need:"yes" doc:"Which probes."`
}

// Report is what is written about a run. The journal and the history are
// always written.
type Report struct {
	Write  []string `yaml:"write" enum:"html,md,json,junit,history" doc:"Formats. The journal is always written. Default: all."`
	To     string   `yaml:"to" doc:"Folder of a run; $run is its name, with the time, and $account the account. --out goes before it. Default: a new one in --runs-dir."`
	Seal   bool     `yaml:"seal" doc:"Every journal is a hash chain that seals the history, asked for or not; a runbook may say so."`
	Redact []string `yaml:"redact" enum:"account,arn,principal,host" doc:"What is blacked out in reports. The journal keeps it."`
}

// Key returns the key set of that name.
func (r *Runbook) Key(name string) (Key, bool) {
	for _, k := range r.Keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Probe returns the probe of that name.
func (r *Runbook) Probe(name string) (Probe, bool) {
	for _, p := range r.Probes {
		if p.Name == name {
			return p, true
		}
	}
	return Probe{}, false
}

// Fault returns the fault of that name.
func (r *Runbook) Fault(name string) (Fault, bool) {
	for _, f := range r.Faults {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}

// EachStep calls f for every step in the order in which they run, those that
// run together and those of finally included.
func (r *Runbook) EachStep(f func(*Step)) {
	var each func([]Step)
	each = func(steps []Step) {
		for i := range steps {
			f(&steps[i])
			each(steps[i].Together)
		}
	}
	each(r.Steps)
	each(r.Finally)
}
