package target

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

func TestAccountAlias(t *testing.T) {
	var sent, signed string
	answer, status := `<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccountAliasesResult><IsTruncated>false</IsTruncated><AccountAliases><member>pay-prod</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>`, http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent, signed = string(body), r.Header.Get("Authorization")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer s.Close()
	cfg := aws.Config{Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	if got := accountAlias(t.Context(), cfg, s.URL); got != "pay-prod" {
		t.Errorf("alias %q", got)
	}
	if !strings.HasPrefix(sent, "Action=ListAccountAliases") || !strings.Contains(signed, "/us-east-1/iam/aws4_request") {
		t.Errorf("sent %q, signed %q", sent, signed)
	}
	status, answer = http.StatusForbidden, "<ErrorResponse/>"
	if got := accountAlias(t.Context(), cfg, s.URL); got != "" {
		t.Errorf("refused, and yet %q", got)
	}
	status, answer = http.StatusOK, "not XML"
	if got := accountAlias(t.Context(), cfg, s.URL); got != "" {
		t.Errorf("nonsense was read as %q", got)
	}
	s.Close()
	if got := accountAlias(t.Context(), cfg, s.URL); got != "" {
		t.Errorf("nobody there, and yet %q", got)
	}
}
