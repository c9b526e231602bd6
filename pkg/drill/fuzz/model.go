package fuzz

import (
	"fmt"
	"strings"
)

// The Regions of a drill that was made up. The third has no member at first.
const (
	home    = "us-east-1"
	standby = "eu-west-1"
	third   = "us-west-2"
)

// regions are those Regions in the order in which acts number them.
func regions() []string { return []string{home, standby, third} }

// The states of a member that the model knows.
const (
	enabled  = "Enabled"
	disabled = "Disabled"
	pending  = "PendingDeletion"
)

// AWS's codes for what is refused, as the table of drill truths has them
// (recorded in September 2026, or documented).
const (
	errDark        = "region-unreachable"
	errDisabled    = "DisabledException"
	errState       = "KMSInvalidStateException"
	errUnsupported = "UnsupportedOperationException"
	errExists      = "AlreadyExistsException"
	errContext     = "InvalidCiphertextException"
)

// model is what should be true after the acts so far, and the steps that they
// became.
type model struct {
	primary   string
	state     map[string]string // of each member, by Region; absent where there is none
	dark      string            // Region that is dark
	lagging   string            // Region that lags
	fault     string            // name of the fault that is on
	promoting bool              // a promotion was accepted and not waited for
	rotating  bool              // a rotation was accepted and not waited for
	rotations int
	kept      []string // names of the ciphertexts that were kept

	steps  []step
	faults []string // lines of the runbook
}

func newModel() *model {
	return &model{primary: home, state: map[string]string{home: enabled, standby: enabled}}
}

// most is how often a drill may rotate: a key can be rotated 25 times in its life.
const most = 20

// do turns an act into steps with what is to be expected of them.
func (m *model) do(a Act) {
	region := regions()[a.Region]
	state, member := m.state[region]
	quiet := m.fault == ""
	switch a.Do {
	case Promote:
		m.promote(region, a.Pick)
	case PromoteAtReplica:
		if state == enabled && region != m.primary && region != m.dark && m.lagging == "" && !m.promoting {
			m.step("key.promote", region, "to: "+region).refused(errState)
		}
	case Rotate:
		m.rotate()
	case RotateAtReplica:
		if state == enabled && region != m.primary && region != m.dark && !m.promoting {
			m.step("key.rotate", region).refused(errUnsupported)
		}
	case Replicate:
		m.replicate()
	case ReplicateAtReplica:
		if _, there := m.state[third]; !there && state == enabled && region != m.primary && region != m.dark && !m.promoting {
			m.step("key.replicate", region, "to: "+third).refused(errUnsupported)
		}
	case Disable, Enable:
		m.turn(region, map[Kind]string{Disable: disabled, Enable: enabled}[a.Do])
	case Dark:
		if member && quiet && m.settle() {
			m.startFault(fmt.Sprintf("{ kind: region-outage, in: %s, looks-like: %s, at-most: 30d }", region, []string{"refused", "dns", "503"}[a.Pick%3]))
			m.dark = region
		}
	case Lag:
		if member && quiet && region != m.primary && m.settle() {
			m.startFault(fmt.Sprintf("{ kind: replication-lag, in: %s, by: 20m, at-most: 30d }", region))
			m.lagging = region
		}
	case Light, CatchUp:
		if a.Do == Light && m.dark != "" || a.Do == CatchUp && m.lagging != "" {
			m.stopFault()
		}
	case Encrypt:
		if member {
			m.encrypt(region, 1+a.Pick%3)
		}
	case Decrypt:
		if member && len(m.kept) > 0 {
			m.step("decrypt", region, "ciphertexts: $"+m.kept[a.Pick%len(m.kept)]).used(m.answers(region), "plaintext: same")
		}
	case Roundtrip:
		if member {
			m.step("roundtrip", region).used(m.answers(region), "ok: true")
		}
	case WrongContext:
		if member && len(m.kept) > 0 && m.answers(region) == "" {
			m.step("decrypt", region, "ciphertexts: $"+m.kept[a.Pick%len(m.kept)], "context: { somebody: else }").refused(errContext)
		}
	case Delete:
		if quiet && state == enabled && region != m.primary && len(m.state) > 2 && m.waiting() == "" && m.settle() {
			m.step("key.delete", region, "days: 7").expect("state: " + pending)
			m.state[region] = pending
		}
	case CancelDeletion:
		if waiting := m.waiting(); quiet && waiting != "" {
			m.step("key.cancel-deletion", waiting).expect("state: " + disabled)
			m.state[waiting] = disabled
		}
	case OutwaitDeletion:
		if waiting := m.waiting(); quiet && waiting != "" && m.settle() {
			m.pass("6d18h")
			m.step("wait", waiting).within("1m").expect("state: " + pending)
			m.pass("7h")
			m.step("wait", waiting).within("1h").expect("gone: true")
			delete(m.state, waiting)
		}
	case LetTimePass:
		m.pass([]string{"1s", "10s", "1m", "5m", "20m"}[a.Pick%5])
	case Compare:
		// A member that waits for its deletion says that its rotation is off.
		if quiet && m.waiting() == "" && m.settle() {
			m.step("compare", "").expect("same: [policy, material, rotation]")
		}
	default: // there are no more kinds
	}
}

