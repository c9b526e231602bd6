package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"time"
)

// Baseline lists findings that somebody has accepted.
type Baseline struct {
	Version  int        `json:"version"`
	Accepted []Accepted `json:"accepted"`
}

// Accepted says which findings are accepted, why, and until when. Empty
// selectors match everything; key, region and principal may hold * and ?.
type Accepted struct {
	Rule        string `json:"rule"`
	Key         string `json:"key,omitempty"` // key id or alias
	Region      string `json:"region,omitempty"`
	Principal   string `json:"principal,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"` // exactly one finding
	Reason      string `json:"reason"`
	Expires     string `json:"expires"` // date such as 2027-03-31; from then on it counts again
}

// ParseBaseline reads a baseline strictly: an unknown member, an unknown rule,
// a missing reason or date is an error that names the entry.
func ParseBaseline(text []byte) (Baseline, error) {
	var b Baseline
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("read the baseline: %w", err)
	}
	if b.Version != 1 {
		return b, fmt.Errorf("read the baseline: version %d is not 1", b.Version)
	}
	for i, a := range b.Accepted {
		if _, ok := RuleOf(a.Rule); !ok {
			return b, fmt.Errorf("read the baseline: entry %d: no rule %q", i+1, a.Rule)
		}
		if a.Reason == "" {
			return b, fmt.Errorf("read the baseline: entry %d: reason is missing; say why %s is accepted", i+1, a.Rule)
		}
		if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
			return b, fmt.Errorf("read the baseline: entry %d: expires %q is not a date such as 2027-03-31", i+1, a.Expires)
		}
		for _, pattern := range []string{a.Key, a.Region, a.Principal} {
			if _, err := path.Match(pattern, ""); err != nil {
				return b, fmt.Errorf("read the baseline: entry %d: pattern %q: %w", i+1, pattern, err)
			}
		}
	}
	return b, nil
}

// Apply marks the findings that are accepted and returns the entries that have
// expired, whose findings count again.
func (b Baseline) Apply(r *Result, now time.Time) (expired []Accepted) {
	for _, a := range b.Accepted {
		until, err := time.Parse(time.DateOnly, a.Expires)
		if err != nil || !now.Before(until) {
			expired = append(expired, a)
			continue
		}
		for i := range r.Findings {
			if a.accepts(*r, r.Findings[i]) {
				r.Findings[i].Suppressed = a.Reason
			}
		}
	}
	return expired
}

func (a Accepted) accepts(r Result, f Finding) bool {
	if a.Rule != f.Rule || a.Fingerprint != "" && a.Fingerprint != f.Fingerprint {
		return false
	}
	key := matches(a.Key, r.Key)
	for _, alias := range r.Aliases {
		key = key || matches(a.Key, alias)
	}
	return key && matches(a.Region, f.Region) && matches(a.Principal, f.Principal)
}

func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, text)
	return err == nil && ok || pattern == text
}

// BaselineOf accepts every finding of some results, for a reason and a time.
func BaselineOf(results []Result, reason string, expires time.Time) Baseline {
	b := Baseline{Version: 1, Accepted: []Accepted{}}
	for _, r := range results {
		for _, f := range r.Findings {
			b.Accepted = append(b.Accepted, Accepted{Rule: f.Rule, Key: r.Key, Fingerprint: f.Fingerprint, Reason: reason, Expires: expires.Format(time.DateOnly)})
		}
	}
	return b
}
