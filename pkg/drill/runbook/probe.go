package runbook

import "time"

// Probe is a steady load. Calls are sent on a fixed schedule whether or not
// earlier ones have been answered, and are timed from when they were due.
type Probe struct {
	Name   string        `yaml:"-"`
	Do     string        `yaml:"do" need:"yes" enum:"roundtrip,encrypt,decrypt,decrypt-backlog,sign,mac,describe" doc:"What each call does. decrypt-backlog opens what any member sealed earlier."`
	Key    string        `yaml:"key" kind:"key" doc:"Name of a key set. Default: the only one."`
	From   string        `yaml:"from" kind:"region" doc:"Region the caller is in. Default: the Region that is called."`
	In     []string      `yaml:"in" need:"yes" kind:"region" one:"yes" doc:"Region or Regions that are called, each at the full rate."`
	As     string        `yaml:"as" default:"app" doc:"Application role that calls."`
	Rate   Rate          `yaml:"rate" default:"1/s" doc:"Calls in a stretch of time, in each Region: 20/s, 90/m, 4/h."`
	Within time.Duration `yaml:"within" default:"5s" doc:"When the caller gives up."`
	SLO    []SLO         `yaml:"slo" one:"yes" doc:"What is healthy."`
	Guard  *SLO          `yaml:"guard" doc:"Broken at any moment, the drill stops and undoes."`
	By     string        `yaml:"by" enum:"id,arn,alias" default:"id" doc:"How the key is named in the call: by id, by the local member's ARN, or by alias."`
	Member string        `yaml:"member" kind:"region" doc:"Name the key by the ARN of the member in this Region, as code does that was never told of the move."`
}

// Fault is something that is broken on purpose. It always ends by itself.
type Fault struct {
	Name   string        `yaml:"-"`
	Kind   string        `yaml:"kind" need:"yes" enum:"region-outage,region-slow,throttle,api-error,lost-reply,replication-lag,replication-stop,replica-stuck-creating,key-disabled,policy-deny,grant-revoked,material-expired,credentials-expired,clock-skew" doc:"What goes wrong."`
	In     []string      `yaml:"in" kind:"region" one:"yes" doc:"Region or Regions. Default: all."`
	Planes []string      `yaml:"planes" enum:"data,control" doc:"Which half of the service: calls that use keys, or calls that manage them. Default: both."`
	Calls  []string      `yaml:"calls" kind:"operation" doc:"Only these KMS operations."`
	Looks  string        `yaml:"looks-like" doc:"How it shows: timeout, refused, dns or 503 for an outage, an error code for api-error."`
	Share  Percent       `yaml:"share" doc:"Share of the calls that are hit. Default: all."`
	By     time.Duration `yaml:"by" doc:"Added latency, lag or skew."`
	Key    string        `yaml:"key" kind:"key" doc:"Name of a key set, for faults of one key."`
	AtMost time.Duration `yaml:"at-most" need:"yes" doc:"A fault ends by itself after this long."`
	OnAWS  string        `yaml:"on-aws" enum:"refuse,client,key-policy,disable-key" default:"client" doc:"How it is done on AWS: not at all; only to our own calls; by a Deny in the key policy; by disabling the key."`
}
