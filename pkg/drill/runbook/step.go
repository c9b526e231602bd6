package runbook

import "time"

// Step is one thing that a drill does, says and expects.
type Step struct {
	ID        string        `yaml:"id" need:"yes" kind:"name" doc:"Name of the step, unique in the runbook."`
	Say       string        `yaml:"say" doc:"The sentence that the screen shows and the report prints."`
	Do        string        `yaml:"do" need:"yes" kind:"verb" doc:"What is done."`
	From      string        `yaml:"from" kind:"region" doc:"Region in which the operator sits. Default: the Region that is called."`
	In        []string      `yaml:"in" kind:"region" one:"yes" doc:"Region or Regions whose endpoint is called."`
	With      With          `yaml:"with" doc:"What the verb needs to know."`
	For       time.Duration `yaml:"for" doc:"How long to watch, or how much time to let pass."`
	Within    time.Duration `yaml:"within" doc:"How long the expectation may take to come true."`
	Expect    *Expect       `yaml:"expect" doc:"What must be so afterwards. Default: no error."`
	Retry     *Retry        `yaml:"retry" doc:"Try again when refused."`
	Approve   *Approve      `yaml:"approve" doc:"People who must agree before it is done."`
	Undo      *Undo         `yaml:"undo" doc:"How it is taken back. It is remembered when the step starts, for a call that timed out may have worked. Default, for key.rotation and tag.sync: what they changed is restored."`
	Otherwise string        `yaml:"otherwise" enum:"stop,undo,pause,continue" default:"undo" doc:"What happens when the expectation does not hold."`
	When      string        `yaml:"when" enum:"sim,aws" doc:"Only in this world."`
	Together  []Step        `yaml:"together" doc:"With do: group, steps that run at once."`
	Keep      string        `yaml:"keep" kind:"name" doc:"Name under which later steps refer to the result, as $name."`
}

// With is what the verb of a step needs to know. Each verb takes some of these
// fields; the table of verbs says which.
type With struct {
	Key         string            `yaml:"key" json:"key,omitempty" kind:"key" doc:"Name of a key set."`
	To          string            `yaml:"to" json:"to,omitempty" kind:"region" doc:"Region to promote, or to replicate to."`
	Down        []string          `yaml:"down" json:"down,omitempty" kind:"region" one:"yes" doc:"Regions to be thought away when readiness is judged."`
	Fault       string            `yaml:"fault" json:"fault,omitempty" kind:"fault" doc:"Name of a fault."`
	Probes      []string          `yaml:"probes" json:"probes,omitempty" kind:"probe" doc:"Names of probes."`
	Ciphertexts string            `yaml:"ciphertexts" json:"ciphertexts,omitempty" kind:"ciphertexts" doc:"all, sample, or $name of a step that kept its ciphertexts."`
	Count       int               `yaml:"count" json:"count,omitempty" kind:"count" doc:"How many. Default 1."`
	Context     map[string]string `yaml:"context" json:"context,omitempty" doc:"Encryption context."`
	Member      string            `yaml:"member" json:"member,omitempty" kind:"region" doc:"Name the key in the call by the ARN of the member in this Region. Default: by key id."`
	Alias       string            `yaml:"alias" json:"alias,omitempty" kind:"alias" doc:"Alias. Default: that of the key set."`
	By          string            `yaml:"by" json:"by,omitempty" enum:"id,arn,alias" doc:"How the key is named in the call. Default: id."`
	Policy      string            `yaml:"policy" json:"policy,omitempty" doc:"Key policy: a JSON document, or default, or without-applications. $account stands for the account."`
	Every       time.Duration     `yaml:"every" json:"every,omitempty" doc:"Rotation period."`
	Enabled     *bool             `yaml:"enabled" json:"enabled,omitempty" doc:"Whether automatic rotation is on. Default: true."`
	Days        int               `yaml:"days" json:"days,omitempty" kind:"days" doc:"Waiting days before deletion, 7 to 30. Default: 30."`
	Expires     time.Duration     `yaml:"expires" json:"expires,omitempty" doc:"How long imported key material lasts. Default: for ever."`
	Material    string            `yaml:"material" json:"material,omitempty" enum:"same,new" doc:"Which key material to import: that which the key had, or some new. Default: same."`
	Grantee     string            `yaml:"grantee" json:"grantee,omitempty" doc:"Role that is granted leave. Default: app."`
	Operations  []string          `yaml:"operations" json:"operations,omitempty" kind:"operation" doc:"KMS operations."`
	Call        string            `yaml:"call" json:"call,omitempty" kind:"event" doc:"KMS operation to be looked for in the audit trail."`
	What        []string          `yaml:"what" json:"what,omitempty" enum:"policy,aliases,tags,grants,rotation,state" doc:"What is put back as the snapshot has it. Rotation is shared by the members and put back through the one that is primary then; its period counts anew from that moment. Default: all of it."`
	Text        string            `yaml:"text" json:"text,omitempty" doc:"Words for the reader, or the question."`
}

