package xks

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	base   = "/keystores/1/kms/xks/v1"
	access = "BETACDEFGHIJKLMNOPQR"
	secret = "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H4u1V5Q="
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// pair is a proxy with one key and a client that reaches it.
func pair(t *testing.T) (*Proxy, Client) {
	t.Helper()
	p := &Proxy{Path: base, Credentials: []Credential{{access, secret}}, Keys: &Keys{}, Now: func() time.Time { return noon }, Random: rand.NewChaCha8([32]byte{1})}
	if err := p.Keys.Add("key-1", bytes.Repeat([]byte{1}, 32)); err != nil {
		t.Fatal(err)
	}
	return p, Client{
		Endpoint: "https://xks.example.com", Path: base, Region: "eu-west-1", Credential: Credential{access, secret}, Now: noon,
		Send: InProcess(map[string]http.Handler{"https://xks.example.com": p}),
	}
}

func call(operation string) Call {
	return Call{Principal: "arn:aws:iam::111122223333:user/a", KeyARN: "arn:aws:kms:eu-west-1:111122223333:key/k", Operation: operation, RequestID: "r-1"}
}

// reason checks what an error is about.
func reason(t *testing.T, err error, want string) {
	t.Helper()
	var f *ProxyError
	if !errors.As(err, &f) || f.Reason != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRoundTrip(t *testing.T) {
	_, c := pair(t)
	if h, err := c.Health(Call{Operation: "CreateCustomKeyStore", RequestID: "r"}); err != nil || h.Managers[0].Status != "ACTIVE" {
		t.Errorf("%+v %v", h, err)
	}
	if m, err := c.Metadata("key-1", call("CreateKey")); err != nil || m.Spec != "AES_256" || m.Status != "ENABLED" {
		t.Errorf("%+v %v", m, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 1, maxPlaintext).Draw(t, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "aad")
		s, err := c.Encrypt("key-1", call("Encrypt"), plaintext, aad)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Decrypt("key-1", call("Decrypt"), s, aad)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("decrypted: %v", err)
		}
		// Metadata must not pass for authenticated data.
		if _, err := c.Decrypt("key-1", call("Decrypt"), Sealed{Ciphertext: s.Ciphertext, IV: s.IV, Tag: s.Tag}, append(aad, s.Metadata...)); err == nil {
			t.Fatal("ciphertext metadata passes for authenticated data")
		}
	})
}

// TestIntegrityExample is the example of the specification's appendix C.
func TestIntegrityExample(t *testing.T) {
	decode := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got := integrity(decode("cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n"), Sealed{
		Ciphertext: decode("ghxkK1txeDNn3q8Y"), Metadata: decode("a2V5X3ZlcnNpb249MQ=="),
		IV: decode("HMrlRw85cAJUd5Ax"), Tag: decode("vBxN2ncH1oEkR8WVXpmyYQ=="),
	})
	if want := "a8703f2260bd8791ec2d15ea0b23e65a0631eedcf2a13a65cc82db3f47cf5ec7"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}

