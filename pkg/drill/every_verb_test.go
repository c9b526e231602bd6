package drill_test

import (
	"path/filepath"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

const everyVerb = "testdata/every-verb.yaml"

// TestEveryVerbIsDoneByARunbook holds the table of verbs against the runbooks
// that tests run: what none of them does, nobody knows to work.
func TestEveryVerbIsDoneByARunbook(t *testing.T) {
	paths, err := filepath.Glob("../../configs/runbooks/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, path := range append(paths, everyVerb) {
		book, err := runbook.Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		book.EachStep(func(s *runbook.Step) {
			done[s.Do] = done[s.Do] || s.Expect == nil || s.Expect.Error == ""
		})
	}
	for _, v := range runbook.Verbs() {
		if !done[v.Name] {
			t.Errorf("no runbook does %s, other than to be refused", v.Name)
		}
	}
}

func TestTheVerbsThatNoShippedRunbookDoes(t *testing.T) {
	book, err := runbook.Load(everyVerb, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, "ci-smoke", t.TempDir(), 7, "")
	o.Book = book
	res, err := drill.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if res.Verdict != journal.Pass {
		t.Error(res.Headline)
	}
}
