package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// told is a stream that says when something was written to it.
type told struct {
	mu   sync.Mutex
	text bytes.Buffer
	want string
	seen chan struct{}
}

func newTold(want string) *told { return &told{want: want, seen: make(chan struct{})} }

func (w *told) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if w.want != "" && strings.Contains(w.text.String(), w.want) {
		w.want = ""
		close(w.seen)
	}
	return n, err
}

func (w *told) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

const approvedBook = `runbook: v1
name: approved
about: A sentence that two custodians must agree to, from a second terminal.
keys:
  k: { alias: alias/k, primary: us-east-1 }
people:
  custodian: { are: [ann, ben] }
steps:
  - { id: agreed, do: note, with: { text: We may. }, approve: { count: 2, by: [custodian], within: 10m } }
  - { id: look, do: key.show, expect: { state: Enabled } }
`

// A drill that waits is answered from elsewhere, by people who may.
func TestADrillIsApprovedFromASecondTerminal(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"agreed": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			approvedElsewhere(t, refused)
		})
	}
}

func approvedElsewhere(t *testing.T, refused bool) {
	t.Helper()
	dir := t.TempDir()
	book, run := filepath.Join(dir, "approved.yaml"), filepath.Join(dir, "run")
	if err := os.WriteFile(book, []byte(approvedBook), 0o600); err != nil {
		t.Fatal(err)
	}
	p, out, _ := testProcess("drill", "run", book, "--speed", "real", "--out", run, "--progress", "plain")
	errs := newTold("We may.")
	p.Err = errs
	ended := make(chan int, 1)
	go func() { ended <- Main(p) }()
	<-errs.seen
	approve := func(args ...string) (int, string) {
		p, _, errs := testProcess(append([]string{"drill", "approve", run}, args...)...)
		return Main(p), errs.String()
	}
	if code, said := approve("agreed", "--as", "mallory"); code != exitRefused || !strings.Contains(said, "mallory may not approve agreed; ann and ben may") {
		t.Errorf("somebody else: %d %s", code, said)
	}
	if code, said := approve("look", "--as", "ann"); code != exitUsage {
		t.Errorf("another step: %d %s", code, said)
	}
	for range 2 { // the second time adds nothing
		if code, said := approve("agreed", "--as", "ann"); code != exitOK {
			t.Errorf("ann: %d %s", code, said)
		}
	}
	last, want := []string{"agreed", "--as", "ben"}, exitOK
	if refused {
		last, want = append(last, "--refuse", "--remark", "not today"), exitError
	}
	if code, said := approve(last...); code != exitOK {
		t.Errorf("ben: %d %s", code, said)
	}
	if code := <-ended; code != want {
		t.Errorf("the drill ended with %d, want %d\n%s%s", code, want, out, errs)
	}
	report, err := os.ReadFile(filepath.Join(run, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	if refused && !strings.Contains(string(report), "ben refused: not today") || !strings.Contains(string(report), "ann") {
		t.Errorf("the report does not name who decided:\n%s", report)
	}
}
