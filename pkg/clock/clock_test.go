package clock_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestVirtualRunsProcessesInDueOrder(t *testing.T) {
	v := clock.NewVirtual(start)
	var got []string
	say := func(who string) { got = append(got, fmt.Sprintf("%s@%s", who, v.Now().Sub(start))) }
	v.Run(func() {
		g := v.Group()
		g.Go(func() {
			for range 3 {
				v.Sleep(t.Context(), 2*time.Second)
				say("slow")
			}
		})
		g.Go(func() {
			for range 3 {
				v.Sleep(t.Context(), time.Second)
				say("fast")
			}
		})
		g.Wait()
		say("root")
	})
	want := []string{"fast@1s", "slow@2s", "fast@2s", "fast@3s", "slow@4s", "slow@6s", "root@6s"}
	if !slices.Equal(got, want) {
		t.Errorf("order of events\n got %v\nwant %v", got, want)
	}
}

func TestVirtualTimeoutCutsSleepShort(t *testing.T) {
	v := clock.NewVirtual(start)
	v.Run(func() {
		ctx, cancel := v.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		inner, cancelInner := v.WithTimeout(ctx, time.Hour)
		defer cancelInner()
		if err := v.Sleep(inner, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep past the deadline: got %v, want %v", err, context.DeadlineExceeded)
		}
		if passed := v.Now().Sub(start); passed != 2*time.Second {
			t.Errorf("Sleep with a deadline of 2s took %s", passed)
		}
	})
}

func TestVirtualSleepEndsWithItsContext(t *testing.T) {
	v := clock.NewVirtual(start)
	v.Run(func() {
		ctx, cancel := context.WithCancel(t.Context())
		g := v.Group()
		g.Go(func() {
			if err := v.Sleep(ctx, time.Minute); !errors.Is(err, context.Canceled) {
				t.Errorf("Sleep under an ended context: got %v", err)
			}
		})
		v.Sleep(t.Context(), time.Second)
		cancel()
		v.Sleep(t.Context(), 0)
		g.Wait()
		if passed := v.Now().Sub(start); passed != time.Second {
			t.Errorf("a sleep that was ended after 1s lasted %s", passed)
		}
	})
}

// TestVirtualSleepEndsFromOutside ends a wait of a year from a goroutine that
// is no process of the timeline, as Ctrl-C does.
func TestVirtualSleepEndsFromOutside(t *testing.T) {
	v := clock.NewVirtual(start)
	ctx, cancel := context.WithCancel(t.Context())
	v.Run(func() {
		g := v.Group()
		g.Go(func() {
			if err := v.Sleep(ctx, 365*24*time.Hour); !errors.Is(err, context.Canceled) {
				t.Errorf("Sleep under an ended context: got %v", err)
			}
		})
		for hour := range 24 {
			v.Sleep(t.Context(), time.Hour)
			if hour == 11 {
				done := make(chan struct{})
				go func() { cancel(); close(done) }()
				<-done
			}
		}
		g.Wait()
	})
	if passed := v.Now().Sub(start); passed != 24*time.Hour {
		t.Errorf("the timeline went on for %s, want 24h", passed)
	}
}

func TestVirtualRunPanicsWhenProcessesWaitForOneAnother(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Run returned although a process waits for ever")
		}
	}()
	v := clock.NewVirtual(start)
	v.Run(func() {
		g := v.Group()
		g.Go(func() { g.Wait() })
	})
}

func TestVirtualOutsideRunJustMoves(t *testing.T) {
	v := clock.NewVirtual(start)
	if err := v.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := v.Now().Sub(start); got != time.Hour {
		t.Errorf("clock moved %s, want 1h", got)
	}
}

func TestRealSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r := clock.NewReal(20)
		before := r.Now()
		if err := r.Sleep(t.Context(), 20*time.Second); err != nil {
			t.Fatal(err)
		}
		if wall := time.Since(began); wall != time.Second {
			t.Errorf("20s at 20x took %s of wall time, want 1s", wall)
		}
		if passed := r.Now().Sub(before); passed != 20*time.Second {
			t.Errorf("the clock moved %s, want 20s", passed)
		}
		ctx, cancel := r.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := r.Sleep(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep past the deadline: got %v", err)
		}
	})
}

func BenchmarkVirtualHandOver(b *testing.B) {
	v := clock.NewVirtual(start)
	v.Run(func() {
		for range 2 {
			g := v.Group()
			g.Go(func() {
				for range b.N {
					v.Sleep(context.Background(), time.Millisecond)
				}
			})
		}
	})
}

// The machine's clock may be set while a drill runs. Real time goes on as long as
// the machine runs, whatever the wall says.
func TestRealDoesNotFollowTheWall(t *testing.T) {
	wall, ran := start, time.Duration(0)
	pass := func(d, set time.Duration) { wall, ran = wall.Add(d+set), ran+d }
	c := clock.NewRealOf(func() (time.Time, time.Duration) { return wall, ran }, 2)
	for _, set := range []time.Duration{0, -time.Hour, 0, 3 * time.Hour, -24 * time.Hour} {
		before := c.Now()
		pass(time.Second, set)
		if passed := c.Now().Sub(before); passed != 2*time.Second {
			t.Errorf("the wall was set by %v in a second at double speed, and %v passed", set, passed)
		}
	}
}

func TestNotBefore(t *testing.T) {
	v := clock.NewVirtual(start)
	if c := clock.NotBefore(v, start.Add(-time.Hour)); c != clock.Clock(v) {
		t.Error("a clock that is past the moment was changed")
	}
	c := clock.NotBefore(v, start.Add(time.Hour))
	v.Run(func() { _ = c.Sleep(t.Context(), time.Minute) })
	if got := c.Now(); !got.Equal(start.Add(time.Hour + time.Minute)) {
		t.Errorf("a minute after it was put ahead by an hour it is %v", got)
	}
}
