package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// connectLimit is how long a caller without a deadline of its own waits for a
// Region that swallows packets: about what a TCP connect takes to give up.
const connectLimit = 60 * time.Second

// Injector makes calls fail on this side of the network. It is how a drill on
// AWS loses a Region: only its own calls are cut, and a report says so.
//
// Every fault ends by itself after its AtMost, so a process that dies leaves
// nothing broken.
type Injector struct {
	clock clock.Clock
	mu    sync.Mutex // guards what follows; never held across a wait
	rng   *rand.Rand
	on    []running
}

type running struct {
	Fault
	until time.Time
}

// NewInjector returns an injector without faults. The seed decides which calls
// a fault with a share hits.
func NewInjector(c clock.Clock, seed uint64) *Injector {
	return &Injector{clock: c, rng: rand.New(rand.NewPCG(seed, 0x6d726b))}
}

// clientKinds are the faults that can be made on the caller's side.
const clientKinds = "region-outage, region-slow, throttle, api-error, lost-reply"

// Start begins a fault. It is refused when its kind can't be made on this side
// of the network, when it has no name, or when it would not end by itself.
func (in *Injector) Start(f Fault) error {
	if f.Name == "" {
		return fmt.Errorf("fault without a name: give it one, so that it can be stopped")
	}
	if f.AtMost <= 0 {
		return fmt.Errorf("fault %s has no at-most: say how long it may last at the longest", f.Name)
	}
	switch f.Kind {
	case "region-outage":
		switch f.Looks {
		case "", "timeout", "refused", "dns", "503":
		default:
			return fmt.Errorf("fault %s looks like %q; an outage looks like timeout, refused, dns or 503", f.Name, f.Looks)
		}
	case "region-slow":
		if f.By <= 0 {
			return fmt.Errorf("fault %s says nothing about how slow: give it by, a duration", f.Name)
		}
	case "throttle", "lost-reply":
	case "api-error":
		if f.Looks == "" {
			return fmt.Errorf("fault %s names no error: give it looks-like, an error code of AWS", f.Name)
		}
	default:
		return fmt.Errorf("fault %s is of kind %q, which can't be made from the caller's side; those that can: %s", f.Name, f.Kind, clientKinds)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.on = slices.DeleteFunc(in.on, func(r running) bool { return r.Name == f.Name })
	in.on = append(in.on, running{Fault: f, until: in.clock.Now().Add(f.AtMost)})
	return nil
}

// Stop ends the fault of that name, if it is still on.
func (in *Injector) Stop(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.on = slices.DeleteFunc(in.on, func(r running) bool { return r.Name == name })
}

// Active returns the faults that are on.
func (in *Injector) Active() []Fault {
	now := in.clock.Now()
	in.mu.Lock()
	defer in.mu.Unlock()
	var on []Fault
	for _, r := range in.on {
		if now.Before(r.until) {
			on = append(on, r.Fault)
		}
	}
	return on
}

// Inject returns a transport to the endpoint of Region to that suffers from
// the injector's faults.
func (in *Injector) Inject(next Doer, to string) Doer {
	return &injected{in: in, next: next, to: to}
}

type injected struct {
	in   *Injector
	next Doer
	to   string
}

func (i *injected) Do(req *http.Request) (*http.Response, error) {
	lost := false
	for _, f := range i.in.hits(Operation(req), i.to) {
		lost = lost || f.Kind == "lost-reply"
		resp, err, cut := i.in.suffer(req, f)
		if cut {
			return resp, err
		}
	}
	resp, err := i.next.Do(req)
	if err == nil && lost {
		_ = resp.Body.Close() // the answer is lost anyway
		return nil, i.in.timeout(req)
	}
	return resp, err
}

// hits returns the faults that strike one call.
func (in *Injector) hits(op, to string) []Fault {
	now := in.clock.Now()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.on = slices.DeleteFunc(in.on, func(r running) bool { return !now.Before(r.until) })
	var hit []Fault
	for _, r := range in.on {
		if r.strikes(op, to) && (r.Share <= 0 || r.Share >= 1 || in.rng.Float64() < r.Share) {
			hit = append(hit, r.Fault)
		}
	}
	return hit
}

// strikes tells whether a fault concerns an operation at a Region's endpoint.
func (f Fault) strikes(op, to string) bool {
	if len(f.In) > 0 && !slices.Contains(f.In, to) {
		return false
	}
	if len(f.Calls) > 0 {
		return slices.Contains(f.Calls, op)
	}
	return len(f.Planes) == 0 || slices.Contains(f.Planes, PlaneOf(op))
}

// suffer plays a fault to a caller; cut tells whether the call ends with it.
func (in *Injector) suffer(req *http.Request, f Fault) (resp *http.Response, err error, cut bool) { //nolint:revive // the reply and its error belong together
	switch f.Kind {
	case "region-slow":
		if err := in.clock.Sleep(req.Context(), f.By); err != nil {
			return nil, err, true
		}
		return nil, nil, false
	case "lost-reply": // the call goes out; its answer never comes back
		return nil, nil, false
	case "throttle":
		return reply(req, http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), nil, true
	case "api-error":
		return reply(req, http.StatusBadRequest, f.Looks, "injected by the fault "+f.Name), nil, true
	}
	host := req.URL.Host
	switch f.Looks {
	case "refused":
		return nil, dialError(host, os.NewSyscallError("connect", syscall.ECONNREFUSED)), true
	case "dns":
		return nil, dialError(host, &net.DNSError{Err: "no such host", Name: req.URL.Hostname(), IsNotFound: true}), true
	case "503":
		return reply(req, http.StatusServiceUnavailable, "", ""), nil, true
	default:
		return nil, in.timeout(req), true
	}
}

// timeout waits as long as a caller waits for an answer that does not come.
func (in *Injector) timeout(req *http.Request) error {
	err := in.clock.Sleep(req.Context(), connectLimit)
	if err == nil {
		err = context.DeadlineExceeded
	}
	return dialError(req.URL.Host, err)
}

// dialError is what net/http returns when a connection can't be made.
func dialError(host string, why error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: hostAddr(host), Err: why}
}

type hostAddr string

func (hostAddr) Network() string  { return "tcp" }
func (h hostAddr) String() string { return string(h) }

// reply is an error as KMS would send it; without a code it is the bare answer
// of a load balancer.
func reply(req *http.Request, status int, code, message string) *http.Response {
	var body []byte
	header := http.Header{}
	if code != "" {
		body, _ = json.Marshal(map[string]string{"__type": code, "message": message}) // two strings always marshal
		header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", status, strings.TrimSpace(http.StatusText(status))),
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}