// Expect is what must be so after a step. An expected error that does not come
// is a failure.
type Expect struct {
	OK            *bool    `yaml:"ok" doc:"Whether the call succeeds."`
	Error         string   `yaml:"error" kind:"error" doc:"AWS error code, or region-unreachable. Success is then a failure."`
	State         string   `yaml:"state" enum:"Creating,Enabled,Disabled,PendingDeletion,PendingImport,PendingReplicaDeletion,Unavailable,Updating" doc:"Key state."`
	Primary       string   `yaml:"primary" kind:"region" doc:"Region that every member calls primary."`
	Replicas      []string `yaml:"replicas" kind:"region" one:"yes" doc:"Regions that the primary lists as replicas, in any order."`
	Material      string   `yaml:"material" enum:"old,new,same-everywhere" doc:"Current key material, against that before the last rotation, or among members."`
	Same          []string `yaml:"same" enum:"policy,aliases,tags,grants,rotation,material" doc:"What must agree between members."`
	Differs       []string `yaml:"differs" enum:"policy,aliases,tags,grants,rotation,material" doc:"What must differ between members; nothing else may."`
	SLO           string   `yaml:"slo" enum:"met,broken" doc:"Whether every SLO of the probes was met while watching."`
	Plaintext     string   `yaml:"plaintext" enum:"same" doc:"What is opened is what was sealed."`
	Ready         *bool    `yaml:"ready" doc:"Whether the member could carry the load."`
	Gone          bool     `yaml:"gone" doc:"The key is no longer there."`
	Calls         *Count   `yaml:"calls" doc:"How many records the audit trail of each Region holds, as 0 or >= 1."`
	InEveryRegion bool     `yaml:"in-every-region" doc:"Of every member, each asked in its own Region."`
}

// Retry says when a refused step is tried again.
type Retry struct {
	Times int           `yaml:"times" need:"yes" kind:"count" doc:"How many more times."`
	Every time.Duration `yaml:"every" default:"5s" doc:"Wait between tries."`
	If    []string      `yaml:"if" kind:"error" doc:"Error codes that are tried again. Default: any."`
}

// Approve says who must agree before a step.
type Approve struct {
	Count  int           `yaml:"count" kind:"count" default:"1" doc:"How many people."`
	By     []string      `yaml:"by" doc:"Roles of people, or names, of those who may. Default: anybody."`
	Within time.Duration `yaml:"within" default:"30m" doc:"How long the question stands. No answer is a refusal."`
}

// Undo takes a step back. It looks before it acts and does nothing when there
// is nothing to take back.
type Undo struct {
	Do     string        `yaml:"do" need:"yes" kind:"verb" doc:"A verb, or nothing."`
	In     []string      `yaml:"in" kind:"region" one:"yes" doc:"Region or Regions."`
	With   With          `yaml:"with" doc:"What the verb needs to know."`
	Within time.Duration `yaml:"within" default:"5m" doc:"How long it may take."`
	Why    string        `yaml:"why" doc:"With do: nothing, why there is nothing to take back."`
}
