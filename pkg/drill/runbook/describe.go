package runbook

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Reading is a runbook read aloud: what would happen, in sentences. It is made
// from the file alone; nothing is called.
type Reading struct {
	Name       string        `json:"name"`
	About      string        `json:"about"`
	Terms      []string      `json:"terms"`             // where, when, on which keys, at what price
	Load       []string      `json:"load,omitempty"`    // what runs beside the steps
	Faults     []string      `json:"faults,omitempty"`  // what may be broken
	Steps      []Spoken      `json:"steps"`             // in order
	Finally    []Spoken      `json:"finally,omitempty"` // run last whatever happened
	Objectives []string      `json:"objectives,omitempty"`
	Checks     []string      `json:"checks,omitempty"`
	Warnings   []string      `json:"warnings,omitempty"` // what is allowed and hardly meant
	AtLeast    time.Duration `json:"at_least_ns"`        // how long it takes if all goes well, waits not counted
}

// Spoken is one step read aloud.
type Spoken struct {
	ID   string   `json:"id"`
	Says string   `json:"says,omitempty"` // the runbook's own sentence
	Does string   `json:"does"`           // what is done, where, and what is expected
	More []string `json:"more,omitempty"` // approval, retries, undo, what happens otherwise
}

// Describe reads a runbook aloud.
func Describe(r *Runbook) Reading {
	out := Reading{Name: r.Name, About: r.About, Terms: r.terms()}
	for _, p := range r.Probes {
		out.Load = append(out.Load, p.sentence())
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, f.sentence())
	}
	if r.Steady != nil {
		out.AtLeast = r.Steady.For
	}
	out.Steps, out.Finally = r.speak(r.Steps), r.speak(r.Finally)
	r.EachStep(func(s *Step) { out.AtLeast += s.For })
	out.Objectives = r.Objectives.sentences()
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, c.sentence())
	}
	out.Warnings = r.warnings()
	return out
}

// warnings are no mistakes: a runbook with them can be run.
func (r *Runbook) warnings() []string {
	expects := false
	r.EachStep(func(s *Step) { expects = expects || s.Expect != nil })
	if expects || len(r.Checks) > 0 || len(r.Objectives.sentences()) > 0 {
		return nil
	}
	return []string{"It promises nothing, so that a run of it can't pass: no step has an expect, and there are no objectives and no checks."}
}

func (r *Runbook) speak(steps []Step) []Spoken {
	var out []Spoken
	for i := range steps {
		s := &steps[i]
		out = append(out, Spoken{ID: s.ID, Says: s.Say, Does: r.does(s), More: r.more(s)})
		for j := range s.Together {
			t := &s.Together[j]
			out = append(out, Spoken{ID: s.ID + "/" + t.ID, Says: t.Say, Does: r.does(t), More: r.more(t)})
		}
	}
	return out
}

func (r *Runbook) terms() []string {
	s := r.Safety
	where := map[string]string{"sim": "on the simulated cloud only", "aws": "on AWS only"}[strings.Join(s.RunOn, "+")]
	if where == "" {
		where = "on the simulated cloud or on AWS"
	}
	if len(s.Accounts) > 0 {
		where += ", account " + list(s.Accounts, "or")
	}
	out := []string{fmt.Sprintf("It runs %s, in %s, for %s at most.", where, list(r.Regions, "and"), FormatDuration(s.Longest))}
	if len(s.Windows) > 0 || len(s.NeverOn) > 0 {
		var when []string
		for _, w := range s.Windows {
			when = append(when, w.Text)
		}
		text := "It may begin at any time"
		if len(when) > 0 {
			text = "It may begin " + list(when, "or")
		}
		var never []string
		for _, d := range s.NeverOn {
			never = append(never, d.String())
		}
		if len(never) > 0 {
			text += ", never on " + list(never, "or")
		}
		out = append(out, text+".")
	}
	for _, k := range r.Keys {
		out = append(out, k.sentence())
	}
	if len(s.Tagged) > 0 {
		var tags []string
		for _, k := range sortedKeys(s.Tagged) {
			tags = append(tags, k+"="+s.Tagged[k])
		}
		out = append(out, "Keys without the tags "+list(tags, "and")+" are refused.")
	}
	spend := r.Spending()
	out = append(out, fmt.Sprintf("It uses up %s of the %d that a key has for life, %s and %s.",
		plural(spend.Rotations, "rotation"), MostRotations, plural(spend.Promotions, "promotion"), plural(spend.NewKeys, "new key")))
	out = append(out, map[string]string{
		"always":     "What it changes is undone at the end.",
		"on-failure": "What it changes is undone when something goes wrong, and on Ctrl-C.",
		"never":      "What it changes is never undone.",
	}[s.Undo])
	return out
}

