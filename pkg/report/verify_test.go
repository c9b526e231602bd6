package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// stored writes a drill into a folder with the real writers, reports included.
func stored(t *testing.T, f *fixture) string {
	t.Helper()
	dir := t.TempDir()
	calls, err := history.Create(filepath.Join(dir, "history.jsonl"), f.zero)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.calls {
		if _, err := calls.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	seal, err := calls.Seal()
	if err != nil {
		t.Fatal(err)
	}
	w, err := journal.Create(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range f.events {
		var data any = e.Data
		switch e.Kind {
		case journal.HistorySealed:
			data = seal
		case journal.DrillPlanned:
			p := planned()
			sum := sha256.Sum256([]byte(p.Source))
			p.SourceSHA = hex.EncodeToString(sum[:])
			data = p
		default: // as it is
		}
		if _, err := w.Append(e.Kind, e.Step, e.At, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	events, err := journal.Read(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Build(events, func(do func(history.Record) error) error {
		return history.Read(filepath.Join(dir, "history.jsonl"), do)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, m, Writings()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verify(t *testing.T, dir, version string) map[string]Verified {
	t.Helper()
	all, err := Verify(dir, "journal.jsonl", version)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]Verified{"": {Verdict: VerdictOf(all)}}
	for _, v := range all {
		files[v.File] = v
	}
	return files
}

func TestVerifyAcceptsARunAsWritten(t *testing.T) {
	files := verify(t, stored(t, passing(t)), "v0.1.0")
	for _, name := range []string{"journal.jsonl", "runbook", "history.jsonl", "report.md", "report.json", "report.html", "junit.xml"} {
		if files[name].Verdict != journal.Pass {
			t.Errorf("%s: %+v", name, files[name])
		}
	}
}

func TestVerifyNamesTheLine(t *testing.T) {
	line := func(text []byte, n int) int { // where line n begins
		at := 0
		for range n - 1 {
			at += bytes.IndexByte(text[at:], '\n') + 1
		}
		return at
	}
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		line   int64
	}{
		"journal byte": {"journal.jsonl", func(b []byte) []byte { b[line(b, 9)+12] ^= 1; return b }, 9},
		"journal cut":  {"journal.jsonl", func(b []byte) []byte { return b[:line(b, 20)+7] }, 20},
		"journal end":  {"journal.jsonl", func(b []byte) []byte { return b[:line(b, 30)] }, 30},
		"journal line taken out": {"journal.jsonl", func(b []byte) []byte {
			return append(bytes.Clone(b[:line(b, 12)]), b[line(b, 13):]...)
		}, 12},
		"history byte":     {"history.jsonl", func(b []byte) []byte { b[line(b, 400)+3] ^= 1; return b }, 400},
		"history cut":      {"history.jsonl", func(b []byte) []byte { return b[:line(b, 500)+4] }, 500},
		"history end":      {"history.jsonl", func(b []byte) []byte { return b[:line(b, 601)] }, 600},
		"report.md byte":   {"report.md", func(b []byte) []byte { b[line(b, 4)] ^= 1; return b }, 4},
		"report.html line": {"report.html", func(b []byte) []byte { return append(b, "more\n"...) }, -1},
		"junit.xml empty":  {"junit.xml", func([]byte) []byte { return nil }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := stored(t, cutLoad(passing(t)))
			path := filepath.Join(dir, c.file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.change(text), 0o600); err != nil {
				t.Fatal(err)
			}
			files := verify(t, dir, "v0.1.0")
			got := files[c.file]
			if files[""].Verdict != journal.Fail || got.Verdict != journal.Fail || (c.line > 0 && got.Line != c.line) {
				t.Errorf("%+v, want line %d", got, c.line)
			}
		})
	}
}

// cutLoad keeps the first thousand calls: enough to be damaged.
func cutLoad(f *fixture) *fixture {
	f.calls = f.calls[:1000]
	return f
}

func TestVerifyDoesNotJudgeAnotherVersionsReport(t *testing.T) {
	dir := stored(t, cutLoad(passing(t)))
	path := filepath.Join(dir, "report.md")
	if err := os.WriteFile(path, []byte("as an older version wrote it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := verify(t, dir, "v9")
	if got := files["report.md"]; got.Verdict != journal.Unknown || !strings.Contains(got.What, "v0.1.0") {
		t.Errorf("%+v", got)
	}
	if files["report.html"].Verdict != journal.Pass {
		t.Errorf("%+v", files["report.html"])
	}
}

func TestVerifyWithoutARun(t *testing.T) {
	if _, err := Verify(t.TempDir(), "journal.jsonl", ""); err == nil {
		t.Error("an empty folder was verified")
	}
	dir := stored(t, cutLoad(passing(t)))
	if err := os.Remove(filepath.Join(dir, "history.jsonl")); err != nil {
		t.Fatal(err)
	}
	if got := verify(t, dir, "v0.1.0"); got["history.jsonl"].Verdict != journal.Fail {
		t.Errorf("a history that is gone: %+v", got)
	}
}

func TestVerifiedDocumentIsValidJSON(t *testing.T) {
	var b bytes.Buffer
	d := VerifiedDocument("dir", []Verified{{File: "a", Verdict: journal.Fail, Line: 3, What: "x"}})
	if err := d.Write(&b, FormatJSON, Style{}); err != nil || !json.Valid(b.Bytes()) {
		t.Errorf("%s %v", b.String(), err)
	}
	if !strings.HasPrefix(d.Title, "NOT AS WRITTEN") {
		t.Error(d.Title)
	}
}
