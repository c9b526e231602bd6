package fuzz

import (
	"fmt"
	"strings"
)

// step is a step of the runbook that the acts become.
type step struct {
	do, in, with, keep string
	last, time         string
	expects            []string
}

// step adds a step that is about the key.
func (m *model) step(verb, region string, with ...string) *step {
	s := &step{do: verb, in: region, with: strings.Join(append([]string{"key: payments"}, with...), ", ")}
	m.steps = append(m.steps, *s)
	return &m.steps[len(m.steps)-1]
}

func (s *step) expect(what ...string) { s.expects = what }

func (s *step) refused(code string) { s.expects = []string{"error: " + code} }

// used expects what a use of the key leads to: a code, or else success.
func (s *step) used(code, success string) {
	if code != "" {
		s.refused(code)
		return
	}
	s.expects = []string{success}
}

func (s *step) within(d string) *step {
	s.time = d
	return s
}

// line is the step as a runbook has it.
func (s *step) line(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - { id: step-%d, do: %s", n, s.do)
	if s.in != "" {
		fmt.Fprintf(&b, ", in: [%s]", s.in)
	}
	if s.with != "" {
		fmt.Fprintf(&b, ", with: { %s }", s.with)
	}
	if s.last != "" {
		fmt.Fprintf(&b, ", for: %s", s.last)
	}
	if s.time != "" {
		fmt.Fprintf(&b, ", within: %s", s.time)
	}
	if len(s.expects) > 0 {
		fmt.Fprintf(&b, ", expect: { %s }", strings.Join(s.expects, ", "))
	}
	if s.keep != "" {
		fmt.Fprintf(&b, ", keep: %s", s.keep)
	}
	return b.String() + " }\n"
}

// Runbook writes a list of acts as a runbook that says what is to be expected
// of each. About says where it comes from, one line each.
func Runbook(name string, about []string, acts []Act) []byte {
	m := newModel()
	for _, a := range acts {
		m.do(a)
	}
	m.finish()
	var b strings.Builder
	for _, line := range about {
		b.WriteString("# " + strings.ReplaceAll(line, "\n", " ") + "\n")
	}
	fmt.Fprintf(&b, `runbook: v1
name: %s
about: >
  Acts in an order that was drawn at random. What each of them leads to is what
  AWS promises; a step or check that fails shows a promise that was broken.
regions: [%s]
keys:
  payments: { alias: alias/payments, primary: %s, replicas: [%s], rotate-every: 2560d }
safety:
  run-on: [sim]
  longest: 1000d
  undo: never
`, name, strings.Join(regions(), ", "), home, standby)
	if len(m.faults) > 0 {
		b.WriteString("faults:\n")
		for _, f := range m.faults {
			b.WriteString("  " + f + "\n")
		}
	}
	b.WriteString("steps:\n")
	for i := range m.steps {
		b.WriteString(m.steps[i].line(i + 1))
	}
	b.WriteString("checks:\n")
	for _, c := range checks() {
		b.WriteString("  - " + c + "\n")
	}
	return []byte(b.String())
}

// checks are those that any drill must pass, whatever its acts.
func checks() []string {
	return []string{
		"every-ciphertext-decrypts-everywhere", "no-plaintext-lost", "one-primary-at-a-time", "material-agrees",
		"new-material-only-when-everywhere", "policies-and-aliases-untouched-by-promotion", "audit-trail-complete",
	}
}
