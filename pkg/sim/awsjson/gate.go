package awsjson

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// gate lets in a number of connections at once. When there are more, the one
// that has said nothing whole for the longest time has to go, with a reason:
// so clients that open connections and are slow to speak can't keep out those
// that speak. A connection whose request is being answered stays.
type gate struct {
	net.Listener
	most int
	mu   sync.Mutex // guards open
	open map[*visitor]struct{}
}

func newGate(l net.Listener, most int) *gate {
	return &gate{Listener: l, most: most, open: map[*visitor]struct{}{}}
}

// visitor is a connection that was let in.
type visitor struct {
	net.Conn
	gate  *gate
	heard atomic.Int64 // when it came or had its last answer, in nanoseconds since 1970
	busy  atomic.Bool  // its request has arrived whole and is being answered
}

// Accept waits for the next connection.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) && g.evict() {
			continue // the system lets us have fewer than we would
		}
		if err != nil {
			return nil, err
		}
		v := &visitor{Conn: conn, gate: g}
		v.heard.Store(time.Now().UnixNano())
		g.mu.Lock()
		full := len(g.open) >= g.most
		g.mu.Unlock()
		if full && !g.evict() {
			turnAway(conn)
			continue
		}
		g.mu.Lock()
		g.open[v] = struct{}{}
		g.mu.Unlock()
		return v, nil
	}
}

// evict turns away the connection that has waited longest; false when all of
// them are being answered.
func (g *gate) evict() bool {
	g.mu.Lock()
	var oldest *visitor
	for v := range g.open {
		if !v.busy.Load() && (oldest == nil || v.heard.Load() < oldest.heard.Load()) {
			oldest = v
		}
	}
	delete(g.open, oldest)
	g.mu.Unlock()
	if oldest == nil {
		return false
	}
	turnAway(oldest.Conn)
	return true
}

// turnAway closes a connection after telling why.
func turnAway(conn net.Conn) {
	const body = `{"__type":"ServiceUnavailableException","message":"Too many connections are open now."}`
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: "+contentType+
		"\r\nConnection: close\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	_ = conn.Close()
}

// Close closes the connection and makes room for another.
func (v *visitor) Close() error {
	v.gate.mu.Lock()
	delete(v.gate.open, v)
	v.gate.mu.Unlock()
	return v.Conn.Close()
}

type visitorKey struct{}

// withVisitor lets requests know their connection.
func withVisitor(ctx context.Context, c net.Conn) context.Context {
	if v, ok := c.(*visitor); ok {
		return context.WithValue(ctx, visitorKey{}, v)
	}
	return ctx
}

// arrived notes that a request has arrived whole: its connection stays until it
// has its answer.
func arrived(r *http.Request) {
	if v, ok := r.Context().Value(visitorKey{}).(*visitor); ok {
		v.busy.Store(true)
	}
}

// visited is a handler after whose answers a connection counts as waiting again.
func visited(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, ok := r.Context().Value(visitorKey{}).(*visitor); ok {
			defer func() {
				v.heard.Store(time.Now().UnixNano())
				v.busy.Store(false)
			}()
		}
		h.ServeHTTP(w, r)
	})
}
