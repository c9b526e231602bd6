package runbook

import (
	"fmt"
	"slices"
	"strings"
)

// does says what a step does, where, and what is expected of it.
func (r *Runbook) does(s *Step) string {
	text := r.act(s.Do, s.In, &s.With)
	if s.From != "" {
		text += ", from " + s.From
	}
	if s.For > 0 && s.Do != "time.pass" && s.Do != "watch" {
		text += ", for " + FormatDuration(s.For)
	}
	if s.Do == "watch" || s.Do == "time.pass" {
		text += " for " + FormatDuration(s.For)
	}
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if e := s.Expect.sentence(); e != "" {
		within := ""
		if s.Within > 0 {
			within = " within " + FormatDuration(s.Within)
		}
		text += " Expected" + within + ": " + e + "."
	}
	return text
}

// act says what a verb does with its words.
func (r *Runbook) act(do string, in []string, w *With) string {
	at := func(text string) string {
		if len(in) == 0 {
			return text
		}
		return text + " in " + list(in, "and")
	}
	asked := "the primary"
	if len(in) > 0 {
		asked = list(in, "and")
	}
	k, _ := r.Key(w.Key)
	alias := w.Alias
	if alias == "" {
		alias = k.Alias
	}
	switch do {
	case "key.replicate":
		return fmt.Sprintf("ask %s to give %s a replica in %s", asked, w.Key, w.To)
	case "key.promote":
		return fmt.Sprintf("ask %s to make %s the primary of %s", asked, w.To, w.Key)
	case "key.rotate":
		return fmt.Sprintf("ask %s to rotate %s", asked, w.Key)
	case "key.rotation":
		if w.Enabled != nil && !*w.Enabled {
			return fmt.Sprintf("ask %s to turn automatic rotation of %s off", asked, w.Key)
		}
		text := fmt.Sprintf("ask %s to turn automatic rotation of %s on", asked, w.Key)
		if w.Every > 0 {
			text += ", every " + FormatDuration(w.Every)
		}
		return text
	case "key.create":
		return fmt.Sprintf("make %s, primary in %s and replicas in %s", w.Key, k.Primary, list(k.Replicas, "and"))
	case "key.delete":
		days := w.Days
		if days == 0 {
			days = 30
		}
		return at(fmt.Sprintf("schedule the deletion of %s", w.Key)) + fmt.Sprintf(", after %d days", days)
	case "policy.put":
		return at(fmt.Sprintf("replace the key policy of %s", w.Key))
	case "alias.set":
		return at(fmt.Sprintf("point %s at %s", alias, w.Key))
	case "alias.delete":
		return at("delete " + alias)
	case "fault.start":
		f, _ := r.Fault(w.Fault)
		return fmt.Sprintf("begin fault %s, which ends by itself after %s", w.Fault, FormatDuration(f.AtMost))
	case "fault.stop":
		return "end fault " + w.Fault
	case "load.start":
		return "begin " + list(w.Probes, "and")
	case "load.stop":
		return "end " + list(w.Probes, "and")
	case "watch":
		if len(w.Probes) == 0 {
			return at("watch")
		}
		return at("watch " + list(w.Probes, "and"))
	case "wait":
		return at("look at " + w.Key + " again and again")
	case "trail":
		return at(fmt.Sprintf("count %s in the audit trail", w.Call))
	case "decrypt", "reencrypt":
		which := w.Ciphertexts
		switch which {
		case "":
			which = "all"
		case "sample":
			which = "some"
		}
		verb := map[string]string{"decrypt": "open", "reencrypt": "seal anew"}[do]
		return at(fmt.Sprintf("%s %s of the ciphertexts of %s", verb, which, w.Key))
	case "ready":
		text := at(fmt.Sprintf("judge whether %s could carry the load", w.Key))
		if len(w.Down) > 0 {
			text += " without " + list(w.Down, "and")
		}
		return text
	case "restore":
		what := "everything"
		if len(w.What) > 0 {
			what = list(w.What, "and")
		}
		return at(fmt.Sprintf("put back %s of %s as it was found", what, w.Key))
	case "note", "ask":
		if w.Text != "" {
			return do + ": " + w.Text
		}
	}
	v, _ := FindVerb(do)
	if w.Key != "" {
		return at(v.Says) + " (" + w.Key + ")"
	}
	return at(v.Says)
}

