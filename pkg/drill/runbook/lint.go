package runbook

import (
	"fmt"
	"slices"
	"strings"
)

// linter looks for what a schema cannot say: names that lead nowhere, verbs
// with the wrong words, faults that nobody ends, more spent than is allowed.
type linter struct {
	*reader
	rb    *Runbook
	steps map[string]string // path of each step by id
}

func (r *reader) lint(rb *Runbook) {
	r.linting = true
	l := &linter{reader: r, rb: rb, steps: map[string]string{}}
	l.eachStep(func(s *Step, path string) {
		if s.ID == "" {
			return
		}
		if first, twice := l.steps[s.ID]; twice {
			l.say(path+".id", fmt.Sprintf("step id %q is there twice", s.ID), fmt.Sprintf("another id; line %d has this one", l.at[first+".id"].Line), "")
			return
		}
		l.steps[s.ID] = path
	})
	l.lintKeys()
	l.lintProbes()
	l.lintFaults()
	l.lintSafety()
	if len(rb.Steps) == 0 {
		return // said already, and all that follows is about steps
	}
	l.eachStep(l.lintStep)
	l.lintFaultUse()
	l.lintLoad()
	l.lintUndo()
	l.lintSpend()
	l.lintObjectives()
	l.lintChecks()
}

// eachStep calls f for every step and its path in the file.
func (l *linter) eachStep(f func(s *Step, path string)) {
	var each func([]Step, string)
	each = func(steps []Step, path string) {
		for i := range steps {
			at := fmt.Sprintf("%s[%d]", path, i)
			f(&steps[i], at)
			each(steps[i].Together, at+".together")
		}
	}
	each(l.rb.Steps, "steps")
	each(l.rb.Finally, "finally")
}

// has says whether a field is in the file.
func (l *linter) has(path string) bool {
	_, ok := l.at[path]
	return ok
}

// say reports a problem at a field, or at the nearest thing around it.
func (l *linter) say(path, what, want, meant string) {
	at, ok := l.at[path]
	for !ok && path != "" {
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			at = Position{1, 1}
			break
		}
		path = path[:cut]
		at, ok = l.at[path]
	}
	if at.Line == 0 {
		at = Position{1, 1}
	}
	l.problem(at, what, want, meant)
}

// resolve checks that a name is one of those that exist.
func (l *linter) resolve(path, what, name string, known []string) {
	if name == "" || slices.Contains(known, name) {
		return
	}
	if what == "key" && len(known) == 0 {
		return // that there are no keys has been said
	}
	want := fmt.Sprintf("a %s; the runbook has none", what)
	if len(known) > 0 {
		want = oneOf(known)
	}
	l.say(path, fmt.Sprintf("no %s is named %q", what, name), want, nearest(name, known))
}

func (l *linter) keyNames() (out []string) {
	for _, k := range l.rb.Keys {
		out = append(out, k.Name)
	}
	return out
}

func (l *linter) probeNames() (out []string) {
	for _, p := range l.rb.Probes {
		out = append(out, p.Name)
	}
	return out
}

func (l *linter) faultNames() (out []string) {
	for _, f := range l.rb.Faults {
		out = append(out, f.Name)
	}
	return out
}

func (l *linter) stepNames() (out []string) {
	l.eachStep(func(s *Step, _ string) {
		if s.ID != "" {
			out = append(out, s.ID)
		}
	})
	return out
}

// region checks that a Region is listed.
func (l *linter) region(path, region string) {
	if region == "" || slices.Contains(l.rb.Regions, region) || !regionPattern().MatchString(region) {
		return
	}
	l.say(path, fmt.Sprintf("Region %s is not listed in regions", region), oneOf(l.rb.Regions), nearest(region, l.rb.Regions))
}

func (l *linter) regions(path string, list []string) {
	for i, region := range list {
		p := fmt.Sprintf("%s[%d]", path, i)
		if !l.has(p) {
			p = path
		}
		l.region(p, region)
	}
}

