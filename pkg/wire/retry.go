package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// Retry returns a transport that repeats an attempt which was throttled, and
// one of a read which met a server error. A change whose outcome is unclear is
// never repeated: CreateKey and ReplicateKey have no idempotency token.
//
// It waits on the given clock, from 100 ms doubling to 5 s, and gives up after
// the given number of attempts with the last answer.
func Retry(next Doer, c clock.Clock, attempts int) Doer {
	return &retrier{next: next, clock: c, attempts: attempts}
}

type retrier struct {
	next     Doer
	clock    clock.Clock
	attempts int
}

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

func (r *retrier) Do(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, fmt.Errorf("read the request to be able to repeat it: %w", err)
		}
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		if req.Body != nil {
			req.Body = io.NopCloser(bytes.NewReader(body))
		}
		resp, err := r.next.Do(req)
		if attempt >= r.attempts || !again(ReadAnswer(req, resp, err), Operation(req)) {
			return resp, err
		}
		if err := r.clock.Sleep(req.Context(), pause); err != nil {
			return nil, err
		}
		pause = min(2*pause, longestPause)
	}
}

// again tells whether a call may be repeated after an answer.
func again(a Answer, op string) bool {
	switch a.Code {
	case "ThrottlingException", "Throttling", "RequestThrottled", "TooManyRequestsException":
		return true
	case "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException":
		return !Changes(op)
	case Unreachable:
		return a.Look == "503" && !Changes(op)
	default:
		return false
	}
}
