package awsjson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// The limits that keep a served world well when clients are slow or many.
const (
	maxConnections = 4096
	headerPatience = 10 * time.Second // for a request's header to arrive
	readPatience   = 30 * time.Second // for the whole request
	writePatience  = 2 * time.Minute  // for the answer; a dark Region keeps silent for one
	idlePatience   = 3 * time.Minute  // between requests
	stopPatience   = 5 * time.Second  // for requests under way when the server stops
)

// Serve serves h on l until ctx ends, then lets requests under way finish. Its
// error is nil when it was stopped that way.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerPatience, ReadTimeout: readPatience, WriteTimeout: writePatience,
		IdleTimeout: idlePatience, MaxHeaderBytes: 64 << 10,
		// Clients that go away in the middle are their own affair.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		err := server.Shutdown(patience)
		if err != nil {
			err = server.Close()
		}
		stopped <- err
	})
	err := server.Serve(&limitedListener{Listener: l, most: maxConnections})
	if errors.Is(err, http.ErrServerClosed) && !stop() {
		return <-stopped
	}
	return fmt.Errorf("serve on %s: %w", l.Addr(), err)
}

// limitedListener turns connections away when there are too many, with a
// reason instead of a silence.
type limitedListener struct {
	net.Listener
	most int64
	open atomic.Int64
}

const turnedAway = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n" +
	"Content-Length: 87\r\n\r\n" + `{"__type":"ServiceUnavailableException","message":"Too many connections are open now."}`

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.most {
			return &countedConn{Conn: conn, open: &l.open}, nil
		}
		l.open.Add(-1)
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(conn, turnedAway)
		_ = conn.Close()
	}
}

// countedConn is a connection that is counted until it is closed.
type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}
