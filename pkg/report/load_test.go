package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadReadsWhatADeadDrillLeft(t *testing.T) {
	dir := stored(t, cutLoad(passing(t)))
	journalPath, historyPath := filepath.Join(dir, "journal.jsonl"), filepath.Join(dir, "history.jsonl")
	shorten := func(path string, lines int) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.SplitAfter(string(text), "\n")
		torn := strings.Join(all[:lines], "") + all[lines][:len(all[lines])/2]
		if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A whole journal answers for a whole history.
	shorten(historyPath, 200)
	if _, err := Load(journalPath, historyPath); err == nil || !strings.Contains(err.Error(), "history.jsonl: line 201") {
		t.Errorf("a cut history of a drill that ended: %v", err)
	}
	// A drill that died has left what it has left.
	shorten(journalPath, 30)
	m, err := Load(journalPath, historyPath)
	if err != nil {
		t.Fatal(err)
	}
	limits := strings.Join(m.Limits, "\n")
	if m.Verdict.Status != statusIncomplete || m.Evidence.JournalLines != 30 || !strings.Contains(limits, "up to line 200") {
		t.Errorf("%+v, %s", m.Verdict, limits)
	}
	if m.Evidence.HistoryCalls == 0 {
		t.Error("no call of the history was counted")
	}
	if err := os.Remove(historyPath); err != nil {
		t.Fatal(err)
	}
	if m, err = Load(journalPath, historyPath); err != nil || m.Evidence.HistoryRead {
		t.Errorf("without a history: %v", err)
	}
	// Damage in the middle is no death.
	text, err := os.ReadFile(journalPath)
	if err != nil {
		t.Fatal(err)
	}
	text[3000] ^= 1
	if err := os.WriteFile(journalPath, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(journalPath, historyPath); err == nil {
		t.Error("a changed journal was read")
	}
	if _, err := Load(filepath.Join(dir, "absent"), historyPath); err == nil {
		t.Error("no journal was read")
	}
}
