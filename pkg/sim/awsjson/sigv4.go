package awsjson

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

const (
	signatureAlgorithm = "AWS4-HMAC-SHA256"
	signatureDate      = "20060102T150405Z"
	// signatureWindow is how far a signature's time may be from the server's,
	// either way (recorded on KMS).
	signatureWindow = 5 * time.Minute
)

// authorization is what the header Authorization of a signed request says.
type authorization struct {
	accessKey, date, region, service string
	signedHeaders                    string // lower case, joined by semicolons
	signature                        string // hexadecimal
}

// parseAuthorization reads the header Authorization. It is not checked for
// anything but its form.
func parseAuthorization(header string) (authorization, *sim.Error) {
	var a authorization
	if header == "" {
		return a, refuse("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	rest, ok := strings.CutPrefix(header, signatureAlgorithm)
	if !ok || !strings.HasPrefix(rest, " ") {
		return a, incomplete("Unsupported AWS 'algorithm': '" + firstWord(header) + "'.")
	}
	var credential string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			a.signedHeaders = value
		case "Signature":
			a.signature = value
		}
	}
	switch {
	case credential == "":
		return a, incomplete("Authorization header requires 'Credential' parameter.")
	case a.signature == "":
		return a, incomplete("Authorization header requires 'Signature' parameter.")
	case a.signedHeaders == "":
		return a, incomplete("Authorization header requires 'SignedHeaders' parameter.")
	}
	// An access key id may hold anything, so the scope is taken from the end.
	end := len(credential)
	fields := [4]*string{new(string), &a.service, &a.region, &a.date}
	for _, f := range fields {
		at := strings.LastIndexByte(credential[:end], '/')
		if at < 0 {
			return a, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + credential + "'")
		}
		*f, end = credential[at+1:end], at
	}
	a.accessKey = credential[:end]
	if !signs(a.signedHeaders, "host") {
		return a, refuse("InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if *fields[0] != "aws4_request" {
		return a, refuse("InvalidSignatureException", "Credential should be scoped with a valid terminator: 'aws4_request', not '"+*fields[0]+"'.")
	}
	return a, nil
}

