package drill_test

import (
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// BenchmarkTenMinutes runs ten minutes under load on virtual time, at 100 and
// at 1,000 calls a second: half of the calls seal, half open what was sealed.
func BenchmarkTenMinutes(b *testing.B) {
	for _, rate := range []int{100, 1000} {
		b.Run(fmt.Sprintf("%d-a-second", rate), func(b *testing.B) {
			text := fmt.Sprintf(`runbook: v1
name: ten-minutes
about: Ten minutes under load.
owner: nobody
regions: [us-east-1, eu-west-1]
keys:
  k: { alias: alias/k, primary: us-east-1, replicas: [eu-west-1], make: in-sim }
safety: { run-on: [sim], longest: 1h }
probes:
  writers: { do: encrypt, in: [us-east-1, eu-west-1], rate: %[1]d/s, slo: [success >= 99%%] }
  readers: { do: decrypt-backlog, in: [us-east-1, eu-west-1], rate: %[1]d/s, slo: [success >= 99%%] }
steady: { for: 1s, probes: [writers, readers] }
steps:
  - { id: load, say: Ten minutes., do: watch, for: 10m, with: { probes: [writers, readers] }, expect: { slo: met } }
objectives:
  availability: { of: readers, at-least: 99%% }
checks: [crypto-never-paused]
`, rate/4)
			benchmarkRun(b, func() drill.Options {
				book, err := runbook.Parse("ten-minutes.yaml", []byte(text), nil)
				if err != nil {
					b.Fatal(err)
				}
				o := options(b, "ci-smoke", b.TempDir(), 7, "")
				o.Book = book
				return o
			})
		})
	}
}

// BenchmarkLibrary runs the runbooks of the library that take longest.
func BenchmarkLibrary(b *testing.B) {
	for _, book := range []string{"ci-smoke", "region-outage", "a-year-of-rotations"} {
		b.Run(book, func(b *testing.B) {
			benchmarkRun(b, func() drill.Options { return options(b, book, b.TempDir(), 7, "") })
		})
	}
}

// benchmarkRun runs a drill as drill run does, with its pace of the garbage
// collector.
func benchmarkRun(b *testing.B, prepare func() drill.Options) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var calls int64
	var passed time.Duration
	for b.Loop() {
		b.StopTimer()
		o := prepare()
		o.Observe = func(e journal.Event) {
			if end, err := journal.Payload[journal.Ended](e); e.Kind == journal.DrillEnded && err == nil {
				for _, n := range end.Calls {
					calls += int64(n)
				}
			}
		}
		began := o.Cloud.Clock.Now()
		b.StartTimer()
		res, err := drill.Run(b.Context(), o)
		if err != nil || res.Verdict != journal.Pass {
			b.Fatal(err, res.Headline)
		}
		passed += o.Cloud.Clock.Now().Sub(began)
	}
	b.ReportMetric(float64(calls)/float64(b.N), "calls")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(calls), "µs/call")
	b.ReportMetric(passed.Seconds()/b.Elapsed().Seconds(), "×real-time")
}