func TestErrors(t *testing.T) {
	p, c := pair(t)
	s, err := c.Encrypt("key-1", call("Encrypt"), []byte("plaintext"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Metadata("key-2", call("CreateKey"))
	reason(t, err, KeyNotFound)
	_, err = c.Encrypt("key-1", call("Encrypt"), make([]byte, maxPlaintext+1), nil)
	reason(t, err, UnsupportedOperation)
	_, err = c.Encrypt("key-1", call("Encrypt"), nil, nil)
	reason(t, err, ValidationFailed)
	_, err = c.Encrypt("key-1", Call{}, []byte("p"), nil)
	reason(t, err, ValidationFailed)
	bad := s
	bad.Tag = bytes.Repeat([]byte{1}, 16)
	_, err = c.Decrypt("key-1", call("Decrypt"), bad, nil)
	reason(t, err, InvalidCiphertext)
	bad.Tag = []byte{1}
	_, err = c.Decrypt("key-1", call("Decrypt"), bad, nil)
	reason(t, err, InvalidCiphertext)
	p.Keys.Restrict("key-1", "ENCRYPT")
	_, err = c.Decrypt("key-1", call("Decrypt"), s, nil)
	reason(t, err, InvalidKeyUsage)
	p.Keys.Enable("key-1", false)
	_, err = c.Encrypt("key-1", call("Encrypt"), []byte("p"), nil)
	reason(t, err, InvalidState)
	if m, err := c.Metadata("key-1", call("CreateKey")); err != nil || m.Status != "DISABLED" || len(m.Usage) != 1 {
		t.Errorf("%+v %v", m, err)
	}
	p.Keys.SetHealth("UNAVAILABLE")
	_, err = c.Encrypt("key-1", call("Encrypt"), []byte("p"), nil)
	reason(t, err, Internal)
	_, err = c.Health(Call{Operation: "KmsHealthCheck", RequestID: "r"})
	reason(t, err, Unreachable)
	p.Deny = func(c Call) bool { return c.Operation == "Decrypt" }
	_, err = c.Decrypt("key-1", call("Decrypt"), s, nil)
	reason(t, err, AccessDenied)
	c.Path = "/kms/xks/v1"
	_, err = c.Metadata("key-1", call("CreateKey"))
	reason(t, err, InvalidURIPath)
	c.Endpoint = "https://elsewhere.example.com"
	_, err = c.Metadata("key-1", call("CreateKey"))
	reason(t, err, Unreachable)
	if p.Keys.Enable("none", true) || p.Keys.Restrict("none") {
		t.Error("a key that does not exist is changed")
	}
	for _, c := range []struct {
		id   string
		size int
	}{{"key-1", 32}, {"a/b", 32}, {"", 32}, {"short", 16}} {
		if p.Keys.Add(c.id, make([]byte, c.size)) == nil {
			t.Errorf("key %q of %d bytes is added", c.id, c.size)
		}
	}
}

// TestAuthentication: nothing but the right secret, scope and time gets in.
func TestAuthentication(t *testing.T) {
	p, good := pair(t)
	for name, change := range map[string]func(*Client){
		"secret":     func(c *Client) { c.Credential.Secret = strings.Repeat("a", 43) },
		"access key": func(c *Client) { c.Credential.AccessKeyID = "ZZZZZZZZZZZZZZZZZZZZ" },
		"too late":   func(c *Client) { c.Now = noon.Add(-6 * time.Minute) },
		"too early":  func(c *Client) { c.Now = noon.Add(6 * time.Minute) },
		"body": func(c *Client) {
			send := c.Send
			c.Send = func(r *http.Request) (*http.Response, error) {
				r.Body = io.NopCloser(strings.NewReader(`{}`))
				return send(r)
			}
		},
		"path": func(c *Client) {
			send := c.Send
			c.Send = func(r *http.Request) (*http.Response, error) {
				r.URL.Path = base + "/keys/key-1/metadata"
				return send(r)
			}
		},
		"no header": func(c *Client) {
			send := c.Send
			c.Send = func(r *http.Request) (*http.Response, error) {
				r.Header.Del("Authorization")
				return send(r)
			}
		},
		"other service": func(c *Client) {
			send := c.Send
			c.Send = func(r *http.Request) (*http.Response, error) {
				r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), service, "kms"))
				return send(r)
			}
		},
	} {
		c := good
		change(&c)
		_, err := c.Health(Call{Operation: "CreateCustomKeyStore", RequestID: "r"})
		reason(t, fmt.Errorf("%s: %w", name, err), AuthenticationFailed)
	}
	// Rotation: the proxy takes a second credential before KMS changes over.
	p.Credentials = append(p.Credentials, Credential{"ZZZZZZZZZZZZZZZZZZZZ", secret})
	good.Credential.AccessKeyID = "ZZZZZZZZZZZZZZZZZZZZ"
	if _, err := good.Health(Call{Operation: "UpdateCustomKeyStore", RequestID: "r"}); err != nil {
		t.Error(err)
	}
}

