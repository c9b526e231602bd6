package runbook

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(90*24*time.Hour/time.Millisecond)).Draw(t, "ms")) * time.Millisecond
		back, err := ParseDuration(FormatDuration(d))
		if err != nil || back != d {
			t.Fatalf("%v is written %s and read %v, %v", d, FormatDuration(d), back, err)
		}
	})
	for s, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "1h30m": 90 * time.Minute, "500ms": time.Second / 2, "1.5s": 1500 * time.Millisecond} {
		if d, err := ParseDuration(s); err != nil || d != want {
			t.Errorf("%s is %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "5", "m", "-5m", "5 m", "1y", "999999d", "5m ", "1e3s"} {
		if d, err := ParseDuration(s); err == nil {
			t.Errorf("%q is read as %v", s, d)
		}
	}
}

func TestRates(t *testing.T) {
	for s, want := range map[string]time.Duration{"20/s": 50 * time.Millisecond, "90/m": time.Minute / 90, "4/h": 15 * time.Minute} {
		var r Rate
		if err := r.UnmarshalText([]byte(s)); err != nil || r.Every() != want || r.String() != s {
			t.Errorf("%s is %v, every %v, %v", s, r, r.Every(), err)
		}
	}
}

func TestAnSLOJudgesWhatWasSeen(t *testing.T) {
	quantile := func(q float64) time.Duration { return time.Duration(q * float64(time.Second)) }
	for _, c := range []struct {
		slo        string
		sent, ok   int
		met, known bool
	}{
		{"success >= 99.9%", 1000, 999, true, true},
		{"success >= 99.9%", 1000, 998, false, true},
		{"success > 50% over 30s", 0, 0, false, false},
		{"errors < 3", 100, 98, true, true},
		{"errors <= 1", 100, 98, false, true},
		{"p50 < 600ms", 10, 10, true, true},
		{"p99 < 250ms", 10, 10, false, true},
		{"max < 2s", 10, 1, true, true},
		{"mean < 2ms", 10, 10, false, true},
		{"p99 < 250ms", 10, 0, false, false},
	} {
		var s SLO
		if err := s.UnmarshalText([]byte(c.slo)); err != nil {
			t.Fatal(err)
		}
		met, measured, known := s.Judge(Observed{Sent: c.sent, OK: c.ok, Quantile: quantile, Mean: 5 * time.Millisecond})
		if met != c.met || known != c.known || measured == "" {
			t.Errorf("%s of %d in %d: met %v (%s), known %v", c.slo, c.ok, c.sent, met, measured, known)
		}
	}
}

func TestWindows(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		window, at string
		want       bool
	}{
		{"Mon-Thu 09:00-16:00 UTC", "2026-11-24 09:00", true}, // a Tuesday
		{"Mon-Thu 09:00-16:00 UTC", "2026-11-24 16:00", false},
		{"Mon-Thu 09:00-16:00 UTC", "2026-11-27 12:00", false}, // a Friday
		{"Fri-Mon 00:00-24:00", "2026-11-29 23:59", true},      // a Sunday
		{"Sat, Sun 10:00-12:00", "2026-11-28 11:00", true},
		{"Tue 09:00-10:00 Europe/Berlin", "2026-11-24 08:30", true},
		{"Tue 09:00-10:00 Europe/Berlin", "2026-11-24 09:30", false},
	} {
		var w Window
		if err := w.UnmarshalText([]byte(c.window)); err != nil {
			t.Fatal(err)
		}
		if got := w.Contains(at(c.at)); got != c.want {
			t.Errorf("%s at %s: %v", c.window, c.at, got)
		}
	}
}

func TestAProblemCannotSteerTheTerminal(t *testing.T) {
	_, err := Parse("x.yaml", []byte("runbook: v1\nname: \"a\x1b[2Jb\"\n"), nil)
	if err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("the message is %q", err)
	}
}
