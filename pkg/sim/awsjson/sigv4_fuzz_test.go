package awsjson

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzAuthorization looks for headers that make the verifier panic or let a
// request pass that nobody signed.
func FuzzAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=test/20260105/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64), "20260105T090000Z", "kms.eu-west-1.localhost:4599", "/", "", "")
	f.Add("AWS4-HMAC-SHA256 Credential=test.a.b/20260105/eu-west-1/kms/aws4_request,SignedHeaders=,Signature=x", "20260105T090000Z", "[::1]:4599", "/a b//%2F", "a=b&a=%zz;&c", "test")
	f.Add("AWS4-HMAC-SHA256 Credential=test/20260105/cn-north-1/kms/aws4_request, SignedHeaders=host;content-length;x-amz-security-token, Signature="+strings.Repeat("f", 64), "", "", "", "", " a  b ")
	f.Add("AWS4-HMAC-SHA256", "", "", "", "", "")
	keys := newKeyring("111122223333", nil)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header, date, host, path, query, token string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host, r.URL.Path, r.URL.RawQuery = host, path, query
		r.Header = http.Header{"Authorization": {header}, "X-Amz-Date": {date}, "X-Amz-Security-Token": {token}}
		who, _, failed := keys.verify(r, nil, now, nil)
		if failed == nil {
			t.Fatalf("%+v was let in with %q", who, header)
		}
		if failed.Code == "" || failed.Status != http.StatusBadRequest {
			t.Fatalf("refused with %+v", failed)
		}
	})
}
