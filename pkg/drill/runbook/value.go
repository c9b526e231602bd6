package runbook

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// durationPattern is the whole of a duration, durationPart one number and unit.
var durationPattern = pattern(`^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`)

var durationPart = pattern(`([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)`)

// ParseDuration reads a duration as runbooks write it: 90s, 1m30s, 20m, 7d,
// 500ms. Unlike time.ParseDuration it knows days of 24 hours, and no sign.
func ParseDuration(s string) (time.Duration, error) {
	if !durationPattern().MatchString(s) {
		return 0, fmt.Errorf("%q is not a duration such as 30s, 5m, 1h30m or 7d", s)
	}
	var total float64
	for _, part := range durationPart().FindAllStringSubmatch(s, -1) {
		n, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration: %w", s, err)
		}
		total += n * float64(unit(part[2]))
	}
	const longest = 100 * 365 * 24 * time.Hour
	if total > float64(longest) {
		return 0, fmt.Errorf("%q is longer than a hundred years", s)
	}
	return time.Duration(math.Round(total)), nil
}

func unit(name string) time.Duration {
	switch name {
	case "ms":
		return time.Millisecond
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	}
	return 24 * time.Hour
}

// FormatDuration writes a duration as runbooks do: 1d12h, 5m, 1.5s.
func FormatDuration(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []string{"d", "h", "m"} {
		if n := d / unit(u); n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u)
			d -= n * unit(u)
		}
	}
	switch {
	case d >= time.Second && d%time.Second != 0 || d >= time.Second:
		b.WriteString(strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s")
	case d > 0:
		b.WriteString(strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + "ms")
	}
	return b.String()
}

// Rate is a number of calls in a stretch of time.
type Rate struct {
	Calls int
	Per   time.Duration
}

// UnmarshalText reads a rate such as 20/s, 90/m or 4/h.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	calls, per, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(calls)
	if !ok || err != nil || n < 1 || n > 1_000_000 || per != "s" && per != "m" && per != "h" && per != "d" {
		return fmt.Errorf("%q is not a rate such as 20/s, 90/m or 4/h", s)
	}
	r.Calls, r.Per = n, unit(per)
	return nil
}

// Every is the time between two calls.
func (r Rate) Every() time.Duration {
	if r.Calls == 0 {
		return 0
	}
	return r.Per / time.Duration(r.Calls)
}

// String writes the rate as it was read.
func (r Rate) String() string {
	for _, u := range []string{"s", "m", "h", "d"} {
		if unit(u) == r.Per {
			return strconv.Itoa(r.Calls) + "/" + u
		}
	}
	return fmt.Sprintf("%d per %s", r.Calls, r.Per)
}

// Percent is a share, from 0 to 1.
type Percent float64

// UnmarshalText reads a share such as 99.9%.
func (p *Percent) UnmarshalText(text []byte) error {
	n, ok := strings.CutSuffix(string(text), "%")
	v, err := strconv.ParseFloat(n, 64)
	if !ok || err != nil || !(v >= 0 && v <= 100) {
		return fmt.Errorf("%q is not a share such as 99.9%%", text)
	}
	*p = percent(v)
	return nil
}

// percent makes a share of a number of percent. It rounds so that 99.9 % is the
// very number that 999 divided by 1000 gives, for limits are met exactly.
func percent(v float64) Percent { return Percent(math.Round(v*1e8) / 1e10) }

// String writes the share as 99.9%.
func (p Percent) String() string {
	return strconv.FormatFloat(math.Round(float64(p)*1e8)/1e6, 'f', -1, 64) + "%"
}

// Count is a number that is counted, or a limit to one.
type Count struct {
	Op string // "=", ">=", ">", "<=" or "<"
	N  int
}

var countPattern = pattern(`^(?:(>=|>|<=|<|=) *)?([0-9]{1,9})$`)

// UnmarshalText reads a count such as 0, >= 1 or < 10.
func (c *Count) UnmarshalText(text []byte) error {
	m := countPattern().FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("%q is not a count such as 0, >= 1 or < 10", text)
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return fmt.Errorf("%q is not a count: %w", text, err)
	}
	c.Op, c.N = m[1], n
	if c.Op == "" {
		c.Op = "="
	}
	return nil
}

// Holds says whether n is within the limit.
func (c Count) Holds(n int) bool { return compare(float64(n), c.Op, float64(c.N)) }

// String writes the count as it may be read again.
func (c Count) String() string {
	if c.Op == "=" {
		return strconv.Itoa(c.N)
	}
	return c.Op + " " + strconv.Itoa(c.N)
}

func compare(a float64, op string, b float64) bool {
	switch op {
	case ">=":
		return a >= b
	case ">":
		return a > b
	case "<=":
		return a <= b
	case "<":
		return a < b
	}
	return a == b
}

// Date is a day in UTC.
type Date struct{ time.Time }

// UnmarshalText reads a date such as 2026-12-24.
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is not a date such as 2026-12-24", text)
	}
	d.Time = t
	return nil
}

// String writes the date as it was read.
func (d Date) String() string { return d.Format(time.DateOnly) }
