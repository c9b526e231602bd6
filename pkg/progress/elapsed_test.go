package progress_test

import (
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

func TestElapsedAndSpan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d             time.Duration
		elapsed, span string
	}{
		{0, "00:00.0", "0ms"},
		{240 * time.Millisecond, "00:00.2", "240ms"},
		{83*time.Second + 450*time.Millisecond, "01:23.4", "1m23s"},
		{2*time.Hour + 83*time.Second, "2:01:23.0", "2h01m"},
		{76*time.Hour + 5*time.Second, "3d 04:00:05.0", "3d04h"},
		{-time.Second, "-00:01.0", "-1.0s"},
	} {
		if got := progress.Elapsed(c.d); got != c.elapsed {
			t.Errorf("Elapsed(%v) = %s, want %s", c.d, got, c.elapsed)
		}
		if got := progress.Span(c.d); got != c.span {
			t.Errorf("Span(%v) = %s, want %s", c.d, got, c.span)
		}
	}
}

func TestPercentNeverRoundsUpToAWhole(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]string{1: "100.00%", 0.999999: "99.99%", 0.9995: "99.95%", 0: "0.00%"} {
		if got := progress.Percent(share); got != want {
			t.Errorf("Percent(%v) = %s, want %s", share, got, want)
		}
	}
}
