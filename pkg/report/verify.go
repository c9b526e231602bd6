package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Verified is the answer about one file of a run.
type Verified struct {
	File    string          `json:"file"`
	Verdict journal.Verdict `json:"verdict"`
	Line    int64           `json:"line,omitempty"` // the first that is not as it was written
	What    string          `json:"what"`
}

// Verify holds the files of a run against one another: the journal must be a
// whole chain that ends a drill, the runbook in it must have its hash, the
// history must be the one that the journal sealed, and each report beside them
// must be, byte for byte, what they render to. A report that another version
// of mrkctl wrote and that differs is unknown, since a writer may change.
//
// The error tells why nothing could be said at all, such as a folder that
// holds no run.
func Verify(dir, journalFile, version string) ([]Verified, error) {
	path := filepath.Join(dir, journalFile)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s holds no run: %w", dir, err)
	}
	head, err := journal.Verify(path)
	if err != nil {
		return []Verified{damaged(journalFile, err)}, nil
	}
	all := []Verified{{File: journalFile, Verdict: journal.Pass, What: fmt.Sprintf("a whole chain of %d lines, head %s", head.Lines, head.Sha)}}
	events, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	planned, seals, err := promises(events)
	if err != nil {
		return nil, err
	}
	all = append(all, verifyRunbook(planned), verifyHistory(dir, seals))
	if all[2].Verdict == journal.Fail {
		return all, nil // a report made from it would prove nothing
	}
	m, err := Build(events, func(do func(history.Record) error) error {
		return history.Read(historyPath(dir, seals), do)
	})
	if err != nil {
		return nil, err
	}
	reports, err := verifyReports(dir, m, version)
	return append(all, reports...), err
}

// damaged is the answer about a file in which an error was found.
func damaged(file string, err error) Verified {
	v := Verified{File: file, Verdict: journal.Fail, What: err.Error()}
	var line *journal.LineError
	var record *history.DamageError
	switch {
	case errors.As(err, &line):
		v.Line, v.What = line.Line, line.What
	case errors.As(err, &record):
		v.Line, v.What = record.Line, record.What
	}
	return v
}

// promises are what a journal says of the files beside it.
func promises(events []journal.Event) (planned journal.Planned, seals []journal.Seal, err error) {
	for _, e := range events {
		switch e.Kind {
		case journal.DrillPlanned:
			planned, err = payload[journal.Planned](e)
		case journal.HistorySealed:
			var seal journal.Seal
			seal, err = payload[journal.Seal](e)
			seals = append(seals, seal)
		default: // says nothing of other files
		}
		if err != nil {
			return planned, seals, err
		}
	}
	return planned, seals, nil
}

func verifyRunbook(p journal.Planned) Verified {
	sum := sha256.Sum256([]byte(p.Source))
	if hex.EncodeToString(sum[:]) != p.SourceSHA {
		return Verified{File: "runbook", Verdict: journal.Fail, Line: 1, What: "the runbook in the journal does not have the hash that stands beside it"}
	}
	return Verified{File: "runbook", Verdict: journal.Pass, What: "in the journal, SHA-256 " + p.SourceSHA}
}

// historyPath is the history that was sealed. Only the name counts: a journal
// has no say over what lies elsewhere.
func historyPath(dir string, seals []journal.Seal) string {
	return filepath.Join(dir, filepath.Base(seals[len(seals)-1].File))
}

func verifyHistory(dir string, seals []journal.Seal) Verified {
	if len(seals) == 0 {
		return Verified{File: "history", Verdict: journal.Fail, What: "the journal sealed no history"}
	}
	path := historyPath(dir, seals)
	if err := history.Verify(path, seals...); err != nil {
		return damaged(filepath.Base(path), err)
	}
	last := seals[len(seals)-1]
	return Verified{File: filepath.Base(path), Verdict: journal.Pass, What: fmt.Sprintf("as sealed: %d lines, SHA-256 %s", last.Lines, last.SHA256)}
}

// verifyReports renders each report that is there again.
func verifyReports(dir string, m *Model, version string) ([]Verified, error) {
	var all []Verified
	for _, w := range Writings() {
		got, err := os.ReadFile(filepath.Join(dir, w.File()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("verify the report: %w", err)
		}
		want, err := m.Render(w)
		if err != nil {
			return nil, err
		}
		v := Verified{File: w.File(), Verdict: journal.Pass, What: "what journal and history render to"}
		if line := firstDifference(got, want); line > 0 {
			v = Verified{File: w.File(), Verdict: journal.Fail, Line: line, What: "is not what journal and history render to; write it again with: mrkctl report render " + dir}
			if m.Run.Version != version {
				v.Verdict = journal.Unknown
				v.What = fmt.Sprintf("the drill was run by mrkctl %s, and %s renders another text; judge it with that version, or write it again with: mrkctl report render %s", orDash(m.Run.Version), orDash(version), dir)
			}
		}
		all = append(all, v)
	}
	return all, nil
}

// firstDifference is the first line in which two texts differ, 0 when none.
func firstDifference(a, b []byte) int64 {
	if bytes.Equal(a, b) {
		return 0
	}
	for line := int64(1); ; line++ {
		x, restA, moreA := bytes.Cut(a, []byte("\n"))
		y, restB, moreB := bytes.Cut(b, []byte("\n"))
		if !bytes.Equal(x, y) || moreA != moreB {
			return line
		}
		a, b = restA, restB
	}
}

// VerifiedDocument shows the answers.
func VerifiedDocument(dir string, all []Verified) Document {
	d := Document{Kind: "report-verify", Columns: Columns("FILE", "VERDICT", ">LINE", "WHAT"), Data: all}
	for _, v := range all {
		line := ""
		if v.Line > 0 {
			line = fmt.Sprint(v.Line)
		}
		d.Rows = append(d.Rows, []string{v.File, string(v.Verdict), line, v.What})
	}
	d.Title = map[journal.Verdict]string{
		journal.Pass: "VERIFIED  " + dir, journal.Fail: "NOT AS WRITTEN  " + dir, journal.Unknown: "UNKNOWN  " + dir,
	}[VerdictOf(all)]
	return d
}

// VerdictOf is the verdict that the answers make together.
func VerdictOf(all []Verified) journal.Verdict {
	verdict := journal.Pass
	for _, v := range all {
		verdict = worse(verdict, v.Verdict)
	}
	return verdict
}
