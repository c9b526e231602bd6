package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// awsBook is the outage of a Region as it is drilled on AWS, where nobody can
// darken one: the drill cuts its own calls.
const awsBook = `runbook: v1
name: on-aws
about: us-east-1 goes dark and eu-west-1 goes on without one call to it, over real sockets and by real signatures.
regions: [us-east-1, eu-west-1]
keys:
  k: { alias: alias/on-aws, primary: us-east-1, replicas: [eu-west-1], make: if-missing }
safety: { run-on: [sim, aws], accounts: ["111122223333"], longest: 1h }
probes:
  standby: { do: roundtrip, in: eu-west-1, rate: 5/s, within: 2s, slo: [success >= 99%] }
faults:
  dark: { kind: region-outage, in: us-east-1, looks-like: refused, at-most: 1m, on-aws: client }
steady: { for: 1s, probes: [standby] }
steps:
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: not-there, do: key.promote, in: us-east-1, with: { to: eu-west-1 }, within: 5s, expect: { error: region-unreachable } }
  - { id: not-here, do: key.promote, in: eu-west-1, with: { to: eu-west-1 }, expect: { error: KMSInvalidStateException } }
  - { id: alone, do: watch, in: eu-west-1, for: 3s, with: { probes: [standby] }, expect: { slo: met } }
  - { id: light, do: fault.stop, with: { fault: dark } }
  - { id: back, do: wait, within: 1m, expect: { same: [policy, aliases, material], state: Enabled, in-every-region: true } }
  - { id: opens, do: decrypt, in: [us-east-1, eu-west-1], with: { ciphertexts: all }, expect: { plaintext: same } }
objectives: { unreadable-ciphertexts: 0 }
checks: [every-ciphertext-decrypts-everywhere, no-call-crosses-regions, one-primary-at-a-time, left-as-found, audit-trail-complete]
`

// A drill on what it takes for AWS, while the server of that world makes the
// Region dark for everybody, ends as the same drill on the served world does, and
// the audit trails prove that no call crossed.
func TestADrillOnAWSEndsAsOnTheServedWorld(t *testing.T) {
	t.Parallel()
	verdicts := map[string]string{}
	for _, target := range []string{"sim", "aws"} {
		s := serveWorld(t)
		book, dir := filepath.Join(s.home, "on-aws.yaml"), filepath.Join(s.home, "run")
		if err := os.WriteFile(book, []byte(awsBook), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"drill", "run", book, "--out", dir, "--progress", "plain"}
		r := s.prepared(args...)
		if target == "aws" {
			r.Args = append(append([]string{"mrkctl"}, args...), "--target", "aws", "--endpoint-url", s.url)
			r.Env = append(r.Env, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=us-east-1")
		}
		r.begin()
		r.until("start    alone")
		err := s.server.Change(func(w *sim.World) error {
			return w.StartFault(sim.Fault{Name: "at-the-server", Kind: sim.RegionOutage, In: []string{"us-east-1"}, Looks: "refused", AtMost: 2 * time.Second})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.ends(0, "target="+target, "no-call-crosses-regions", "PASSED")
		for line := range strings.Lines(r.everything()) {
			if _, rest, ok := strings.Cut(line, "check      "); ok {
				verdict, name, _ := strings.Cut(rest, " ")
				name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
				verdicts[name] += fmt.Sprint(verdict, " ")
			}
		}
	}
	for name, both := range verdicts {
		if both != "pass pass " {
			t.Errorf("%s: %s", name, both)
		}
	}
	if len(verdicts) != 5 {
		t.Errorf("checks: %v", verdicts)
	}
}