// sentence says what is expected; nothing when it is only that no error comes.
func (e *Expect) sentence() string {
	if e == nil {
		return ""
	}
	var out []string
	add := func(given bool, format string, args ...any) {
		if given {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(e.Error == Unreachable, "no answer, %s", e.Error)
	add(e.Error != "" && e.Error != Unreachable, "a refusal, %s", e.Error)
	add(e.OK != nil && *e.OK, "success")
	add(e.OK != nil && !*e.OK, "a refusal")
	add(e.Primary != "", "%s is primary", e.Primary)
	add(len(e.Replicas) > 0, "replicas in %s", list(e.Replicas, "and"))
	add(e.State != "", "state %s", e.State)
	add(e.Material == "same-everywhere", "the same key material in every member")
	add(e.Material == "old" || e.Material == "new", "the %s key material", e.Material)
	add(len(e.Same) > 0, "members agree in %s", list(e.Same, "and"))
	add(len(e.Differs) > 0, "members differ in %s and in nothing else", list(e.Differs, "and"))
	add(e.SLO == "met", "every SLO is met")
	add(e.SLO == "broken", "an SLO is broken")
	add(e.Plaintext != "", "what comes out is what went in")
	add(e.Ready != nil && *e.Ready, "ready")
	add(e.Ready != nil && !*e.Ready, "not ready")
	add(e.Gone, "there is no such key any more")
	add(e.Calls != nil && e.Calls.N == 1, "%s record in each Region", e.Calls)
	add(e.Calls != nil && e.Calls.N != 1, "%s records in each Region", e.Calls)
	text := list(out, "and")
	if e.InEveryRegion {
		text += ", in every Region"
	}
	return text
}

// more says what else belongs to a step.
func (r *Runbook) more(s *Step) []string {
	var out []string
	if a := s.Approve; a != nil {
		who := ""
		if len(a.By) > 0 {
			who = " of " + list(a.By, "or")
			if people, known := r.May(a.By); known && !slices.Equal(people, a.By) {
				who += " (" + list(people, "or") + ")"
			}
		}
		out = append(out, fmt.Sprintf("First %s%s must agree within %s.", plural(max(a.Count, 1), "person"), who, FormatDuration(a.Within)))
	}
	if s.When != "" {
		out = append(out, "Only on "+map[string]string{"sim": "the simulated cloud", "aws": "AWS"}[s.When]+".")
	}
	if t := s.Retry; t != nil {
		text := fmt.Sprintf("Tried up to %s again, every %s", plural(t.Times, "time"), FormatDuration(t.Every))
		if len(t.If) > 0 {
			text += ", after " + list(t.If, "or")
		}
		out = append(out, text+".")
	}
	switch u := s.Undo; {
	case u == nil:
	case u.Do == "nothing":
		out = append(out, "Not undone: "+u.Why)
	default:
		out = append(out, "Undone thus: "+r.act(u.Do, u.In, &u.With)+".")
	}
	if s.Do == "fault.start" && s.Undo == nil {
		out = append(out, "Undone thus: the fault is ended.")
	}
	if what := s.PutBack(); what != nil {
		out = append(out, "Undone thus: "+r.act("restore", nil, &With{Key: s.With.Key, What: what})+".")
	}
	if s.Otherwise != "undo" {
		out = append(out, "Otherwise: "+map[string]string{
			"stop": "the drill stops and undoes nothing", "pause": "the drill pauses", "continue": "the drill goes on",
		}[s.Otherwise]+".")
	}
	if s.Keep != "" {
		out = append(out, "The result is kept as $"+s.Keep+".")
	}
	return slices.Clip(out)
}
