package progress

import (
	"fmt"
	"time"
)

// Elapsed is a moment of a drill as the time since its start: 01:23.4, and
// 2:01:23.4 or 3d 02:01:23.4 for long ones.
func Elapsed(d time.Duration) string {
	d = d.Truncate(100 * time.Millisecond)
	if d < 0 {
		return "-" + Elapsed(-d)
	}
	days, d := d/(24*time.Hour), d%(24*time.Hour)
	hours, d := d/time.Hour, d%time.Hour
	minutes, d := d/time.Minute, d%time.Minute
	seconds, tenths := d/time.Second, d%time.Second/(100*time.Millisecond)
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %02d:%02d:%02d.%d", days, hours, minutes, seconds, tenths)
	case hours > 0:
		return fmt.Sprintf("%d:%02d:%02d.%d", hours, minutes, seconds, tenths)
	default:
		return fmt.Sprintf("%02d:%02d.%d", minutes, seconds, tenths)
	}
}

// Span is a length of time for people: 240ms, 33.0s, 5m00s, 2h05m, 7d00h.
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Span(-d)
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dd%02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
}
