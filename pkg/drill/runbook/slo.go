package runbook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Metric is what an SLO measures.
type Metric string

// The metrics. Latency counts from the time a call was due to its answer, for
// the calls that succeeded.
const (
	Success Metric = "success" // share of the calls that succeeded
	Errors  Metric = "errors"  // number of calls that did not
	Latency Metric = "latency" // a quantile of the latency
	Mean    Metric = "mean"    // mean latency
)

// SLO is one limit on what a probe sees.
type SLO struct {
	Metric   Metric
	Quantile float64       // of Latency: 0.99 for p99, 1 for max
	Op       string        // >=, >, <= or <
	Share    Percent       // limit of Success
	Count    int           // limit of Errors
	Limit    time.Duration // limit of Latency and Mean
	Over     time.Duration // stretch of time that is looked at; 0 is the whole
	Text     string        // as it was written
}

var sloPattern = pattern(`^(success|errors|mean|max|p[0-9]{1,2}(?:\.[0-9]+)?) *(>=|>|<=|<) *([0-9]+(?:\.[0-9]+)?)(%|ms|s|)(?: +(?:for|over) +([0-9]+(?:s|m|h)))?$`)

// sloShape is what an SLO looks like, for error messages.
const sloShape = "success >= 99.9%, errors < 3, p99 < 250ms, max < 2s, each with over 30s if need be"

// UnmarshalText reads an SLO such as success >= 99.9% over 30s.
func (s *SLO) UnmarshalText(text []byte) error {
	m := sloPattern().FindStringSubmatch(strings.TrimSpace(string(text)))
	if m == nil {
		return fmt.Errorf("%q is not a limit such as %s", text, sloShape)
	}
	what, op, number, of, over := m[1], m[2], m[3], m[4], m[5]
	out := SLO{Op: op, Text: strings.TrimSpace(string(text))}
	if over != "" {
		d, err := ParseDuration(over)
		if err != nil || d == 0 {
			return fmt.Errorf("%q looks at no time at all", text)
		}
		out.Over = d
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	upper := op == "<" || op == "<="
	switch {
	case what == "success":
		if of != "%" || upper || n > 100 {
			return fmt.Errorf("%q: success is a share with a lower limit, such as success >= 99.9%%", text)
		}
		out.Metric, out.Share = Success, percent(n)
	case what == "errors":
		if of != "" || !upper || n != float64(int(n)) {
			return fmt.Errorf("%q: errors is a count with an upper limit, such as errors < 3", text)
		}
		out.Metric, out.Count = Errors, int(n)
	default:
		if of != "ms" && of != "s" || !upper {
			return fmt.Errorf("%q: a latency has an upper limit in ms or s, such as p99 < 250ms", text)
		}
		out.Metric, out.Limit = Latency, time.Duration(n*float64(unit(of)))
		switch what {
		case "mean":
			out.Metric = Mean
		case "max":
			out.Quantile = 1
		default:
			p, err := strconv.ParseFloat(what[1:], 64)
			if err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
			out.Quantile = p / 100
		}
	}
	*s = out
	return nil
}

// String writes the SLO as it was written.
func (s SLO) String() string { return s.Text }

// Observed is what a probe saw in a stretch of time.
type Observed struct {
	Sent, OK int
	// Quantile and Mean are of the latency of the calls that succeeded.
	Quantile func(q float64) time.Duration
	Mean     time.Duration
}

// Judge says whether what was seen is within the limit and what was measured.
// known is false when too little was seen to say: a limit on nothing is
// neither met nor broken.
func (s SLO) Judge(o Observed) (met bool, measured string, known bool) {
	value, known := s.measure(o)
	switch {
	case o.Sent == 0:
		return false, "no calls", false
	case !known:
		return false, "no call succeeded", false
	case s.Metric == Success:
		measured = fmt.Sprintf("%s (%d of %d)", Percent(value), o.OK, o.Sent)
	case s.Metric == Errors:
		measured = fmt.Sprintf("%d errors in %d calls", o.Sent-o.OK, o.Sent)
	default:
		measured = time.Duration(value).Round(time.Microsecond).String()
	}
	return compare(value, s.Op, s.limit()), measured, true
}

// Broken says whether what was seen is known to be beyond the limit. It is
// Judge for who asks after every call.
func (s SLO) Broken(o Observed) bool {
	value, known := s.measure(o)
	return known && !compare(value, s.Op, s.limit())
}

// measure is what is held against the limit; known is false for nothing.
func (s SLO) measure(o Observed) (value float64, known bool) {
	switch {
	case o.Sent == 0:
		return 0, false
	case s.Metric == Success:
		return float64(o.OK) / float64(o.Sent), true
	case s.Metric == Errors:
		return float64(o.Sent - o.OK), true
	case o.OK == 0:
		return 0, false
	case s.Metric == Latency:
		return float64(o.Quantile(s.Quantile)), true
	default: // the mean latency
		return float64(o.Mean), true
	}
}

func (s SLO) limit() float64 {
	switch s.Metric {
	case Success:
		return float64(s.Share)
	case Errors:
		return float64(s.Count)
	case Latency, Mean:
	}
	return float64(s.Limit)
}
