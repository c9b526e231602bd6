package awsjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// principalEntry is one principal of a file of principals.
type principalEntry struct {
	AccessKey string            `json:"access_key"`
	Secret    string            `json:"secret"`
	Token     string            `json:"session_token"`
	ARN       string            `json:"arn"`
	ID        string            `json:"id"`
	Policies  []json.RawMessage `json:"policies"`
	Boundary  json.RawMessage   `json:"permissions_boundary"`
	Session   json.RawMessage   `json:"session_policy"`
}

var iamARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::(\d{12}):(root|(user|role|assumed-role|federated-user)/.+)$`)
})

// ReadCredentials reads a list of principals, as JSON: for each its access key,
// secret and ARN, and its policies. A principal with no member policies is an
// administrator of its account; an empty list leaves it what key policies and
// grants give. The error says which entry is wrong.
func ReadCredentials(r io.Reader) ([]Credential, error) {
	d := json.NewDecoder(io.LimitReader(r, 16<<20))
	d.DisallowUnknownFields()
	var entries []principalEntry
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("read principals: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read principals: something follows the list")
	}
	var list []Credential
	seen := map[string]bool{DefaultAccessKey: true}
	for i, e := range entries {
		arn := iamARN().FindStringSubmatch(e.ARN)
		switch {
		case e.AccessKey == "" || e.Secret == "":
			return nil, fmt.Errorf("read principals: entry %d has no access_key or no secret", i+1)
		case strings.ContainsAny(e.AccessKey, " ,/"):
			return nil, fmt.Errorf("read principals: entry %d: access_key %q can't stand in a signature", i+1, e.AccessKey)
		case seen[e.AccessKey]:
			return nil, fmt.Errorf("read principals: entry %d: access_key %q is taken", i+1, e.AccessKey)
		case arn == nil:
			return nil, fmt.Errorf("read principals: entry %d: %q is not the ARN of a user, a role, a session or an account's root", i+1, e.ARN)
		}
		seen[e.AccessKey] = true
		p := &sim.Principal{
			ARN: e.ARN, Account: arn[2], ID: e.ID, AccessKey: e.AccessKey,
			Boundary: string(e.Boundary), Session: string(e.Session),
		}
		if p.ID == "" {
			p.ID = fmt.Sprintf("AIDAMRKCTLSIM%08d", i+1)
		}
		if e.Policies != nil {
			p.Policies = []string{}
		}
		for _, doc := range e.Policies {
			p.Policies = append(p.Policies, string(doc))
		}
		list = append(list, Credential{AccessKey: e.AccessKey, Secret: e.Secret, Token: e.Token, Principal: p})
	}
	return list, nil
}
