package awsjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
)

// control answers what a served world is told beside AWS's calls. It listens
// to the same machine only, and not to web pages that run there.
func (h *handler) control(w http.ResponseWriter, r *http.Request) {
	if err := local(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := h.command(r, strings.TrimPrefix(r.URL.Path, control.Path), body)
	switch {
	case errors.Is(err, errNoCommand):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case answer == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		out, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out)
	}
}

var errNoCommand = errors.New("no such command")

// local says whether a request came from this machine and was meant for it.
func local(r *http.Request) error {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(from); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("control requests are answered from the same machine only")
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	if host != "localhost" && !strings.HasSuffix(host, ".localhost") && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("control requests are not answered for host %q", host)
	}
	if r.Header.Get(control.Header) == "" {
		return fmt.Errorf("control requests need the header %s", control.Header)
	}
	return nil
}

func (h *handler) command(r *http.Request, name string, body []byte) (any, error) {
	if get := name == "status" || name == "trail"; get != (r.Method == http.MethodGet) {
		return nil, errNoCommand
	}
	switch name {
	case "status":
		return h.status(), nil
	case "trail":
		return h.trail(r)
	case "fault/start":
		var f control.Fault
		if err := json.Unmarshal(body, &f); err != nil {
			return nil, err
		}
		return nil, h.server.Change(func(w *sim.World) error { return w.StartFault(f.Sim()) })
	case "fault/stop":
		var f struct{ Name string }
		if err := json.Unmarshal(body, &f); err != nil {
			return nil, err
		}
		return nil, h.server.Change(func(w *sim.World) error { return w.StopFault(f.Name) })
	case "advance":
		var a struct{ By control.Duration }
		if err := json.Unmarshal(body, &a); err != nil {
			return nil, err
		}
		return nil, h.server.Skip(time.Duration(a.By))
	case "latency":
		var l struct{ On bool }
		if err := json.Unmarshal(body, &l); err != nil {
			return nil, err
		}
		h.latency.Store(l.On)
		return nil, nil
	case "reset":
		return nil, h.reset()
	}
	return nil, errNoCommand
}

// reset puts an empty world of the same kind in the place of this one.
func (h *handler) reset() error {
	var o sim.Options
	h.server.View(func(w *sim.World) { o = w.Options() })
	o.Start = h.server.clock.Now()
	w, err := sim.New(o)
	if err != nil {
		return err
	}
	return h.server.Replace(w)
}

func (h *handler) status() control.Status {
	s := control.Status{
		Program: h.o.Program, State: h.o.State, Latency: h.latency.Load(),
		Ahead: control.Duration(h.server.ahead.Load()), Regions: []control.RegionCount{}, Faults: []control.ActiveFault{},
	}
	h.server.View(func(w *sim.World) {
		s.Account, s.Now = w.Options().Account, w.Now()
		if next, ok := w.Next(); ok {
			s.Next = &next
		}
		for _, c := range w.Census() {
			s.Regions = append(s.Regions, control.RegionCount{
				Region: c.Region, Keys: c.Keys, Primaries: c.Primaries,
				Replicas: c.Members - c.Primaries, Aliases: c.Aliases, TrailRecords: c.TrailRecords,
			})
		}
		for _, f := range w.Faults() {
			s.Faults = append(s.Faults, control.ActiveFault{Fault: control.FromSim(f), Ends: w.FaultEnds(f.Name)})
		}
	})
	return s
}

func (h *handler) trail(r *http.Request) (any, error) {
	q := r.URL.Query()
	var from, to time.Time
	for name, t := range map[string]*time.Time{"from": &from, "to": &to} {
		if text := q.Get(name); text != "" {
			v, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, err
			}
			*t = v
		}
	}
	if _, ok := sim.LookupRegion(q.Get("region")); !ok {
		return nil, fmt.Errorf("no Region %q", q.Get("region"))
	}
	events := []control.TrailEvent{}
	h.server.View(func(w *sim.World) {
		for _, e := range w.Trail(q.Get("region"), from, to) {
			events = append(events, control.TrailEvent{
				Time: e.Time, Op: e.Op, Region: e.Region, Principal: e.Principal,
				CallerRegion: e.CallerRegion, RequestID: e.RequestID, Code: e.Code, Key: e.Key, EventID: e.EventID,
			})
		}
	})
	return events, nil
}

// Controller returns a client for the control of this server without a socket.
func (s *Server) Controller(o HandlerOptions) *control.Client {
	return &control.Client{URL: "http://localhost", HTTP: &http.Client{Transport: inProcess{s.Handler(o)}}}
}

// inProcess hands requests to a handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.RemoteAddr, r.Host = "127.0.0.1:0", "localhost"
	if r.Body == nil {
		r.Body = http.NoBody
	}
	a := &recordedAnswer{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(a, r)
	resp := reply(r, a.status, "", a.body)
	resp.Header = a.header
	return resp, nil
}

// recordedAnswer is an http.ResponseWriter that keeps what is written.
type recordedAnswer struct {
	header http.Header
	status int
	body   []byte
}

func (a *recordedAnswer) Header() http.Header    { return a.header }
func (a *recordedAnswer) WriteHeader(status int) { a.status = status }
func (a *recordedAnswer) Write(p []byte) (int, error) {
	a.body = append(a.body, p...)
	return len(p), nil
}
