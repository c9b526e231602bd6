package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Millis is a duration that JSON carries as a number of milliseconds with at
// most three decimals.
type Millis time.Duration

// MarshalJSON writes milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Duration(m)/time.Microsecond)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads milliseconds.
func (m *Millis) UnmarshalJSON(b []byte) error {
	ms, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(ms) > math.MaxInt64/float64(time.Millisecond) {
		return fmt.Errorf("%q is not a number of milliseconds", b)
	}
	*m = Millis(math.Round(ms*1000)) * Millis(time.Microsecond)
	return nil
}

// String is the duration as people read it; see span.
func (m Millis) String() string { return span(time.Duration(m)) }

// span writes a duration with its two greatest units: 8.2 ms, 41.2 s, 12 min
// 05 s, 7 d 3 h.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + span(-d)
	case d.Round(100*time.Microsecond) < 100*time.Millisecond:
		return trimZero(strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64)) + " ms"
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + " ms"
	case d.Round(100*time.Millisecond) < time.Minute:
		return trimZero(strconv.FormatFloat(d.Seconds(), 'f', 1, 64)) + " s"
	case d.Round(time.Second) < time.Hour:
		return pair(d.Round(time.Second), time.Minute, "min", time.Second, "s")
	case d.Round(time.Minute) < 24*time.Hour:
		return pair(d.Round(time.Minute), time.Hour, "h", time.Minute, "min")
	default:
		return pair(d.Round(time.Hour), 24*time.Hour, "d", time.Hour, "h")
	}
}

func pair(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	if d%big == 0 {
		return fmt.Sprintf("%d %s", d/big, bigName)
	}
	return fmt.Sprintf("%d %s %d %s", d/big, bigName, d%big/small, smallName)
}

func trimZero(s string) string { return strings.TrimSuffix(s, ".0") }

// offset writes a moment as its distance from the start of the drill: t+01:08.2,
// t+1:02:03, t+7d 01:02.
func offset(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	tenths := d.Round(100 * time.Millisecond)
	switch {
	case tenths < time.Hour:
		return fmt.Sprintf("t%s%02d:%02d.%d", sign, tenths/time.Minute, tenths%time.Minute/time.Second, tenths%time.Second/(100*time.Millisecond))
	case d < 24*time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("t%s%d:%02d:%02d", sign, d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf("t%s%dd %02d:%02d", sign, d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute)
	}
}

// percent writes a share of a hundred with two decimals, rounded down: what
// reads 100.00 % had no failure at all.
func percent(p float64) string {
	return strconv.FormatFloat(math.Floor(p*100+1e-9)/100, 'f', 2, 64) + " %"
}

// count writes a whole number with thin spaces between its thousands.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, r := range digits {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(r)
	}
	return b.String()
}
