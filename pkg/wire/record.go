package wire

import (
	"net/http"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// Call is one attempt to get an answer: what was asked of whom, and what came back.
type Call struct {
	From, To string // caller's and endpoint's Region
	Op       string
	Start    time.Time
	Took     time.Duration
	Answer
}

// Record returns a transport that tells about every attempt made through next,
// once it has ended. The SDK's own retries are attempts of their own.
func Record(next Doer, c clock.Clock, from, to string, tell func(Call)) Doer {
	return &recorder{next: next, clock: c, from: from, to: to, tell: tell}
}

type recorder struct {
	next     Doer
	clock    clock.Clock
	from, to string
	tell     func(Call)
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	call := Call{From: r.from, To: r.to, Op: Operation(req), Start: r.clock.Now()}
	resp, err := r.next.Do(req)
	call.Took = r.clock.Now().Sub(call.Start)
	call.Answer = ReadAnswer(req, resp, err)
	r.tell(call)
	return resp, err
}
