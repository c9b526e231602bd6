package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client controls the world served at URL. The zero HTTP client is a new one
// with a timeout of 30 seconds.
type Client struct {
	URL  string
	HTTP *http.Client
}

// Status asks how the world is doing.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.do(ctx, http.MethodGet, "status", nil, &s)
}

// StartFault begins a fault.
func (c *Client) StartFault(ctx context.Context, f Fault) error {
	return c.do(ctx, http.MethodPost, "fault/start", f, nil)
}

// StopFault ends a fault; one that has ended is no error.
func (c *Client) StopFault(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodPost, "fault/stop", map[string]string{"name": name}, nil)
}

// Advance moves the world's time ahead of the wall clock by d more.
func (c *Client) Advance(ctx context.Context, d time.Duration) error {
	return c.do(ctx, http.MethodPost, "advance", map[string]Duration{"by": Duration(d)}, nil)
}

// Reset puts an empty world in the place of this one.
func (c *Client) Reset(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "reset", nil, nil)
}

// SetLatency turns the modelled network's latency on or off.
func (c *Client) SetLatency(ctx context.Context, on bool) error {
	return c.do(ctx, http.MethodPost, "latency", map[string]bool{"on": on}, nil)
}

// Trail reads what the trail of a Region recorded from one moment up to
// another; a zero moment leaves that end open.
func (c *Client) Trail(ctx context.Context, region string, from, to time.Time) (events []TrailEvent, err error) {
	q := url.Values{"region": {region}}
	for name, t := range map[string]time.Time{"from": from, "to": to} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	return events, c.do(ctx, http.MethodGet, "trail?"+q.Encode(), nil, &events)
}

func (c *Client) do(ctx context.Context, method, what string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+Path+what, body)
	if err != nil {
		return fmt.Errorf("control the simulated world: %w", err)
	}
	req.Header.Set(Header, "1")
	req.Header.Set("Content-Type", "application/json")
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w (is mrkctl sim serve running?)", c.place(), err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", c.place(), err)
	case resp.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: what answers there is not mrkctl sim serve", c.place())
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("%s: %s", c.place(), strings.TrimSpace(string(answer)))
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s: %w", c.place(), err)
	}
	return nil
}

// place names the world for an error. One in this process has no address.
func (c *Client) place() string {
	if c.HTTP != nil {
		return "control the simulated world"
	}
	return "control the simulated world at " + c.URL
}
