package xks

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// Proxy is an external key store proxy: an http.Handler in front of Keys.
type Proxy struct {
	// Path is the base path of the API, ending in /kms/xks/v1.
	Path string
	// Credentials are those it accepts; two at a time let them be rotated.
	Credentials []Credential
	// Keys is the key manager behind it.
	Keys *Keys
	// Now and Random are its clock and its randomness.
	Now    func() time.Time
	Random io.Reader
	// Deny, if set, is the proxy's own authorization: true refuses a call.
	Deny func(Call) bool
	// Log, if set, hears of every request: what KMS asked for and on whose
	// behalf, and why it was refused. It never hears of a plaintext.
	Log func(Entry)
}

// Entry is what a proxy logs of a request.
type Entry struct {
	// Path is what was asked for, below the proxy's base path.
	Path string
	// Call is on whose behalf; empty when the request was not understood.
	Call Call
	// Failure is the error's name; empty for success.
	Failure string
}

// ServeHTTP answers one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "this API takes POST requests only", http.StatusMethodNotAllowed)
		return
	}
	entry := Entry{Path: strings.TrimPrefix(r.URL.Path, p.Path)}
	answer, err := p.answer(r, &entry.Call)
	status := http.StatusOK
	if err != nil {
		var f *ProxyError
		if !errors.As(err, &f) || statusOf(f.Reason) == 0 {
			f = failed(Internal, "")
		}
		status, answer = statusOf(f.Reason), errorResponse{Name: f.Reason, Message: f.Detail}
		entry.Failure = f.Reason
	}
	if p.Log != nil {
		p.Log(entry)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone is no concern of the proxy
}

func (p *Proxy) answer(r *http.Request, call *Call) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, failed(ValidationFailed, "the body is too long or cut short")
	}
	if err := verify(r, body, p.secret, p.Now()); err != nil {
		return nil, err
	}
	var understood request
	if json.Unmarshal(body, &understood) == nil {
		*call = understood.Call
	}
	rest, ok := strings.CutPrefix(r.URL.Path, p.Path)
	if !ok {
		return nil, failed(InvalidURIPath, "")
	}
	if rest == "/health" {
		return p.healthStatus(body)
	}
	id, operation, ok := strings.Cut(strings.TrimPrefix(rest, "/keys/"), "/")
	if !ok || !strings.HasPrefix(rest, "/keys/") || !isKeyID(id) {
		return nil, failed(InvalidURIPath, "")
	}
	switch operation {
	case "metadata":
		return p.metadata(id, body)
	case "encrypt":
		return p.encrypt(id, body)
	case "decrypt":
		return p.decrypt(id, body)
	}
	return nil, failed(InvalidURIPath, "")
}

func (p *Proxy) secret(accessKeyID string) (string, bool) {
	for _, c := range p.Credentials {
		if c.AccessKeyID == accessKeyID {
			return c.Secret, true
		}
	}
	return "", false
}

// read decodes a body and checks what every request must say.
func (p *Proxy) read(body []byte, into any, call *Call, anonymous bool) error {
	if err := json.Unmarshal(body, into); err != nil {
		return failed(ValidationFailed, "the body is not what the API wants")
	}
	if call.Operation == "" || call.RequestID == "" || !anonymous && call.Principal == "" {
		return failed(ValidationFailed, "requestMetadata is incomplete")
	}
	if !anonymous && p.Deny != nil && p.Deny(*call) {
		return failed(AccessDenied, "")
	}
	return nil
}

func (p *Proxy) healthStatus(body []byte) (any, error) {
	var in request
	if err := p.read(body, &in, &in.Call, true); err != nil {
		return nil, err
	}
	return Health{
		FleetSize: 1, Vendor: "mrkctl", Model: "mrkctl XKS proxy 1", EKMVendor: "mrkctl",
		Managers: []Manager{{ID: "manager-1", Model: "in memory", Status: p.Keys.health()}},
	}, nil
}

func (p *Proxy) metadata(id string, body []byte) (any, error) {
	var in request
	if err := p.read(body, &in, &in.Call, false); err != nil {
		return nil, err
	}
	return p.Keys.describe(id)
}

func (p *Proxy) encrypt(id string, body []byte) (any, error) {
	var in encryptRequest
	if err := p.read(body, &in, &in.Call, false); err != nil {
		return nil, err
	}
	switch {
	case in.Algorithm != aesGCM, in.Integrity != "" && in.Integrity != sha256, len(in.Plaintext) == 0:
		return nil, failed(ValidationFailed, "plaintext or algorithm is missing or not known")
	case len(in.Plaintext) > maxPlaintext, len(in.AAD) > maxAAD:
		return nil, failed(UnsupportedOperation, "more bytes than this proxy takes")
	}
	s, err := p.Keys.seal(id, p.Random, in.Plaintext, in.AAD)
	if err != nil {
		return nil, err
	}
	out := encryptResponse{Sealed: s}
	if in.Integrity != "" {
		// First the value, then the proof that it decrypts, so that damage in
		// between shows (specification, appendix C).
		out.Integrity = integrity(in.AAD, s)
		if again, err := p.Keys.open(id, s, in.AAD); err != nil || string(again) != string(in.Plaintext) {
			return nil, failed(Internal, "what was encrypted does not decrypt")
		}
	}
	return out, nil
}

func (p *Proxy) decrypt(id string, body []byte) (any, error) {
	var in decryptRequest
	if err := p.read(body, &in, &in.Call, false); err != nil {
		return nil, err
	}
	switch {
	case in.Algorithm != aesGCM, len(in.Ciphertext) == 0, len(in.IV) == 0, len(in.Tag) == 0, len(in.Metadata) > maxMetadata:
		return nil, failed(ValidationFailed, "ciphertext, vector, tag or algorithm is missing or not known")
	case len(in.Ciphertext) > maxPlaintext, len(in.AAD) > maxAAD:
		return nil, failed(UnsupportedOperation, "more bytes than this proxy takes")
	}
	plaintext, err := p.Keys.open(id, in.Sealed, in.AAD)
	if err != nil {
		return nil, err
	}
	return decryptResponse{plaintext}, nil
}
