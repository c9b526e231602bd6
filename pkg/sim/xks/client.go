package xks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Send carries a request to a proxy. An *http.Client's Do is one.
type Send func(*http.Request) (*http.Response, error)

// Patience is how long KMS waits for a proxy.
const Patience = 250 * time.Millisecond

// Network sends over the real network, with KMS's patience. Endpoints that are
// a key of routes are reached at the address that is its value, which may be
// plain http: so a proxy on the same machine, at a port of its own, can stand
// for the https endpoint without a port that KMS insists on.
func Network(routes map[string]string) Send {
	client := &http.Client{Timeout: Patience}
	return func(r *http.Request) (*http.Response, error) {
		if to, ok := routes[r.URL.Scheme+"://"+r.URL.Host]; ok {
			target, err := url.Parse(to)
			if err != nil {
				return nil, fmt.Errorf("route to external key store proxy: %w", err)
			}
			r.Host, r.URL.Scheme, r.URL.Host = r.URL.Host, target.Scheme, target.Host
		}
		return client.Do(r)
	}
}

// InProcess sends to handlers by endpoint, such as https://xks.example.com,
// without a network. Any other endpoint is unreachable.
func InProcess(proxies map[string]http.Handler) Send {
	return func(r *http.Request) (*http.Response, error) {
		h := proxies[r.URL.Scheme+"://"+r.URL.Host]
		if h == nil {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no proxy at " + r.URL.Host)}
		}
		w := &answer{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(w, r)
		return &http.Response{
			StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	}
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// Client is KMS as one proxy sees it.
type Client struct {
	// Endpoint and Path are where the proxy is, as CreateCustomKeyStore takes them.
	Endpoint, Path string
	// Region is the one that calls; it is part of what is signed.
	Region     string
	Credential Credential
	Send       Send
	// Now is the moment to sign for.
	Now time.Time
}

// Health asks for the proxy's health. It fails with a ProxyError, also when no key
// manager behind the proxy is available.
func (c Client) Health(call Call) (Health, error) {
	var out Health
	if err := c.post("/health", request{call}, &out); err != nil {
		return out, err
	}
	if out.FleetSize < 1 || len(out.Managers) == 0 || len(out.Managers) > 10 {
		return out, failed(Malformed, "the health status is incomplete")
	}
	for _, m := range out.Managers {
		switch m.Status {
		case "ACTIVE", "DEGRADED":
			return out, nil
		case "UNAVAILABLE":
		default:
			return out, failed(Malformed, "unknown health status")
		}
	}
	return out, failed(Unreachable, "no key manager is available")
}

// Metadata asks for an external key's metadata. It fails with a ProxyError.
func (c Client) Metadata(id string, call Call) (KeyMetadata, error) {
	var out KeyMetadata
	if err := c.post("/keys/"+url.PathEscape(id)+"/metadata", request{call}, &out); err != nil {
		return out, err
	}
	if out.Spec == "" || out.Status == "" || len(out.Usage) > 10 {
		return out, failed(Malformed, "the key's metadata is incomplete")
	}
	return out, nil
}

// Encrypt has a plaintext encrypted. It fails with a ProxyError, also when the
// answer does not have the form it must have.
func (c Client) Encrypt(id string, call Call, plaintext, aad []byte) (Sealed, error) {
	in := encryptRequest{Call: call, AAD: aad, Plaintext: plaintext, Algorithm: aesGCM, Integrity: sha256}
	var out encryptResponse
	if err := c.post("/keys/"+url.PathEscape(id)+"/encrypt", in, &out); err != nil {
		return Sealed{}, err
	}
	s := out.Sealed
	if len(s.Ciphertext) != len(plaintext) || len(s.IV) != 12 && len(s.IV) != 16 || len(s.Tag) != 16 || len(s.Metadata) > maxMetadata {
		return Sealed{}, failed(Malformed, "a part of the ciphertext has the wrong length")
	}
	if !hmac.Equal(out.Integrity, integrity(aad, s)) {
		return Sealed{}, failed(Malformed, "the data integrity value does not match")
	}
	return s, nil
}

// Decrypt has a ciphertext decrypted. It fails with a ProxyError.
func (c Client) Decrypt(id string, call Call, s Sealed, aad []byte) ([]byte, error) {
	in := decryptRequest{Call: call, Sealed: s, AAD: aad, Algorithm: aesGCM}
	var out decryptResponse
	if err := c.post("/keys/"+url.PathEscape(id)+"/decrypt", in, &out); err != nil {
		return nil, err
	}
	if len(out.Plaintext) != len(s.Ciphertext) {
		return nil, failed(Malformed, "the plaintext has the wrong length")
	}
	return out.Plaintext, nil
}

// post sends one request and reads its answer.
func (c Client) post(path string, in, out any) error {
	if c.Send == nil {
		return failed(Unreachable, "this simulator has no way to reach a proxy")
	}
	body, err := json.Marshal(in)
	if err != nil {
		return failed(Malformed, err.Error())
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.Endpoint+c.Path+path, bytes.NewReader(body))
	if err != nil {
		return failed(Unreachable, err.Error())
	}
	r.Header.Set("Content-Type", "application/json")
	sign(r, body, c.Credential, c.Region, c.Now)
	got, err := c.Send(r)
	if err != nil {
		return notSent(err)
	}
	defer func() { _ = got.Body.Close() }() // read to its end; nothing is lost
	text, err := io.ReadAll(io.LimitReader(got.Body, maxBody))
	if err != nil {
		return notSent(err)
	}
	if got.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, out); err != nil {
			return failed(Malformed, "the answer is not the JSON it should be")
		}
		return nil
	}
	var e errorResponse
	if json.Unmarshal(text, &e) != nil || statusOf(e.Name) != got.StatusCode {
		return failed(Malformed, fmt.Sprintf("HTTP status %d without the error it should have", got.StatusCode))
	}
	return failed(e.Name, e.Message)
}

// notSent sorts the errors of the network.
func notSent(err error) error {
	var timeout net.Error
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed(TimedOut, err.Error())
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record), errors.As(err, &alert), errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &host):
		return failed(TLSFailed, err.Error())
	}
	return failed(Unreachable, err.Error())
}
