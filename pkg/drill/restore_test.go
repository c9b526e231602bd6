package drill_test

import (
	"context"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/check"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// restoreHead begins the runbooks of this file.
const restoreHead = `runbook: v1
name: restored
about: Something is changed that a snapshot holds, and it is put back as it was found.
regions: [us-east-1, eu-west-1]
keys: { payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1], rotate-every: 365d } }
safety: { longest: 1h, spend: { promotions: 4 } }
`

// ownTags are how the members are tagged before a drill comes: each its own way.
func ownTags() map[string]map[string]string {
	return map[string]map[string]string{
		"us-east-1": {"owner": "payments", "cost": "42"},
		"eu-west-1": {"owner": "payments-eu", "residency": "eu"},
	}
}

// tagged is a world in which the key set was made by an earlier run and tagged
// by its owners, each member its own way.
func tagged(t *testing.T, sabotage ...string) *lasting {
	t.Helper()
	w := newLasting(t, sim.Options{Seed: 3, Regions: []string{"us-east-1", "eu-west-1"}, Sabotage: sabotage})
	made := w.options(t, parse(t, restoreHead+"steps: [{ id: made, do: note, with: { text: made } }, { id: seen, do: key.show, with: { key: payments }, expect: { state: Enabled } }]"), filepath.Join(quickDir(t), "made"))
	if res, err := drill.Run(t.Context(), made); err != nil || res.Exit != 0 {
		t.Fatalf("make the key set: %v %v", res, err)
	}
	for region, tags := range ownTags() {
		var list []types.Tag
		for name, value := range tags {
			list = append(list, types.Tag{TagKey: aws.String(name), TagValue: aws.String(value)})
		}
		in := &kms.TagResourceInput{KeyId: aws.String(w.keyID(t)), Tags: list}
		w.clock.Run(func() {
			if _, err := w.operator(region).TagResource(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

func (l *lasting) keyID(t *testing.T) string {
	t.Helper()
	return l.set(t).ID
}

// set is the only key set as it is now.
func (l *lasting) set(t *testing.T) (set mrk.KeySet) {
	t.Helper()
	l.clock.Run(func() {
		var err error
		if set, err = mrk.Read(t.Context(), mrk.Cloud{Client: l.operator, Clock: l.clock, Regions: []string{"us-east-1", "eu-west-1"}}, "alias/payments"); err != nil {
			t.Error(err)
		}
	})
	return set
}

// asTagged says whether each member has the tags that its owners gave it. The
// drill that made the key set gave it some more.
func (l *lasting) asTagged(t *testing.T) bool {
	t.Helper()
	all := true
	for region, want := range ownTags() {
		m, _ := l.set(t).Member(region)
		own := maps.Clone(m.Tags)
		maps.DeleteFunc(own, func(name, _ string) bool { return strings.HasPrefix(name, "mrkctl") || name == "drill" })
		all = all && maps.Equal(own, want)
	}
	return all
}

// sameAgain holds that the files of a run say what the run said.
func sameAgain(t *testing.T, dir string, res drill.Result) {
	t.Helper()
	again, err := check.Again(filepath.Join(dir, drill.JournalFile), filepath.Join(dir, drill.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	if again.Verdict() != res.Verdict || len(again.Differs) > 0 {
		t.Errorf("the run was %s, %s; by its files it is %s, %q", res.Verdict, res.Headline, again.Verdict(), again.Differs)
	}
}

const (
	syncTags   = "  - { id: sync, do: tag.sync, with: { key: payments } }\n"
	rotateHalf = "  - { id: faster, do: key.rotation, with: { key: payments, every: 180d } }\n"
	rotateOff  = "  - { id: off, do: key.rotation, with: { key: payments, enabled: false } }\n"
	goesWrong  = "  - { id: wrong, do: key.show, with: { key: payments }, expect: { state: Disabled }, within: 5s }\n"
	awayStep   = "  - { id: away, do: key.promote, in: us-east-1, with: { key: payments, to: eu-west-1 }, expect: { primary: eu-west-1, state: Enabled, in-every-region: true }, undo: { do: key.promote, in: eu-west-1, with: { key: payments, to: us-east-1 } } }\n"
	homeStep   = "  - { id: home, do: key.promote, in: eu-west-1, with: { key: payments, to: us-east-1 }, expect: { primary: us-east-1, state: Enabled, in-every-region: true } }\n"
	checkFound = "checks: [left-as-found]\n"
)

func restoreStep(what string) string {
	return "  - { id: back, do: restore, with: { key: payments" + what + " } }\n"
}

// denied is the key policy that lets nobody take a tag away.
const denied = `'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::$account:root"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:UntagResource","Resource":"*"}]}'`

func TestRestoreOfTagsAndRotation(t *testing.T) {
	noUntag := "  - { id: locked, do: policy.put, in: eu-west-1, with: { key: payments, policy: " + denied + " }, undo: "
	for name, c := range map[string]struct {
		steps    string
		tail     string
		sabotage []string
		exit     int
		says     string // of the headline
	}{
		"tags, asked for":              {steps: syncTags + restoreStep(", what: [tags]")},
		"tags, with everything":        {steps: syncTags + restoreStep("")},
		"tags, left":                   {steps: syncTags, exit: 1, says: "left-as-found"},
		"tags, something else asked":   {steps: syncTags + restoreStep(", what: [rotation]"), exit: 1, says: "left-as-found"},
		"tags, undone":                 {steps: syncTags + goesWrong, exit: 1, says: "FAILED: step wrong"},
		"tags, undone always":          {steps: syncTags, tail: "always"},
		"tags, refused":                {steps: syncTags + noUntag + "{ do: restore, with: { key: payments, what: [policy] } } }\n" + restoreStep(", what: [tags]"), exit: 1, says: "FAILED: step back"},
		"tags, refused to undo":        {steps: syncTags + noUntag + "{ do: nothing, why: to see it } }\n" + goesWrong, exit: 7, says: "LEFT DIRTY: undo sync"},
		"rotation, period":             {steps: rotateHalf + restoreStep(", what: [rotation]")},
		"rotation, off":                {steps: rotateOff + restoreStep("")},
		"rotation, left":               {steps: rotateOff, exit: 1, says: "left-as-found"},
		"rotation, something else":     {steps: rotateOff + restoreStep(", what: [tags]"), exit: 1, says: "left-as-found"},
		"rotation, undone":             {steps: rotateHalf + goesWrong, exit: 1, says: "FAILED: step wrong"},
		"rotation, by the new primary": {steps: awayStep + rotateOff + restoreStep(", what: [rotation]") + homeStep},
		"rotation, undone after both":  {steps: rotateHalf + awayStep + goesWrong, exit: 1, says: "FAILED: step wrong"},
		"rotation, lost by the world":  {steps: awayStep + homeStep, sabotage: []string{"promotion-loses-rotation-schedule"}, exit: 1, says: "left-as-found"},
		"rotation, lost and put back":  {steps: awayStep + homeStep + restoreStep(""), sabotage: []string{"promotion-loses-rotation-schedule"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := tagged(t, c.sabotage...)
			book := restoreHead + "steps:\n" + c.steps + checkFound
			if c.tail != "" {
				book = strings.Replace(book, "longest: 1h", "longest: 1h, undo: "+c.tail, 1)
			}
			o := w.options(t, parse(t, book), filepath.Join(quickDir(t), "run"))
			res, err := drill.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if res.Exit != c.exit || !strings.Contains(res.Headline, c.says) {
				t.Errorf("it ended with %d: %s", res.Exit, res.Headline)
			}
			sameAgain(t, o.Dir, res)
			found := checkOf(t, o.Dir, "left-as-found").Verdict == journal.Pass
			m, _ := w.set(t).Member("us-east-1")
			is := w.asTagged(t) && m.Rotation.Enabled && m.Rotation.PeriodDays == 365
			if found != is {
				t.Errorf("the check says left as found: %v, and it is: %v", found, is)
			}
			if want := c.exit != 7 && c.says != "left-as-found"; is != want {
				t.Errorf("put back: %v, wanted %v", is, want)
			}
		})
	}
}

// TestInterruptedAndPutBack stops a drill when it has changed tags and rotation:
// by a signal, by a guard, and by the death of its process.
func TestInterruptedAndPutBack(t *testing.T) {
	book := restoreHead + `probes: { writers: { do: encrypt, key: payments, in: eu-west-1, rate: 1/s, slo: [success >= 99%], guard: success >= 90% over 10s } }
faults: { dark: { kind: region-outage, in: eu-west-1, at-most: 5m } }
steady: { for: 10s, probes: [writers] }
steps:
` + syncTags + rotateHalf + `  - { id: reached, do: note, with: { text: here } }
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: look, do: watch, for: 2m, with: { probes: [writers] } }
` + checkFound
	for name, exit := range map[string]int{"a signal": 130, "a guard": 5, "death": 130} {
		t.Run(name, func(t *testing.T) {
			w := tagged(t)
			o := w.options(t, parse(t, book), filepath.Join(quickDir(t), "run"))
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			died := filepath.Join(quickDir(t), "died")
			left := w
			o.Observe = func(e journal.Event) {
				if e.Kind != journal.StepEnded || e.Step != "reached" {
					return
				}
				switch name {
				case "a signal":
					stop(drill.Interrupted{By: "SIGINT"})
				case "death":
					copyRun(t, o.Dir, died)
					left = lastingOf(w.fork(t), 0)
				}
			}
			res, err := drill.Run(ctx, o)
			if err == nil && name == "death" {
				res, err = drill.TakeBack(t.Context(), left.options(t, o.Book, died))
				o.Dir = died
			}
			if err != nil {
				t.Fatal(err)
			}
			sameAgain(t, o.Dir, res)
			m, _ := left.set(t).Member("us-east-1")
			if res.Exit != exit || !left.asTagged(t) || m.Rotation.PeriodDays != 365 {
				t.Errorf("it ended with %d, %s; tagged %v, rotation %v", res.Exit, res.Headline, left.asTagged(t), m.Rotation)
			}
			if c := checkOf(t, o.Dir, "left-as-found"); c.Verdict != journal.Pass {
				t.Errorf("left-as-found: %s %v", c.Detail, c.Evidence)
			}
		})
	}
}