// all says whether every member is in a state.
func (m *model) all(state string) bool {
	for _, s := range m.state {
		if s != state {
			return false
		}
	}
	return true
}

// waiting is the Region of the member that waits for its deletion; empty for
// none. There is never more than one.
func (m *model) waiting() string {
	for _, region := range regions() {
		if m.state[region] == pending {
			return region
		}
	}
	return ""
}

// answers is the code with which a Region answers whoever uses the key there.
func (m *model) answers(region string) string {
	switch {
	case region == m.dark:
		return errDark
	case m.state[region] == disabled:
		return errDisabled
	case m.state[region] == pending:
		return errState
	}
	return ""
}

// settle waits until what was asked for has come to pass. It reports false, and
// does nothing, while a fault keeps it from that.
func (m *model) settle() bool {
	if !m.promoting && !m.rotating {
		return true
	}
	if m.fault != "" {
		return false
	}
	if m.promoting {
		m.step("wait", "").within("3m").expect("primary: "+m.primary, "state: "+enabled, "in-every-region: true")
		m.promoting = false
	}
	if m.rotating {
		m.step("wait", "").within("45m").expect("material: new", "in-every-region: true")
		m.rotating = false
	}
	return true
}

func (m *model) promote(to string, pick int) {
	target, member := m.state[to]
	switch {
	case !member || to == m.primary || target == pending || m.lagging != "":
		return
	case m.dark == m.primary:
		m.step("key.promote", m.primary, "to: "+to).refused(errDark)
		return
	case m.dark != "" || !m.settle():
		return
	case m.state[m.primary] == disabled || target == disabled:
		m.step("key.promote", m.primary, "to: "+to).refused(errDisabled)
		return
	case !m.all(enabled):
		return
	}
	s := m.step("key.promote", m.primary, "to: "+to)
	m.primary = to
	if pick%2 == 0 {
		s.expect("ok: true") // and the next act finds both members Updating
		m.promoting = true
		return
	}
	s.within("3m").expect("primary: "+to, "state: "+enabled, "in-every-region: true")
}

func (m *model) rotate() {
	switch {
	case m.rotations == most || m.rotating && !m.settle():
		return
	case m.dark == m.primary:
		m.step("key.rotate", m.primary).refused(errDark)
		return
	case m.promoting && !m.settle():
		return
	case m.state[m.primary] == disabled:
		m.step("key.rotate", m.primary).refused(errDisabled)
		return
	case !m.all(enabled):
		return
	}
	m.step("key.rotate", m.primary).expect("ok: true")
	m.rotations++
	m.rotating = true
}

func (m *model) replicate() {
	state, there := m.state[third]
	switch {
	case m.fault != "" || m.state[m.primary] != enabled || !m.settle():
		return
	case there && state != enabled:
		return
	case there:
		if m.primary != third {
			m.step("key.replicate", m.primary, "to: "+third).refused(errExists)
		}
		return
	case !m.all(enabled):
		return
	}
	m.step("key.replicate", m.primary, "to: "+third).within("10m").expect("state: "+enabled, "in-every-region: true")
	m.state[third] = enabled
}

// turn disables or enables a member.
func (m *model) turn(region, to string) {
	verb := "key.enable"
	if to == disabled {
		verb = "key.disable"
	}
	from := m.state[region]
	switch {
	case from == "" || from == to || from == pending:
		return
	case region == m.dark:
		m.step(verb, region).refused(errDark)
		return
	case (m.promoting || m.rotating) && !m.settle():
		return
	}
	m.step(verb, region).expect("state: " + to)
	m.state[region] = to
}

func (m *model) encrypt(region string, count int) {
	s := m.step("encrypt", region, fmt.Sprintf("count: %d", count))
	s.used(m.answers(region), "ok: true")
	if m.answers(region) == "" {
		s.keep = fmt.Sprintf("sealed-%d", len(m.kept)+1)
		m.kept = append(m.kept, s.keep)
	}
}

func (m *model) startFault(line string) {
	m.fault = fmt.Sprintf("fault-%d", len(m.faults)+1)
	m.faults = append(m.faults, m.fault+": "+line)
	m.step("fault.start", "").with = "fault: " + m.fault
}

func (m *model) stopFault() {
	m.step("fault.stop", "").with = "fault: " + m.fault
	m.fault, m.dark, m.lagging = "", "", ""
}

func (m *model) pass(d string) {
	s := m.step("time.pass", "")
	s.with, s.last = "", d
}

// finish brings every member back, so that all that was sealed can be opened.
func (m *model) finish() {
	if m.fault != "" {
		m.stopFault()
	}
	m.settle()
	m.do(Act{Do: CancelDeletion})
	for _, region := range regions() {
		if m.state[region] == disabled {
			m.turn(region, enabled)
		}
	}
	m.settle()
	var live []string
	for _, region := range regions() {
		if m.state[region] != "" {
			live = append(live, region)
		}
	}
	if len(m.kept) > 0 {
		m.step("decrypt", strings.Join(live, ", "), "ciphertexts: all").expect("plaintext: same")
	}
	if len(m.steps) == 0 {
		m.step("compare", "").expect("same: [policy, material]")
	}
}
