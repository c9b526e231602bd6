package progress_test

import (
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/progress"
)

// TestRecentOfSlowProbes looks at a lane long after the last window began, as
// with a probe that calls once a minute, beside one that calls four times a day.
func TestRecentOfSlowProbes(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	window := func(from, length time.Duration, sent, ok int) progress.Sample {
		return progress.Sample{Start: began.Add(from), Length: length, Sent: sent, OK: ok}
	}
	lane := progress.Lane{Samples: []progress.Sample{
		window(0, 10*time.Minute, 10, 10),
		window(10*time.Minute, 10*time.Minute, 10, 9),
		window(0, 20*time.Minute, 2, 2),
	}}
	for _, c := range []struct {
		at       time.Duration
		sent, ok int
	}{
		{20 * time.Minute, 12, 11},
		{29 * time.Minute, 12, 11},
		{30 * time.Minute, 0, 0}, // the window that is due now is missing: nothing recent is known
	} {
		got := lane.Recent(began.Add(c.at))
		if got.Sent != c.sent || got.OK != c.ok {
			t.Errorf("after %s: %d of %d calls, want %d of %d", c.at, got.OK, got.Sent, c.ok, c.sent)
		}
	}
	if got := (progress.Lane{}).Recent(began); got.Sent != 0 {
		t.Errorf("an empty lane: %+v", got)
	}
}
