package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

// Baseline lists findings that somebody has accepted.
type Baseline struct {
	Version  int        `json:"version"`
	Accepted []Accepted `json:"accepted"`
}

// Accepted says which findings are accepted, why, and until when. Empty
// selectors match everything; key, region, principal and action may hold * and ?.
type Accepted struct {
	Rule        string `json:"rule" yaml:"rule"`
	Key         string `json:"key,omitempty" yaml:"key"` // key id or alias
	Region      string `json:"region,omitempty" yaml:"region"`
	Principal   string `json:"principal,omitempty" yaml:"principal"`     // or the tag or alias that it is about
	Action      string `json:"action,omitempty" yaml:"action"`           // every action of the finding has to match
	Fingerprint string `json:"fingerprint,omitempty" yaml:"fingerprint"` // exactly one finding
	Reason      string `json:"reason" yaml:"reason"`
	Expires     string `json:"expires" yaml:"expires"` // date such as 2027-03-31; from then on it counts again
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
		if err := a.check(); err != nil {
			return b, fmt.Errorf("read the baseline: entry %d: %w", i+1, err)
		}
	}
	return b, nil
}

// Apply marks the findings that are accepted and returns the entries that have
// expired, whose findings count again.
func (b Baseline) Apply(r *Result, now time.Time) (expired []Accepted) {
	for _, a := range b.Accepted {
		if a.expired(now) {
			expired = append(expired, a)
			continue
		}
		a.mark(r)
	}
	r.settle()
	return expired
}

// expired says whether the date has come.
func (a Accepted) expired(now time.Time) bool {
	until, err := time.Parse(time.DateOnly, a.Expires)
	return err != nil || !now.Before(until)
}

// mark marks what is accepted.
func (a Accepted) mark(r *Result) {
	for i := range r.Findings {
		if a.accepts(*r, r.Findings[i]) {
			r.Findings[i].Suppressed = a.Reason
		}
	}
}

func (a Accepted) accepts(r Result, f Finding) bool {
	if a.Rule != f.Rule || a.Fingerprint != "" && a.Fingerprint != f.Fingerprint {
		return false
	}
	key := matches(a.Key, r.Key)
	for _, alias := range r.Aliases {
		key = key || matches(a.Key, alias)
	}
	for _, action := range f.Actions {
		key = key && matches(strings.TrimPrefix(a.Action, "kms:"), action)
	}
	return key && matches(a.Region, f.Region) && matches(a.Principal, f.Principal) && (a.Action == "" || len(f.Actions) > 0)
}

func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, text)
	return err == nil && ok || pattern == text
}

// Knows says whether an earlier baseline lists a finding, by its fingerprint.
func (b Baseline) Knows(f Finding) bool {
	for _, a := range b.Accepted {
		if a.Fingerprint == f.Fingerprint {
			return true
		}
	}
	return false
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