func (k Key) sentence() string {
	what := map[string]string{"symmetric": "a symmetric key", "hmac": "an HMAC key", "rsa": "an RSA key", "ecc": "an elliptic curve key", "ml-dsa": "an ML-DSA key"}[k.Spec]
	text := fmt.Sprintf("%s is %s, %s: primary in %s", k.Name, k.Alias, what, k.Primary)
	if len(k.Replicas) > 0 {
		text += map[bool]string{true: ", replica in ", false: ", replicas in "}[len(k.Replicas) == 1] + list(k.Replicas, "and")
	} else {
		text += ", no replica"
	}
	if k.Origin == "imported" {
		text += "; its key material is imported"
	}
	if k.RotateEvery > 0 {
		text += "; rotated every " + FormatDuration(k.RotateEvery)
	}
	return text + map[string]string{
		"never": ". It must exist.", "in-sim": ". In the simulator it is made; on AWS it must exist.", "if-missing": ". It is made when it does not exist.",
	}[k.Make]
}

func (p Probe) sentence() string {
	does := map[string]string{
		"roundtrip": "uses the key there and back", "encrypt": "seals", "decrypt": "opens something sealed before", "decrypt-backlog": "opens what any member has sealed",
		"sign": "signs and verifies", "mac": "makes and verifies a MAC", "describe": "describes the key",
	}[p.Do]
	text := fmt.Sprintf("%s %s with %s, %s in %s", p.Name, does, p.Key, p.Rate, list(p.In, "and"))
	if len(p.In) > 1 {
		text += " each"
	}
	if p.From != "" {
		text += ", called from " + p.From
	}
	if p.By != "id" {
		text += ", naming the key by " + p.By
	}
	if p.Member != "" {
		text += ", naming the key by the ARN of " + p.Member
	}
	text += "."
	if len(p.SLO) > 0 {
		var limits []string
		for _, s := range p.SLO {
			limits = append(limits, s.Text)
		}
		text += " Healthy is " + list(limits, "and") + "."
	}
	if p.Guard != nil {
		text += " The drill is stopped unless " + p.Guard.Text + "."
	}
	return text
}

func (f Fault) sentence() string {
	what := f.Kind
	if len(f.Planes) == 1 {
		what += " of the " + f.Planes[0] + " plane"
	}
	if len(f.In) > 0 {
		what += " in " + list(f.In, "and")
	}
	if len(f.Calls) > 0 {
		what += " of " + list(f.Calls, "and")
	}
	if f.Key != "" {
		what += " of key " + f.Key
	}
	if f.Looks != "" {
		what += ", seen as " + f.Looks
	}
	if f.By > 0 {
		what += ", by " + FormatDuration(f.By)
	}
	if f.Share > 0 {
		what += ", for " + f.Share.String() + " of the calls"
	}
	where := map[string]string{
		"refuse": "not on AWS", "client": "on AWS only our own calls are cut", "key-policy": "on AWS by a Deny in the key policy", "disable-key": "on AWS by disabling the key",
	}[f.OnAWS]
	return fmt.Sprintf("%s: %s. It ends by itself after %s; %s.", f.Name, what, FormatDuration(f.AtMost), where)
}

func (o Objectives) sentences() []string {
	var out []string
	in := func(region string) string {
		if region == "" {
			return ""
		}
		return " in " + region
	}
	for _, t := range o.RecoveryTime {
		out = append(out, fmt.Sprintf("%s%s is healthy within %s of %s, and stays so for %s.", t.Of, in(t.In), FormatDuration(t.Within), t.After, FormatDuration(t.GoodFor)))
	}
	for _, t := range o.Availability {
		out = append(out, fmt.Sprintf("At least %s of the calls of %s%s succeed.", t.AtLeast, t.Of, in(t.In)))
	}
	if o.Unreadable != nil {
		limit := "No ciphertext is"
		if *o.Unreadable > 0 {
			limit = "At most " + plural(*o.Unreadable, "ciphertext") + " are"
		}
		out = append(out, limit+" left that some member cannot open.")
	}
	if p := o.Propagation; p != nil {
		out = append(out, fmt.Sprintf("Every member seals with the new key material within %s of %s.", FormatDuration(p.Within), p.After))
	}
	return out
}

func (c Check) sentence() string {
	says := ""
	for _, claim := range Claims() {
		if claim.Name == c.Name {
			says = claim.Says
		}
	}
	text := c.Name + ": " + says
	if len(c.With.During) > 0 {
		text += " Looked at during " + list(c.With.During, "and") + "."
	}
	if len(c.With.In) > 0 {
		text += " Looked at in " + list(c.With.In, "and") + "."
	}
	if len(c.With.Except) > 0 {
		text += " Not in " + list(c.With.Except, "and") + "."
	}
	if len(c.With.Allow) > 0 {
		text += " Allowed: " + list(c.With.Allow, "and") + "."
	}
	return text
}

func list(words []string, last string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

func plural(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	if what == "person" {
		return fmt.Sprintf("%d people", n)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