// signs says whether a list of signed headers has a name.
func signs(list, name string) bool {
	for have := range strings.SplitSeq(list, ";") {
		if have == name {
			return true
		}
	}
	return false
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func refuse(code, text string) *sim.Error {
	return &sim.Error{Code: code, Message: text, Status: http.StatusBadRequest}
}

func incomplete(text string) *sim.Error { return refuse("IncompleteSignatureException", text) }

// signingKey derives the key that signs one day's requests to one service of
// one Region.
func signingKey(secret, date, region, service string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{date, region, service, "aws4_request"} {
		key = hmacSHA256(key, []byte(part))
	}
	return key
}

func hmacSHA256(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// signedAt is the time a request says it was signed, as text and as time.
func signedAt(r *http.Request) (string, time.Time, *sim.Error) {
	text := r.Header.Get("X-Amz-Date")
	if text != "" {
		t, err := time.Parse(signatureDate, text)
		if err != nil {
			return "", t, incomplete("Date must be in ISO-8601 'basic format'. Got '" + text + "'. See http://en.wikipedia.org/wiki/ISO_8601")
		}
		return text, t, nil
	}
	t, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return "", t, incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return t.UTC().Format(signatureDate), t, nil
}

// checkTime holds a signature's time against the server's and its scope's day.
//
// Rules: MRK-SIGN-03.
func checkTime(a authorization, text string, signed, now time.Time) *sim.Error {
	if a.date != text[:8] {
		return refuse("InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+
			a.date+"' != '"+text[:8]+"', from '"+text+"'.")
	}
	server := func() string { return now.UTC().Format(signatureDate) }
	if oldest := now.Add(-signatureWindow); signed.Before(oldest.Truncate(time.Second)) {
		return refuse("InvalidSignatureException", "Signature expired: "+text+" is now earlier than "+
			oldest.UTC().Format(signatureDate)+" ("+server()+" - 5 min.)")
	}
	if newest := now.Add(signatureWindow); signed.After(newest) {
		return refuse("InvalidSignatureException", "Signature not yet current: "+text+" is still later than "+
			newest.UTC().Format(signatureDate)+" ("+server()+" + 5 min.)")
	}
	return nil
}

// signatureOf works out what the signature of a request must be. scratch is
// room to work in.
func signatureOf(r *http.Request, a authorization, date string, key, body, scratch []byte) ([sha256.Size]byte, []byte) {
	b := append(scratch[:0], r.Method...)
	b = append(b, '\n')
	b = append(b, canonicalPath(r.URL)...)
	b = append(b, '\n')
	b = append(b, canonicalQuery(r.URL)...)
	b = append(b, '\n')
	for name := range strings.SplitSeq(a.signedHeaders, ";") {
		b = append(b, name...)
		b = append(b, ':')
		b = appendHeader(b, r, name)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, a.signedHeaders...)
	b = append(b, '\n')
	payload := sha256.Sum256(body)
	b = hex.AppendEncode(b, payload[:])
	request := sha256.Sum256(b)

	b = append(b[:0], signatureAlgorithm...)
	b = append(b, '\n')
	b = append(b, date...)
	b = append(b, '\n')
	for _, part := range [...]string{a.date, a.region, a.service} {
		b = append(b, part...)
		b = append(b, '/')
	}
	b = append(b, "aws4_request\n"...)
	b = hex.AppendEncode(b, request[:])
	var sum [sha256.Size]byte
	h := hmac.New(sha256.New, key)
	h.Write(b)
	h.Sum(sum[:0])
	return sum, b
}

// rightSignature says whether a request carries the signature it must.
func rightSignature(want [sha256.Size]byte, given string) bool {
	var got [sha256.Size]byte
	n, err := hex.Decode(got[:], []byte(given[:min(len(given), 2*sha256.Size)]))
	return err == nil && n == sha256.Size && len(given) == 2*sha256.Size &&
		subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// headerKey spells a header as net/http keeps it; those that clients sign are
// known, which saves the work.
func headerKey(name string) string {
	switch name {
	case "accept-encoding":
		return "Accept-Encoding"
	case "amz-sdk-invocation-id":
		return "Amz-Sdk-Invocation-Id"
	case "amz-sdk-request":
		return "Amz-Sdk-Request"
	case "content-type":
		return "Content-Type"
	case "user-agent":
		return "User-Agent"
	case "x-amz-content-sha256":
		return "X-Amz-Content-Sha256"
	case "x-amz-date":
		return "X-Amz-Date"
	case "x-amz-security-token":
		return "X-Amz-Security-Token"
	case "x-amz-target":
		return "X-Amz-Target"
	case "x-amz-user-agent":
		return "X-Amz-User-Agent"
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// appendHeader writes a header's values as they are signed: trimmed, runs of
// blanks made one, several joined by commas.
func appendHeader(b []byte, r *http.Request, name string) []byte {
	switch name {
	case "host":
		return append(b, r.Host...)
	case "content-length":
		if r.ContentLength >= 0 {
			return strconv.AppendInt(b, r.ContentLength, 10)
		}
	}
	for i, v := range r.Header[headerKey(name)] {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendTrimmed(b, v)
	}
	return b
}

func appendTrimmed(b []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	if !strings.Contains(v, "  ") {
		return append(b, v...)
	}
	return append(b, strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ' ' }), " ")...)
}

func canonicalPath(u *url.URL) string {
	if u.Path == "" || u.Path == "/" {
		return "/"
	}
	// Services other than S3 sign the path encoded twice.
	return strings.ReplaceAll(escape(u.EscapedPath()), "%2F", "/")
}

func canonicalQuery(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	var pairs []string
	for name, values := range u.Query() {
		for _, v := range values {
			pairs = append(pairs, escape(name)+"="+escape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	var b bytes.Buffer
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
	}
	return b.String()
}