// TestGetIsRefused: the API takes POST alone.
func TestGetIsRefused(t *testing.T) {
	p, _ := pair(t)
	w := httptest.NewRecorder()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	p.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("status %d", w.Code)
	}
}

// TestMalformedAnswers: a proxy that does not keep to the API is found out.
func TestMalformedAnswers(t *testing.T) {
	_, c := pair(t)
	for name, a := range map[string]struct {
		status int
		body   string
	}{
		"not JSON":         {200, "hello"},
		"empty":            {200, "{}"},
		"no error name":    {400, "{}"},
		"wrong status":     {400, `{"errorName":"KeyNotFoundException"}`},
		"short tag":        {200, `{"ciphertext":"AAAA","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AA=="}`},
		"wrong integrity":  {200, `{"ciphertext":"AAAA","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA==","ciphertextDataIntegrityValue":"AA=="}`},
		"unknown error":    {400, `{"errorName":"Oops"}`},
		"long metadata":    {200, `{"ciphertext":"AAAA","ciphertextMetadata":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA=="}`},
		"ciphertext short": {200, `{"ciphertext":"AA==","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA=="}`},
	} {
		c.Send = func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: a.status, Body: io.NopCloser(strings.NewReader(a.body))}, nil
		}
		_, err := c.Encrypt("key-1", call("Encrypt"), []byte{0, 0, 0}, nil)
		reason(t, fmt.Errorf("%s: %w", name, err), Malformed)
		_, err = c.Decrypt("key-1", call("Decrypt"), Sealed{Ciphertext: []byte{1}}, nil)
		if err == nil {
			t.Errorf("%s: decrypts", name)
		}
		if _, err := c.Metadata("key-1", call("CreateKey")); err == nil {
			t.Errorf("%s: metadata is taken", name)
		}
		if _, err := c.Health(call("CreateKey")); err == nil {
			t.Errorf("%s: health is taken", name)
		}
	}
	c.Send = nil
	_, err := c.Health(call("CreateKey"))
	reason(t, err, Unreachable)
}

// TestOverNetwork: the same over a real socket, through a route, with a proxy
// that is too slow, one without TLS where TLS is wanted, and none at all.
func TestOverNetwork(t *testing.T) {
	p, c := pair(t)
	server := httptest.NewServer(p)
	defer server.Close()
	c.Send = Network(map[string]string{"https://xks.example.com": server.URL})
	s, err := c.Encrypt("key-1", call("Encrypt"), []byte("plaintext"), []byte("context"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Decrypt("key-1", call("Decrypt"), s, []byte("context")); err != nil || string(got) != "plaintext" {
		t.Errorf("%q %v", got, err)
	}
	c.Send = Network(map[string]string{"https://xks.example.com": strings.Replace(server.URL, "http:", "https:", 1)})
	_, err = c.Health(call("CreateCustomKeyStore"))
	reason(t, err, TLSFailed)
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	defer close(hang)
	c.Send = Network(map[string]string{"https://xks.example.com": slow.URL})
	_, err = c.Health(call("CreateCustomKeyStore"))
	reason(t, err, TimedOut)
	server.Close()
	c.Send = Network(map[string]string{"https://xks.example.com": server.URL})
	_, err = c.Health(call("CreateCustomKeyStore"))
	reason(t, err, Unreachable)
}

// FuzzProxy: no path, header or body makes the proxy panic, and without a
// signature nothing is answered.
func FuzzProxy(f *testing.F) {
	f.Add("/health", "AWS4-HMAC-SHA256 Credential=a/20261124/r/kms-xks-proxy/aws4_request, SignedHeaders=host;x-amz-date, Signature=0", "20261124T120000Z", "{}")
	f.Add("/keys//", "AWS4-HMAC-SHA256 ", "", "")
	p := &Proxy{Path: base, Credentials: []Credential{{access, secret}}, Keys: &Keys{}, Now: func() time.Time { return noon }, Random: rand.NewChaCha8([32]byte{1})}
	f.Fuzz(func(t *testing.T, path, authorization, date, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.Path = base + path
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusBadRequest {
			t.Errorf("status %d", w.Code)
		}
	})
}
