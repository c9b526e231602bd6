package load

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

func series() *Series { return NewSeries("pay", "eu-west-1", "us-east-1", start, 10*time.Second) }

func (s *Series) done(due float64, latency time.Duration, code string) {
	x := Sample{Due: at(due), Latency: latency, Code: code}
	if code != "" {
		x.Outcome = history.Failed
	}
	s.Sending(x.Due)
	s.Ended(x)
}

func TestAWindowWaitsForItsCalls(t *testing.T) {
	s := series()
	s.done(1, 20*time.Millisecond, "")
	s.done(2, 40*time.Millisecond, "")
	s.Sending(at(9)) // answered only in the third window
	s.done(11, 30*time.Millisecond, "")
	if got := s.Closed(at(25)); len(got) != 0 {
		t.Fatalf("closed early: %+v", got)
	}
	s.Ended(Sample{Due: at(9), Latency: 12 * time.Second, Outcome: history.Unknown, Code: "region-unreachable"})
	want := []journal.Window{
		{
			Probe: "pay", From: "eu-west-1", To: "us-east-1", Start: start, Length: 10 * time.Second, Sent: 3, OK: 2, Unknown: 1,
			P50: 20 * time.Millisecond, P99: 40 * time.Millisecond, Max: 40 * time.Millisecond, Code: "region-unreachable",
		},
		{
			Probe: "pay", From: "eu-west-1", To: "us-east-1", Start: at(10), Length: 10 * time.Second, Sent: 1, OK: 1,
			P50: 30 * time.Millisecond, P99: 30 * time.Millisecond, Max: 30 * time.Millisecond,
		},
	}
	if got := s.Closed(at(25)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	s.Sending(at(65)) // no window between has a call
	if got := s.Rest(); len(got) != 1 || !got[0].Start.Equal(at(60)) || got[0].Unknown != 1 {
		t.Errorf("rest %+v", got)
	}
}

// After its first day a load is shown by the hour.
func TestAfterADayWindowsAreHours(t *testing.T) {
	const day = 86400
	s := series()
	for _, due := range []float64{day - 1, day, day + 3599, day + 3600, day + 7200} {
		s.done(due, time.Millisecond, "")
	}
	var got []string
	for _, w := range s.Closed(at(day + 2*3600)) {
		got = append(got, fmt.Sprintf("%d at %v for %v", w.Sent, w.Start.Sub(start), w.Length))
	}
	want := []string{"1 at 23h59m50s for 10s", "2 at 24h0m0s for 1h0m0s", "1 at 25h0m0s for 1h0m0s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Whatever the order, each call is in one window, and windows come in order.
func TestNoCallIsLostOrCountedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := series()
		var waiting []time.Time
		var windows []journal.Window
		sent, ended := 0, 0
		now := start
		for range rapid.IntRange(1, 100).Draw(t, "acts") {
			switch act := rapid.IntRange(0, 2).Draw(t, "act"); {
			case act == 0:
				now = now.Add(time.Duration(rapid.IntRange(0, 15000).Draw(t, "ms")) * time.Millisecond)
				s.Sending(now)
				waiting, sent = append(waiting, now), sent+1
			case act == 1 && len(waiting) > 0:
				i := rapid.IntRange(0, len(waiting)-1).Draw(t, "which")
				s.Ended(Sample{Due: waiting[i], Latency: now.Sub(waiting[i]), Outcome: history.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")), Code: "x"})
				waiting, ended = slices.Delete(waiting, i, i+1), ended+1
			default:
				windows = append(windows, s.Closed(now)...)
			}
		}
		windows = append(windows, s.Rest()...)
		total := 0
		for i, w := range windows {
			total += w.Sent
			if w.Sent != w.OK+w.Failed+w.Unknown || w.Sent == 0 {
				t.Fatalf("window %+v", w)
			}
			if i > 0 && !w.Start.After(windows[i-1].Start) {
				t.Fatalf("window %s after %s", w.Start, windows[i-1].Start)
			}
		}
		if total != sent || s.Total().Sent() != ended {
			t.Fatalf("%d in windows of %d, %d in all of %d", total, sent, s.Total().Sent(), ended)
		}
	})
}

func TestHistogramIsRightToThreeDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStats(start)
		var all []time.Duration
		for _, us := range rapid.SliceOfN(rapid.Int64Range(1, int64(longest/unit)), 1, 200).Draw(t, "us") {
			all = append(all, time.Duration(us)*unit)
			s.Add(Sample{Due: start, Latency: time.Duration(us) * unit})
		}
		slices.Sort(all)
		for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
			// Between two ranks either of the two values will do.
			rank := q * float64(len(all))
			low, high := float64(all[max(int(rank)-1, 0)]), float64(all[min(int(rank), len(all)-1)])
			if got := float64(s.Quantile(q)); got < low*0.999-float64(unit) || got > high*1.001+float64(unit) {
				t.Fatalf("p%g is %v to %v, the histogram says %v", q*100, time.Duration(low), time.Duration(high), time.Duration(got))
			}
		}
	})
}

