package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// iamEndpoint is where IAM of partition aws answers, for every Region.
const iamEndpoint = "https://iam.amazonaws.com/"

// aliasPatience is how long the account's alias may keep a command waiting.
const aliasPatience = 2 * time.Second

// accountAlias asks IAM for the name that people know an account by. It is a
// courtesy: when the caller may not ask, or nobody answers in time, there is
// none. One call does not need a service package of the SDK.
func accountAlias(ctx context.Context, cfg aws.Config, endpoint string) string {
	ctx, cancel := context.WithTimeout(ctx, aliasPatience)
	defer cancel()
	const body = "Action=ListAccountAliases&Version=2010-05-08"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(body))
	if err != nil {
		return ""
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), "iam", "us-east-1", time.Now()); err != nil {
		return ""
	}
	resp, err := manyConnections(nil).Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var answer struct {
		Aliases []string `xml:"ListAccountAliasesResult>AccountAliases>member"`
	}
	if resp.StatusCode != http.StatusOK || xml.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer) != nil || len(answer.Aliases) == 0 {
		return ""
	}
	return answer.Aliases[0]
}
