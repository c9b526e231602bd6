package drill_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// otherwiseBook disables a replica, expects what isn't so, and would go on.
const otherwiseBook = `runbook: v1
name: otherwise
about: >
  What a drill does after a step that did not go as expected.
regions: [us-east-1, eu-west-1]
keys: { payments: { alias: alias/payments, primary: us-east-1, replicas: [eu-west-1] } }
safety: { run-on: [sim], longest: 1h, undo: $UNDO }
steps:
  - id: disable
    say: The replica is disabled.
    do: key.disable
    in: eu-west-1
    with: { key: payments }
    undo: { do: key.enable, in: eu-west-1, with: { key: payments } }
  - id: wrong
    say: It is not enabled, as it should be.
    do: key.show
    in: eu-west-1
    with: { key: payments }
    expect: { state: Enabled }
    otherwise: $OTHERWISE
  - { id: later, say: The drill goes on., do: note, with: { text: still here } }
checks: [left-as-found]
`

// TestWhatFollowsAStepThatFailed plays every value of otherwise against every
// policy of undo.
func TestWhatFollowsAStepThatFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		otherwise, undo string
		goesOn, undone  bool
	}{
		{"undo", "on-failure", false, true},
		{"undo", "never", false, false},
		{"undo", "always", false, true},
		{"stop", "on-failure", false, false},
		{"stop", "never", false, false},
		{"stop", "always", false, true},
		{"continue", "on-failure", true, false},
		{"continue", "always", true, true},
		{"pause", "on-failure", false, true}, // nobody can be asked
	} {
		t.Run(c.otherwise+" "+c.undo, func(t *testing.T) {
			t.Parallel()
			o := options(t, "ci-smoke", t.TempDir(), 5, "")
			text := strings.NewReplacer("$OTHERWISE", c.otherwise, "$UNDO", c.undo).Replace(otherwiseBook)
			book, err := runbook.Parse("otherwise.yaml", []byte(text), nil)
			if err != nil {
				t.Fatal(err)
			}
			o.Book = book
			var steps []string
			undone := false
			o.Observe = func(e journal.Event) {
				if e.Kind == journal.StepStarted {
					steps = append(steps, e.Step)
				}
				undone = undone || e.Kind == journal.UndoDone
			}
			res, err := drill.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if goesOn := slices.Contains(steps, "later"); goesOn != c.goesOn {
				t.Errorf("the drill went on: %v, want %v", goesOn, c.goesOn)
			}
			if undone != c.undone {
				t.Errorf("undone: %v, want %v", undone, c.undone)
			}
			if res.Verdict != journal.Fail {
				t.Errorf("verdict %s (%s), want fail", res.Verdict, res.Headline)
			}
			if _, err := journal.Verify(filepath.Join(o.Dir, drill.JournalFile)); err != nil {
				t.Error(err)
			}
		})
	}
}
