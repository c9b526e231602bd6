package drill_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

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

// BenchmarkLibrary runs the runbooks of the library that take longest; the year
// only with -whole-library.
func BenchmarkLibrary(b *testing.B) {
	for _, book := range []string{"ci-smoke", "region-outage", "a-year-of-rotations"} {
		b.Run(book, func(b *testing.B) {
			if book == "a-year-of-rotations" && !*wholeLibrary {
				b.Skip("a minute long")
			}
			benchmarkRun(b, func() drill.Options { return options(b, book, b.TempDir(), 7, "") })
		})
	}
}

// benchmarkRun runs a drill as drill run does, with its pace of the garbage
// collector. The ratio is what a call of the drill costs (all that the drill,
// its files and the simulated cloud do, shared out among its calls) against
// such a call of the SDK's client as it comes, on a transport that replies a
// constant; both in one run.
func benchmarkRun(b *testing.B, prepare func() drill.Options) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var calls int64
	var passed, bare time.Duration
	for b.Loop() {
		b.StopTimer()
		o := prepare()
		o.Observe = func(e journal.Event) {
			if e.Kind != journal.DrillEnded {
				return
			}
			if end, err := journal.Payload[journal.Ended](e); err == nil {
				for _, n := range end.Calls {
					calls += int64(n)
				}
			}
		}
		bare += bareCall(b)
		began := o.Cloud.Clock.Now()
		b.StartTimer()
		res, err := drill.Run(b.Context(), o)
		b.StopTimer()
		if err != nil || res.Verdict != journal.Pass {
			b.Fatal(err, res.Headline)
		}
		passed += o.Cloud.Clock.Now().Sub(began)
		bare += bareCall(b)
		b.StartTimer()
	}
	each := b.Elapsed() / time.Duration(calls)
	b.ReportMetric(float64(calls)/float64(b.N), "calls")
	b.ReportMetric(float64(each.Microseconds()), "µs/call")
	b.ReportMetric(float64(each)/float64(bare/time.Duration(2*b.N)), "ratio")
	b.ReportMetric(passed.Seconds()/b.Elapsed().Seconds(), "×real-time")
}

// constant is a transport that replies the same to every call.
type constant struct{}

func (constant) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(strings.NewReader(`{"KeyId":"k","CiphertextBlob":"` + strings.Repeat("QUJD", 64) + `"}`)),
	}, nil
}

// bareCall is how long the SDK's own part of a call takes now.
func bareCall(b *testing.B) time.Duration {
	b.Helper()
	const many = 5000
	c := kms.New(kms.Options{Region: "us-east-1", HTTPClient: constant{}, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{}})
	in := &kms.EncryptInput{KeyId: aws.String("alias/k"), Plaintext: make([]byte, 32), EncryptionContext: map[string]string{"a": "b", "c": "d"}}
	began := time.Now()
	for range many {
		if _, err := c.Encrypt(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / many
}
