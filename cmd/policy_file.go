package cmd

import (
	"fmt"
	"os"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// readPolicyFile reads a key policy; "-" is not taken, since the confirmation
// is read from the terminal. What KMS would refuse without a word is told with
// its place. When KMS's check against locking oneself out is bypassed, a policy
// that lets nobody change it is refused here.
func readPolicyFile(path string, bypass bool) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", withExit(exitUsage, fmt.Errorf("read the policy: %w", err))
	}
	if err := mrk.CheckPolicy(string(raw)); err != nil {
		return "", withExit(exitUsage, fmt.Errorf("%s: %w", path, err))
	}
	doc, err := policy.Parse(string(raw))
	if err != nil {
		return "", withExit(exitUsage, fmt.Errorf("%s: %w", path, err))
	}
	if i := slices.IndexFunc(doc.Statements, func(s policy.Statement) bool { return len(s.Principals)+len(s.NotPrincipals) == 0 }); i >= 0 {
		return "", usageErrorf("%s: statement %d names no Principal, which every statement of a key policy does", path, i+1)
	}
	if bypass && mrk.ClosedTo(string(raw), "PutKeyPolicy") {
		return "", withHint(withExit(exitRefused, fmt.Errorf("%s lets nobody change it: once it is in place, AWS Support alone could mend it", path)),
			"let it allow kms:PutKeyPolicy to a principal, or kms:* to the account's root")
	}
	return string(raw), nil
}
