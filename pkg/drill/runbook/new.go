package runbook

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Blank is what a new runbook is written for.
type Blank struct {
	Name    string   // short name of the drill
	Alias   string   // alias of the key set
	Regions []string // two or more; the first holds the primary, the second is the standby
	Rotate  time.Duration
}

// New writes a new runbook: a whole small drill of a Region outage, with a
// comment on every part, to be changed by hand. What it returns can be run as
// it is. It fails when a name, alias or Region is not one.
func New(b Blank) ([]byte, error) {
	if err := checkText("name", b.Name); err != nil {
		return nil, fmt.Errorf("new runbook: %w, want lower case letters, digits and hyphens", err)
	}
	if err := checkText("alias", b.Alias); err != nil {
		return nil, fmt.Errorf("new runbook: %w, want one such as alias/payments", err)
	}
	if len(b.Regions) < 2 {
		return nil, fmt.Errorf("new runbook: %d Regions, want two or more, the primary's first", len(b.Regions))
	}
	for i, region := range b.Regions {
		if err := checkText("region", region); err != nil {
			return nil, fmt.Errorf("new runbook: %w, want one such as us-east-1", err)
		}
		if slices.Contains(b.Regions[:i], region) {
			return nil, fmt.Errorf("new runbook: Region %s is there twice", region)
		}
	}
	rotate := "# rotate-every: 365d  # automatic rotation"
	if b.Rotate > 0 {
		rotate = "rotate-every: " + FormatDuration(b.Rotate)
	}
	others := ""
	if len(b.Regions) > 2 {
		others = ", " + strings.Join(b.Regions[2:], ", ")
	}
	key := "key"
	if name := strings.Trim(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(b.Alias, "alias/"), "/", "-")), "-_"); checkText("name", name) == nil {
		key = name
	}
	out := strings.NewReplacer(
		"{name}", b.Name, "{alias}", b.Alias, "{home}", b.Regions[0], "{standby}", b.Regions[1], "{others}", others, "{key}", key, "{rotate}", rotate,
	).Replace(blank)
	return []byte(out), nil
}

// blank is the runbook that New fills in.
const blank = `# yaml-language-server: $schema=https://mrkctl.dev/schema/runbook.v1.json
#
# A drill of mrkctl. Read it aloud:  mrkctl drill lint {name}.yaml
#                    Run it:         mrkctl drill run {name}.yaml
runbook: v1
name: {name}

# The hypothesis, in words that an auditor can read. The report begins with it.
about: >
  {home} goes dark. Readers and writers in {standby} do not notice, every
  ciphertext stays readable, and the primary moves afterwards, in calm.

# owner: key-custodians          # who answers for this drill
# ticket: CHG-1042               # copied to the report
# covers: [ISO22301-8.5]         # controls that this drill is evidence for

# Names for what is repeated. Below, $home stands for the value;
# --set standby=eu-central-1 replaces one for a single run.
vars:
  home: {home}
  standby: {standby}

# The drill touches no other Region.
regions: [$home, $standby{others}]

# The key sets under drill. In the simulator they are made; on AWS they are
# found by their alias (make: if-missing makes them there too).
keys:
  {key}:
    alias: {alias}
    primary: $home
    replicas: [$standby{others}]
    {rotate}

# What the drill may do. It never runs on AWS because a file says so: that
# takes --target aws as well, and then accounts has to name the account.
safety:
  run-on: [sim]
  # accounts: ["111122223333"]
  # tagged: { drill: allowed }             # a key without this tag is refused
  # windows: ["Mon-Thu 09:00-16:00 UTC"]   # when it may begin
  # never-on: [2026-12-24]
  longest: 1h                              # then it is stopped and undone
  undo: on-failure                         # always, on-failure or never
  spend: { promotions: 2, rotations: 0, new-keys: 0 }

# Who may approve a step that says approve: { by: [key-custodian] }. The name is
# that which people give with mrkctl drill approve --as.
# people:
#   key-custodian: { are: [ann, ben] }

# Loads that run beside the steps, on an open schedule: a slow answer does not
# delay the next call, and latency counts from when a call was due.
probes:
  writers: { do: encrypt, key: {key}, in: $standby, rate: 2/s, within: 2s, slo: [success >= 99.9%, p99 < 250ms] }
  readers:
    do: decrypt-backlog                    # opens what any member has sealed
    key: {key}
    in: $standby
    rate: 20/s
    within: 2s
    slo: [success >= 99.9%, p99 < 250ms]
    guard: success >= 90% over 30s         # broken at any moment: stop and undo

# What may be broken. A fault always ends by itself after at-most.
faults:
  home-dark: { kind: region-outage, in: $home, looks-like: timeout, at-most: 20m }

# Before the first step these must be healthy for a while.
steady: { for: 30s, probes: [writers, readers] }

# Do what, in which Region, with what; expect what.
steps:
  - id: members-agree
    say: Before anything breaks, the members have the same policy, aliases and key material.
    do: compare
    with: { key: {key} }
    expect: { same: [policy, aliases, material] }
    otherwise: stop                        # stop, undo (the default), pause or continue

  - id: dark
    say: $home goes dark.
    do: fault.start
    with: { fault: home-dark }

  - id: cannot-promote
    say: The replica refuses to make itself primary. Only the primary can hand over.
    do: key.promote
    in: $standby
    with: { key: {key}, to: $standby }
    expect: { error: KMSInvalidStateException }   # a success would now be a failure

  - id: carry-on
    say: $standby carries on by itself.
    do: watch
    for: 3m
    with: { key: {key}, probes: [writers, readers] }
    expect: { slo: met }

  - id: light
    say: $home is back.
    do: fault.stop
    with: { fault: home-dark }

  - id: move
    say: In calm, $standby becomes the primary.
    do: key.promote
    in: $home                              # asked of the primary, in its Region
    with: { key: {key}, to: $standby }
    within: 5m
    # approve: { count: 2, by: [key-custodian], within: 30m }
    expect: { primary: $standby, state: Enabled, in-every-region: true }
    # Remembered when the step starts, since a call that timed out may have worked.
    undo: { do: key.promote, in: $standby, with: { key: {key}, to: $home } }

  - id: move-back
    say: And $home again.
    do: key.promote
    in: $standby
    with: { key: {key}, to: $home }
    within: 5m
    retry: { times: 10, every: 15s, if: [KMSInvalidStateException] }
    expect: { primary: $home, state: Enabled, in-every-region: true }

# finally:                                 # steps that run last whatever happened

# What is measured.
objectives:
  recovery-time: { of: readers, after: dark, within: 60s, good-for: 30s }
  availability: { of: readers, at-least: 99.9% }
  unreadable-ciphertexts: 0

# What must hold over the whole run.
checks:
  - every-ciphertext-decrypts-everywhere
  - one-primary-at-a-time
  - no-call-crosses-regions: { allow: [UpdatePrimaryRegion, SynchronizeMultiRegionKey] }
  - material-agrees
  - crypto-never-paused
  - left-as-found
  - spend-within-budget

# report: { write: [html, md, json, junit], to: runs/$run, seal: true, redact: [account] }
`