func (l *linter) lintKeys() {
	aliases := map[string]string{}
	for _, k := range l.rb.Keys {
		path := "keys." + k.Name
		l.region(path+".primary", k.Primary)
		l.regions(path+".replicas", k.Replicas)
		l.regions(path+".aliases-in", k.Aliases)
		for i, r := range k.Replicas {
			if r == k.Primary {
				l.say(fmt.Sprintf("%s.replicas[%d]", path, i), fmt.Sprintf("%s is the primary of key %s and cannot hold its replica", r, k.Name), "another Region", "")
			}
		}
		if k.Primary == "" && !l.has(path+".primary") {
			l.say(path, fmt.Sprintf("key %s has no primary and the runbook lists no regions", k.Name), "primary: a Region", "")
		}
		if other := aliases[k.Alias]; other != "" && k.Alias != "" {
			l.say(path+".alias", fmt.Sprintf("keys %s and %s have the same alias", other, k.Name), "an alias for each key", "")
		}
		aliases[k.Alias] = k.Name
		// Automatic rotation is for symmetric keys whose material KMS made;
		// the period is that of EnableKeyRotation.
		if days := k.RotateEvery.Hours() / 24; k.RotateEvery > 0 && (days < 90 || days > 2560) {
			l.say(path+".rotate-every", fmt.Sprintf("%s is no rotation period", FormatDuration(k.RotateEvery)), "90d to 2560d", "")
		}
		if k.RotateEvery > 0 && (k.Spec != "symmetric" || k.Origin != "kms") {
			l.say(path+".rotate-every", fmt.Sprintf("key %s cannot rotate by itself", k.Name), "a symmetric key whose key material KMS made", "")
		}
		if k.Origin == "imported" && k.Spec != "symmetric" {
			l.say(path+".origin", fmt.Sprintf("key %s: imported key material is made for symmetric keys only", k.Name), "spec: symmetric", "")
		}
	}
}

func (l *linter) lintProbes() {
	for _, p := range l.rb.Probes {
		path := "probes." + p.Name
		l.resolve(path+".key", "key", p.Key, l.keyNames())
		if p.Key == "" && !l.has(path+".key") && len(l.rb.Keys) != 1 {
			l.say(path, fmt.Sprintf("probe %s does not say which key", p.Name), "key: "+oneOf(l.keyNames()), "")
		}
		l.regions(path+".in", p.In)
		l.region(path+".from", p.From)
		l.region(path+".member", p.Member)
		if k, ok := l.rb.Key(p.Key); ok && k.Spec != "" {
			crypt := slices.Contains([]string{"encrypt", "decrypt", "decrypt-backlog"}, p.Do)
			switch {
			case crypt && (k.Spec == "hmac" || k.Spec == "ecc" || k.Spec == "ml-dsa"):
				l.say(path+".do", fmt.Sprintf("a %s key cannot %s", k.Spec, strings.TrimSuffix(p.Do, "-backlog")), "roundtrip, or a key for that", "")
			case p.Do == "sign" && (k.Spec == "symmetric" || k.Spec == "hmac"), p.Do == "mac" && k.Spec != "hmac":
				l.say(path+".do", fmt.Sprintf("a %s key cannot %s", k.Spec, p.Do), "roundtrip, or a key for that", "")
			}
		}
		if p.Guard != nil && p.Guard.Over == 0 {
			l.say(path+".guard", fmt.Sprintf("guard %q does not say over how long it looks", p.Guard.Text), p.Guard.Text+" over 30s", "")
		}
	}
}

func (l *linter) lintFaults() {
	for _, f := range l.rb.Faults {
		path := "faults." + f.Name
		l.regions(path+".in", f.In)
		l.resolve(path+".key", "key", f.Key, l.keyNames())
		if f.AtMost == 0 && l.has(path+".at-most") {
			l.say(path+".at-most", fmt.Sprintf("fault %s would last no time at all", f.Name), "at-most: a duration such as 10m", "")
		}
		if ofOneKey(f.Kind) && f.Key == "" && !l.has(path+".key") {
			l.say(path, fmt.Sprintf("fault %s is of one key and does not say which", f.Name), "key: "+oneOf(l.keyNames()), "")
		}
		switch f.Kind {
		case "region-outage":
			if looks := []string{"timeout", "refused", "dns", "503"}; f.Looks != "" && !slices.Contains(looks, f.Looks) {
				l.say(path+".looks-like", fmt.Sprintf("an outage does not look like %q", f.Looks), oneOf(looks), nearest(f.Looks, looks))
			}
		case "api-error":
			if f.Looks == "" && !l.has(path+".looks-like") {
				l.say(path, fmt.Sprintf("fault %s does not say which error the calls get", f.Name), "looks-like: an error code such as KMSInternalException", "")
			} else if err := checkText("error", f.Looks); f.Looks != "" && err != nil {
				l.say(path+".looks-like", err.Error(), "an AWS error code such as KMSInternalException", suggestText("error", f.Looks))
			}
		case "region-slow", "replication-lag", "clock-skew":
			if f.By == 0 && !l.has(path+".by") {
				l.say(path, fmt.Sprintf("fault %s does not say by how much", f.Name), "by: a duration such as 20s", "")
			}
		}
		if f.Looks != "" && f.Kind != "" && f.Kind != "region-outage" && f.Kind != "api-error" {
			l.say(path+".looks-like", fmt.Sprintf("a fault of kind %s has one look only", f.Kind), "no looks-like", "")
		}
	}
}
