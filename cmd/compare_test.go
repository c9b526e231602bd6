package cmd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// A fleet under way is told with rate and time left: as a bar that is redrawn
// on a terminal and taken away in the end, as a line now and then elsewhere.
func TestAFleetUnderWayTellsRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	for _, terminal := range []bool{true, false} {
		var out bytes.Buffer
		app := &App{Process: Process{Err: &out, ErrTTY: terminal}}
		c := clock.NewVirtual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
		c.Run(func() {
			bar := newFleetBar(app, c)
			for done := 0; done <= 3000; done += 100 {
				bar.tell(done, 30_000)
				if err := c.Sleep(t.Context(), time.Second); err != nil {
					t.Error(err)
				}
			}
			bar.end()
		})
		text := out.String()
		if !strings.Contains(text, "[#-------------------] 2000 of 30000 members read, 100 a second, 4m40s left") {
			t.Errorf("on a terminal %v: %q", terminal, text)
		}
		lines, redrawn := strings.Count(text, "\n"), strings.Count(text, "\r")
		if terminal && (lines != 0 || redrawn < 25 || !strings.HasSuffix(text, " \r")) || !terminal && (lines != 3 || redrawn != 0) {
			t.Errorf("on a terminal %v: %d lines, redrawn %d times", terminal, lines, redrawn)
		}
	}
}
