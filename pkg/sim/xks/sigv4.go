package xks

import (
	"crypto/hmac"
	gosha256 "crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Credential is what KMS and a proxy share to authenticate requests.
type Credential struct {
	// AccessKeyID is 20 to 30 capitals and digits 2 to 7.
	AccessKeyID string
	// Secret is 43 to 64 characters of Base64.
	Secret string
}

const (
	service   = "kms-xks-proxy"
	dateForm  = "20060102T150405Z"
	algorithm = "AWS4-HMAC-SHA256"
	// tolerance is how far a request's time may be off the proxy's.
	tolerance = 5 * time.Minute
)

// sign adds date and signature to a request (specification, appendix A: the
// host and the date are signed).
func sign(r *http.Request, body []byte, c Credential, region string, now time.Time) {
	date := now.UTC().Format(dateForm)
	r.Header.Set("X-Amz-Date", date)
	scope := date[:8] + "/" + region + "/" + service + "/aws4_request"
	signed := []string{"host", "x-amz-date"}
	signature := signatureOf(r, body, signed, scope, date, c.Secret)
	r.Header.Set("Authorization", algorithm+" Credential="+c.AccessKeyID+"/"+scope+
		", SignedHeaders="+strings.Join(signed, ";")+", Signature="+signature)
}

// verify checks a request's signature and age. It fails with
// AuthenticationFailed and says why.
func verify(r *http.Request, body []byte, secretOf func(accessKeyID string) (string, bool), now time.Time) error {
	fields, ok := authorization(r.Header.Get("Authorization"))
	if !ok {
		return failed(AuthenticationFailed, "the Authorization header is missing or malformed")
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 || scope[3] != service || scope[4] != "aws4_request" {
		return failed(AuthenticationFailed, "the credential scope is not one of "+service)
	}
	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(dateForm, date)
	if err != nil || date[:8] != scope[1] {
		return failed(AuthenticationFailed, "the X-Amz-Date header is missing or does not fit the credential scope")
	}
	if age := now.Sub(at); age > tolerance || age < -tolerance {
		return failed(AuthenticationFailed, "the request is more than five minutes old or early")
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	if !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-date") {
		return failed(AuthenticationFailed, "host and x-amz-date must be signed")
	}
	secret, ok := secretOf(scope[0])
	if !ok {
		return failed(AuthenticationFailed, "the access key id is not known")
	}
	want := signatureOf(r, body, signed, strings.Join(scope[1:], "/"), date, secret)
	if !hmac.Equal([]byte(want), []byte(fields["Signature"])) {
		return failed(AuthenticationFailed, "the signature does not match")
	}
	return nil
}

// authorization takes the header apart.
func authorization(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, false
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	return fields, fields["Credential"] != "" && fields["SignedHeaders"] != "" && fields["Signature"] != ""
}

func signatureOf(r *http.Request, body []byte, signed []string, scope, date, secret string) string {
	var canonical strings.Builder
	canonical.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.RawQuery + "\n")
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			if value = r.Host; value == "" {
				value = r.URL.Host
			}
		}
		canonical.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	canonical.WriteString("\n" + strings.Join(signed, ";") + "\n" + digest(body))
	toSign := algorithm + "\n" + date + "\n" + scope + "\n" + digest([]byte(canonical.String()))
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = keyed(key, part)
	}
	return hex.EncodeToString(keyed(key, toSign))
}

func digest(b []byte) string {
	sum := gosha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, message string) []byte {
	h := hmac.New(gosha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
