package drill_test

import (
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// On AWS a fault may be done to the key itself, and is taken back when it ends.
func TestFaultsOfAWSAreDoneToTheKeyAndTakenBack(t *testing.T) {
	for how, code := range map[string]string{"disable-key": "DisabledException", "key-policy": "AccessDeniedException"} {
		t.Run(how, func(t *testing.T) {
			o := options(t, "ci-smoke", t.TempDir(), 3, "")
			book, err := runbook.Parse(how+".yaml", []byte(strings.NewReplacer("$HOW", how, "$CODE", code).Replace(awsFaultBook)), nil)
			if err != nil {
				t.Fatal(err)
			}
			o.Book, o.Cloud.Origin.Kind = book, "aws"
			res, err := drill.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != journal.Pass {
				t.Error(res.Headline)
			}
		})
	}
}

const awsFaultBook = `runbook: v1
name: on-aws
about: The key itself is broken in one Region, goes on in the other, and is mended when the fault ends.
regions: [us-east-1, eu-west-1]
keys:
  k: { alias: alias/k, primary: us-east-1, replicas: [eu-west-1], make: if-missing }
safety: { run-on: [aws], accounts: ["111122223333"], longest: 1h }
faults:
  broken: { kind: key-disabled, in: eu-west-1, key: k, at-most: 10m, on-aws: $HOW }
steps:
  - { id: break, do: fault.start, with: { fault: broken } }
  - { id: here-not, do: encrypt, in: eu-west-1, with: { key: k }, expect: { error: $CODE } }
  - { id: there-still, do: roundtrip, in: us-east-1, with: { key: k } }
  - { id: mend, do: fault.stop, with: { fault: broken } }
  - { id: here-again, do: roundtrip, in: eu-west-1, with: { key: k } }
checks: [left-as-found]
`
