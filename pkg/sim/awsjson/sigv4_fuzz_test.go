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
	f.Add("AWS4-HMAC-SHA256 Credential=test/20260105/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64), "20260105T090000Z")
	f.Add("AWS4-HMAC-SHA256 Credential=test.a.b/20260105/eu-west-1/kms/aws4_request,SignedHeaders=,Signature=x", "20260105T090000Z")
	f.Add("AWS4-HMAC-SHA256", "")
	keys := newKeyring("111122223333", nil)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header, date string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header = http.Header{"Authorization": {header}, "X-Amz-Date": {date}}
		who, _, failed := keys.verify(r, nil, now, nil)
		if failed == nil {
			t.Fatalf("%+v was let in with %q", who, header)
		}
		if failed.Code == "" || failed.Status != http.StatusBadRequest {
			t.Fatalf("refused with %+v", failed)
		}
	})
}
