package awsjson

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// tcpPatience is how long a caller without a deadline of its own waits for a
// Region that does not answer.
const tcpPatience = time.Minute

// Transport carries the calls of one caller to one endpoint of the simulated
// cloud, without a socket. It is made by [Server.Transport].
type Transport struct {
	server   *Server
	from, to string
	caller   *sim.Principal
}

// Transport returns a client's transport from a caller in Region from, with
// the given identity, to the endpoint of Region to. It is meant for
// kms.Options.HTTPClient, with anonymous credentials and no retryer.
//
// Each call takes the modelled network's time on the server's clock, and may
// not arrive: a dark Region looks as its fault says, a lost reply looks like a
// time-out. The request's context ends the wait.
func (s *Server) Transport(from, to string, p *sim.Principal) *Transport {
	return &Transport{server: s, from: from, to: to, caller: p}
}

// Do carries one call. It is what the SDK asks of an HTTP client.
func (t *Transport) Do(req *http.Request) (*http.Response, error) {
	s, ctx := t.server, req.Context()
	target := req.Header.Get("X-Amz-Target")
	route, id := s.route(t.from, t.to, target)
	if route.Look != sim.LookNone && route.Look != sim.Look503 {
		return nil, t.unreachable(ctx, req, route)
	}
	there := route.RoundTrip / 2
	if err := s.clock.Sleep(ctx, there); err != nil {
		return nil, err
	}
	resp, err := t.handle(req, target, route, id)
	if err != nil {
		return nil, err
	}
	if route.LostReply {
		return nil, t.silence(ctx, req)
	}
	return resp, s.clock.Sleep(ctx, route.RoundTrip-there)
}

// handle is what happens at the endpoint at the moment the call arrives.
func (t *Transport) handle(req *http.Request, target string, route sim.Route, id sim.RequestID) (*http.Response, error) {
	s := t.server
	if route.Look == sim.Look503 {
		return reply(req, http.StatusServiceUnavailable, "", []byte("Service Unavailable")), nil
	}
	call := sim.Call{Region: t.to, From: t.from, Principal: t.caller, RequestID: id}
	b := s.buffer()
	defer s.buffers.Put(b)
	if err := b.read(req.Body, req.ContentLength); err != nil {
		return nil, err
	}
	failed := route.Err
	if failed == nil {
		if o := s.ops[target]; o == nil {
			failed = unknownOperation()
		} else {
			b.out, failed = s.answer(o, &call, b.in, b.out[:0])
		}
	}
	if failed != nil {
		b.out = appendError(b.out[:0], failed)
		return reply(req, failed.Status, id.String(), bytes.Clone(b.out)), nil
	}
	return reply(req, http.StatusOK, id.String(), bytes.Clone(b.out)), nil
}

// buffer is the room for one call's bodies.
type buffer struct{ in, out []byte }

// buffer takes room from the server's pool, to be put back.
func (s *Server) buffer() *buffer {
	if b, ok := s.buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

// read reads a body; size is how long it says it is, -1 for not saying. A body
// takes no more room than twice what has come of it, and little at first:
// saying that much will come costs nothing.
func (b *buffer) read(body io.Reader, size int64) error {
	b.in = b.in[:0]
	if body == nil {
		return nil
	}
	const little = 16 << 10
	if size >= 0 && size <= little {
		b.in = slices.Grow(b.in, int(size))[:size]
		_, err := io.ReadFull(body, b.in)
		return err
	}
	for {
		b.in = slices.Grow(b.in, max(little, len(b.in)))
		n, err := body.Read(b.in[len(b.in):cap(b.in)])
		b.in = b.in[:len(b.in)+n]
		switch {
		case err == io.EOF && size >= 0 && int64(len(b.in)) < size:
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// maxBody is the longest body that is looked at. The longest that KMS has a
// use for is an attestation document of 256 KiB in base64.
const maxBody = 512 << 10

// unreachable spends the time that a failure to reach the endpoint takes, and
// returns what it looks like.
func (t *Transport) unreachable(ctx context.Context, req *http.Request, route sim.Route) error {
	switch route.Look {
	case sim.LookDNS:
		if err := t.server.clock.Sleep(ctx, route.RoundTrip/4); err != nil {
			return err
		}
		return &net.DNSError{Err: "no such host", Name: t.endpoint(req), IsNotFound: true}
	case sim.LookRefused:
		if err := t.server.clock.Sleep(ctx, route.RoundTrip); err != nil {
			return err
		}
		return &net.OpError{
			Op: "dial", Net: "tcp", Addr: address(t.endpoint(req) + ":443"),
			Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
		}
	default:
		return t.silence(ctx, req)
	}
}

// silence waits for an answer that does not come.
func (t *Transport) silence(ctx context.Context, req *http.Request) error {
	if err := t.server.clock.Sleep(ctx, tcpPatience); err != nil {
		return err
	}
	return &net.OpError{
		Op: "read", Net: "tcp", Addr: address(t.endpoint(req) + ":443"),
		Err: os.NewSyscallError("read", syscall.ETIMEDOUT),
	}
}

func (t *Transport) endpoint(req *http.Request) string {
	if host := req.URL.Hostname(); host != "" {
		return host
	}
	return "kms." + t.to + ".amazonaws.com"
}

// address is the name of an endpoint as a network address.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// httpAnswer is an answer, its headers' values and its body in one piece.
type httpAnswer struct {
	http.Response
	values [2]string
	body   bytes.Reader
}

func (a *httpAnswer) Read(p []byte) (int, error)         { return a.body.Read(p) }
func (a *httpAnswer) WriteTo(w io.Writer) (int64, error) { return a.body.WriteTo(w) }
func (a *httpAnswer) Close() error                       { return nil }

const contentType = "application/x-amz-json-1.1"

func reply(req *http.Request, status int, requestID string, body []byte) *http.Response {
	a := &httpAnswer{Response: http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)), Request: req, Header: make(http.Header, 2),
	}}
	a.values = [2]string{contentType, requestID}
	a.Header["Content-Type"] = a.values[0:1:1]
	if requestID != "" {
		a.Header["X-Amzn-Requestid"] = a.values[1:2:2]
	}
	a.body.Reset(body)
	a.Body = a
	return &a.Response
}
