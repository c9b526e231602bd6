package drill_test

import (
	"bytes"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// A runbook that may run on AWS only is refused in a simulated world, and can
// be rehearsed there all the same: that is what a plan is.
func TestARunbookForAWSIsRefusedButCanBeRehearsed(t *testing.T) {
	for _, rehearsal := range []bool{false, true} {
		o := options(t, "ci-smoke", t.TempDir(), 5, "")
		source := bytes.Replace([]byte(awsFaultBook), []byte("$HOW"), []byte("client"), 1)
		source = bytes.Replace(source, []byte("$CODE"), []byte("DisabledException"), 1)
		book, err := runbook.Parse("aws-only.yaml", source, nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Book, o.Rehearsal = book, rehearsal
		res, err := drill.Run(t.Context(), o)
		if rehearsal && (err != nil || res.Verdict != journal.Pass) {
			t.Errorf("rehearsed: %+v, %v", res, err)
		}
		if !rehearsal && (err == nil || res.Exit != 6) {
			t.Errorf("not refused: %+v, %v", res, err)
		}
	}
}
