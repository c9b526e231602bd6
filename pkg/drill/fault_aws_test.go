package drill_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/sim"
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

// A fault that was done to the key itself is mended by a run that is gone on
// with, or taken back, long after the fault should have ended: only the drill
// ends it.
func TestAFaultOfAWSIsMendedAfterACrash(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"disable-key", "key-policy"} {
		text := strings.NewReplacer("$HOW", how, "$CODE", map[string]string{"disable-key": "DisabledException", "key-policy": "AccessDeniedException"}[how]).Replace(awsFaultBook)
		for name, goOn := range map[string]func(context.Context, drill.Options) (drill.Result, error){"resume": drill.Resume, "undo": drill.TakeBack} {
			l := newLasting(t, sim.Options{Seed: 3})
			home := quickDir(t)
			o := l.options(t, parse(t, text), filepath.Join(home, "run"))
			o.Cloud.Origin.Kind = "aws"
			var world *sim.World
			o.Observe = func(e journal.Event) {
				if e.Kind == journal.StepEnded && e.Step == "break" {
					copyRun(t, o.Dir, filepath.Join(home, "killed"))
					world = l.fork(t)
				}
			}
			if _, err := drill.Run(t.Context(), o); err != nil || world == nil {
				t.Fatal(err)
			}
			later := lastingOf(world, 25*time.Minute) // the fault was for ten
			o = later.options(t, parse(t, text), filepath.Join(home, "killed"))
			o.Cloud.Origin.Kind = "aws"
			res, err := goOn(t.Context(), o)
			if err != nil || res.Exit == 7 {
				t.Errorf("%s, %s: %+v, %v", how, name, res, err)
			}
			asFound(t, moment{name: how + ", " + name, dir: o.Dir}, later)
			if enabled, put := later.done["EnableKey"], later.done["PutKeyPolicy"]; enabled+put == 0 {
				t.Errorf("%s, %s: nothing was mended", how, name)
			}
		}
	}
}