func TestSLOsOnStretches(t *testing.T) {
	s := series()
	judge := func(text string, o runbook.Observed) string {
		t.Helper()
		var slo runbook.SLO
		if err := slo.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		met, measured, known := slo.Judge(o)
		return fmt.Sprintf("%t %t %s", met, known, measured)
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	expect("nothing", judge("success >= 90%", s.Total().Observed()), "false false no calls")
	guard := s.Rolling(30 * time.Second)
	forever := s.Rolling(0)
	for i := range 20 {
		s.done(float64(i), 10*time.Millisecond, "ThrottlingException")
	}
	expect("too early", judge("success >= 90% over 30s", guard.Observed(at(20))), "false false no calls")
	watch := s.Watch(at(20))
	for i := 20; i < 60; i++ {
		s.done(float64(i), 100*time.Millisecond, "")
	}
	expect("all", judge("success >= 90%", s.Total().Observed()), "false true 66.666667% (40 of 60)")
	expect("forever", judge("errors < 21", forever.Observed(at(60))), "true true 20 errors in 60 calls")
	expect("watched", judge("success >= 90%", watch.Observed()), "true true 100% (40 of 40)")
	expect("latency", judge("p99 < 250ms", watch.Observed()), "true true 100.031ms")
	expect("last 30s", judge("success >= 90% over 30s", guard.Observed(at(60))), "true true 100% (30 of 30)")
	expect("its latency", judge("max < 50ms over 30s", guard.Observed(at(60))), "false true 100ms")
	expect("silence", judge("success >= 90% over 30s", guard.Observed(at(120))), "false false no calls")
	s.Unwatch(watch)
	s.done(61, time.Second, "KMSInternalException")
	if watch.Sent() != 40 || s.Total().Sent() != 61 || s.Total().OK() != 40 || s.Total().Unknown() != 0 {
		t.Error("counts", watch.Sent(), s.Total().Sent(), s.Total().OK())
	}
	want := []Failure{{"ThrottlingException", 20, at(0), at(19)}, {"KMSInternalException", 1, at(61), at(61)}}
	if got := s.Total().Failures(); !reflect.DeepEqual(got, want) {
		t.Errorf("failures %+v", got)
	}
}

func TestManyGoroutines(t *testing.T) {
	s := series()
	guard := s.Rolling(time.Second)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := range 500 {
				s.done(float64(i)/10+float64(g)/100, time.Millisecond, "")
				s.Closed(at(float64(i) / 10))
				guard.Observed(at(float64(i) / 10)).Quantile(0.99)
			}
		})
	}
	group.Wait()
	if s.Total().OK() != 2000 {
		t.Error(s.Total().OK())
	}
}

func TestRecover(t *testing.T) {
	// A dot is a call that succeeded, an x one that did not, one a second.
	for _, c := range []struct {
		calls   string
		event   float64
		goodFor time.Duration
		want    Recovery
	}{
		{"....", 1, 2 * time.Second, Recovery{Known: true}},
		{"..xxx.......", 2, 3 * time.Second, Recovery{Known: true, Took: 3*time.Second + time.Millisecond, Bad: 3}},
		{"..xx..xx....", 2, 3 * time.Second, Recovery{Known: true, Took: 6*time.Second + time.Millisecond, Bad: 4}},
		{"..xx..xx..", 2, 3 * time.Second, Recovery{Bad: 4}},
		{"..xx..", 2, 0, Recovery{Known: true, Took: 2*time.Second + time.Millisecond, Bad: 2}},
		{"xx......", 2, 3 * time.Second, Recovery{Known: true}},
		{"..", 5, time.Second, Recovery{}},
		{"", 0, time.Second, Recovery{}},
		{"...xxx", 2, time.Second, Recovery{Bad: 3}},
	} {
		var points []Point
		for i, r := range c.calls {
			points = append(points, Point{Due: at(float64(i)), Latency: time.Millisecond, OK: r == '.'})
		}
		slices.Reverse(points) // the order of the answers does not matter
		if got := Recover(points, at(c.event), c.goodFor); got != c.want {
			t.Errorf("%q after %v: %+v, want %+v", c.calls, c.event, got, c.want)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	s := series()
	s.Rolling(30 * time.Second)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		s.done(float64(i)/1000, 20*time.Millisecond, "")
		if i%10000 == 0 {
			s.Closed(at(float64(i) / 1000))
		}
	}
}
