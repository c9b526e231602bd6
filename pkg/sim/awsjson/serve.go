package awsjson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
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
		Handler: visited(h), ReadHeaderTimeout: headerPatience, ReadTimeout: readPatience, WriteTimeout: writePatience,
		IdleTimeout: idlePatience, MaxHeaderBytes: 64 << 10, ConnContext: withVisitor,
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
	err := server.Serve(newGate(l, maxConnections))
	if errors.Is(err, http.ErrServerClosed) && !stop() {
		return <-stopped
	}
	return fmt.Errorf("serve on %s: %w", l.Addr(), err)
}
