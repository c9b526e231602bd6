package runbook

import (
	"fmt"
	"strings"
	"time"
)

// Window is a stretch of the week.
type Window struct {
	Days     [7]bool // by time.Weekday
	From, To int     // minutes of the day; To is after From
	Zone     *time.Location
	Text     string
}

var windowPattern = pattern(`^([A-Za-z, -]+?) +([0-9]{1,2}):([0-9]{2}) *- *([0-9]{1,2}):([0-9]{2})(?: +([A-Za-z_/+-]+))?$`)

const windowShape = "Mon-Thu 09:00-16:00 UTC"

// UnmarshalText reads a window such as Mon-Thu 09:00-16:00 UTC. Without a zone
// it is UTC; a zone is UTC or a name of the time zone database.
func (w *Window) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	m := windowPattern().FindStringSubmatch(s)
	if m == nil {
		return fmt.Errorf("%q is not a window such as %s", s, windowShape)
	}
	out := Window{Text: s, Zone: time.UTC}
	if err := out.readDays(m[1]); err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	var ok1, ok2 bool
	out.From, ok1 = minutes(m[2], m[3])
	out.To, ok2 = minutes(m[4], m[5])
	if !ok1 || !ok2 || out.To <= out.From {
		return fmt.Errorf("%q: hours run from 00:00 to 24:00, and a window ends after it begins", s)
	}
	if zone := m[6]; zone != "" {
		loc, err := time.LoadLocation(zone)
		if err != nil || zone == "Local" {
			return fmt.Errorf("%q: unknown time zone %q, want UTC or a name such as Europe/Berlin", s, zone)
		}
		out.Zone = loc
	}
	*w = out
	return nil
}

func minutes(h, m string) (int, bool) {
	var hours, mins int
	if _, err := fmt.Sscanf(h+" "+m, "%d %d", &hours, &mins); err != nil {
		return 0, false
	}
	total := hours*60 + mins
	return total, mins < 60 && total <= 24*60
}

func (w *Window) readDays(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		first, last, span := strings.Cut(strings.TrimSpace(part), "-")
		a, err := weekday(first)
		if err != nil {
			return err
		}
		b := a
		if span {
			if b, err = weekday(last); err != nil {
				return err
			}
		}
		for d := a; ; d = (d + 1) % 7 {
			w.Days[d] = true
			if d == b {
				break
			}
		}
	}
	return nil
}

func weekday(s string) (time.Weekday, error) {
	s = strings.TrimSpace(s)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()) || strings.EqualFold(s, d.String()[:3]) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("unknown day %q, want Mon, Tue, Wed, Thu, Fri, Sat or Sun", s)
}

// Contains says whether a moment is within the window.
func (w Window) Contains(t time.Time) bool {
	t = t.In(w.Zone)
	m := t.Hour()*60 + t.Minute()
	return w.Days[t.Weekday()] && m >= w.From && m < w.To
}

// String writes the window as it was written.
func (w Window) String() string { return w.Text }
