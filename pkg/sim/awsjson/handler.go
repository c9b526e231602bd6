package awsjson

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

// HandlerOptions say how a world is served over HTTP. The zero value knows the
// credentials test/test and adds no latency.
type HandlerOptions struct {
	// Credentials are known beside test/test.
	Credentials []Credential
	// Latency makes each call take the time that the modelled network would,
	// from the caller's Region where the access key names it (see the
	// documentation of sim serve), else from outside AWS.
	Latency bool
	// Program and State are what the status says of the server: its name and
	// version, and the file it keeps its world in.
	Program, State string
	// Wall is the time that signatures are held against; nil means time.Now.
	Wall func() time.Time
}

// handler answers KMS, and what clients of KMS ask beside it, over HTTP.
type handler struct {
	server *Server
	keys   *keyring
	o      HandlerOptions
	base   time.Duration // what the network takes within a Region
	// latency is HandlerOptions.Latency; it can be changed while serving.
	latency atomic.Bool
}

// Handler serves the world to any client that signs its requests: KMS for all
// Regions at one address, STS GetCallerIdentity, CloudTrail LookupEvents, and
// what IAM has to say about the service-linked role of multi-Region keys.
// The Region is that of the signature's scope, and must be that of the host
// where the host names one (kms.eu-west-1.localhost).
func (s *Server) Handler(o HandlerOptions) http.Handler {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	world := s.world.Options()
	h := &handler{server: s, keys: newKeyring(world.Account, o.Credentials), o: o, base: world.Network.Base}
	h.latency.Store(o.Latency)
	return h
}

// uncached are the values of the headers by which KMS keeps its answers out of
// caches: Cache-Control, Expires and Pragma.
//
//nolint:gochecknoglobals // a table that nothing changes
var uncached = [...]string{"no-cache, no-store, must-revalidate, private", "0", "no-cache"}

// ServeHTTP answers one request.
//
// Rules: MRK-WIRE-01.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, control.Path) {
		h.control(w, r)
		return
	}
	id := h.server.requestID()
	header := w.Header()
	header["X-Amzn-Requestid"] = []string{id.String()}
	header["Cache-Control"], header["Expires"], header["Pragma"] = uncached[:1:1], uncached[1:2:2], uncached[2:]
	b := h.server.buffer()
	defer h.server.buffers.Put(b)
	if r.Method != http.MethodPost {
		h.fail(w, b, &sim.Error{Code: "UnknownOperationException", Status: http.StatusNotFound})
		return
	}
	if failed := b.receive(w, r); failed != nil {
		h.fail(w, b, failed)
		return
	}
	arrived(r)
	who, scratch, failed := h.keys.verify(r, b.in, h.o.Wall(), b.out)
	b.out = scratch
	if failed != nil {
		if isForm(r) {
			h.failXML(w, stsNamespace, id, failed)
			return
		}
		h.fail(w, b, failed)
		return
	}
	call := sim.Call{Region: who.region, From: h.keys.caller(who.principal), Principal: who.principal, RequestID: id}
	target := r.Header.Get("X-Amz-Target")
	switch {
	case isForm(r) && who.service == "iam":
		h.serviceRole(w, b.in, call)
	case isForm(r):
		h.identity(w, b.in, call)
	case strings.HasSuffix(target, lookupTarget):
		h.lookupEvents(w, b, call)
	default:
		h.call(w, r, b, target, call)
	}
}

// receive reads a request's body, up to maxBody.
func (b *buffer) receive(w http.ResponseWriter, r *http.Request) *sim.Error {
	tooLong := &sim.Error{Code: "RequestEntityTooLargeException", Message: "Request entity too large", Status: http.StatusRequestEntityTooLarge}
	if r.ContentLength > maxBody {
		w.Header().Set("Connection", "close")
		return tooLong
	}
	err := b.read(http.MaxBytesReader(w, r.Body, maxBody), r.ContentLength)
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLong
	}
	if err != nil {
		return &sim.Error{Code: "RequestAbortedException", Message: "The request's body ended early.", Status: http.StatusBadRequest}
	}
	return nil
}

// call answers one call of KMS, unless a fault keeps it from arriving.
func (h *handler) call(w http.ResponseWriter, r *http.Request, b *buffer, target string, c sim.Call) {
	s, latency := h.server, h.latency.Load()
	from := c.From
	if !latency {
		from = c.Region
	}
	route, _ := s.route(from, c.Region, target)
	switch route.Look {
	case sim.LookNone:
	case sim.Look503:
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	case sim.LookTimeout:
		h.silence(w, r)
		return
	default: // A name that does not resolve can only be shown as a closed door.
		hangUp(w)
		return
	}
	travel := route.RoundTrip
	if !latency {
		travel -= h.base
	}
	if travel > time.Millisecond && s.clock.Sleep(r.Context(), travel/2) != nil {
		return
	}
	failed := route.Err
	if o := s.ops[target]; failed == nil && o == nil {
		failed = unknownOperation()
	} else if failed == nil {
		b.out, failed = s.answer(o, &c, b.in, b.out[:0])
	}
	if route.LostReply {
		h.silence(w, r)
		return
	}
	if travel > time.Millisecond && s.clock.Sleep(r.Context(), travel/2) != nil {
		return
	}
	if failed != nil {
		h.fail(w, b, failed)
		return
	}
	w.Header()["Content-Type"] = []string{contentType}
	_, _ = w.Write(b.out) // the client is gone: nobody to tell
}

// silence keeps a caller waiting until it gives up, then hangs up.
func (h *handler) silence(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), tcpPatience)
	defer cancel()
	<-ctx.Done()
	hangUp(w)
}

// hangUp ends the connection without an answer, by a reset.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 or a recorder: net/http's own way to cut an answer
	}
	if v, ok := conn.(*visitor); ok {
		defer v.Close() //nolint:errcheck // it is cut anyway
		conn = v.Conn
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (h *handler) fail(w http.ResponseWriter, b *buffer, e *sim.Error) {
	b.out = appendError(b.out[:0], e)
	w.Header()["Content-Type"] = []string{contentType}
	w.WriteHeader(e.Status)
	_, _ = w.Write(b.out)
}
