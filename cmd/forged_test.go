package cmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// forgery is one way of tampering with a run, and how each of the two commands
// answers: with which words, or not at all.
type forgery struct {
	of     string // the run; default: the one that passed
	do     func(f forger)
	verify string // report verify says this and ends with 1; "" when it passes by design
	check  string // drill check likewise, with 1 or 4
}

const (
	onlyJournal = "" // drill check looks at journal and history alone
	byDesign    = "" // whoever writes all files anew can forge a run
	rendered    = "is not what journal and history render to"
)

func forgeries() map[string]forgery {
	const j, h, l = drill.JournalFile, drill.HistoryFile, drill.LedgerFile
	changed := "changed since it was written"
	return map[string]forgery{
		// With an editor.
		"a line of the journal left out": {do: func(f forger) {
			f.edit(j, func(lines []string) []string { return slices.Delete(lines, 11, 12) })
		}, verify: "journal.jsonl fail 12 out of order", check: "journal.jsonl:12: out of order"},
		"two lines the other way round": {do: func(f forger) {
			f.edit(j, func(lines []string) []string { lines[20], lines[21] = lines[21], lines[20]; return lines })
		}, verify: "journal.jsonl fail 21 out of order", check: "journal.jsonl:21: out of order"},
		"a line twice": {do: func(f forger) {
			f.edit(j, func(lines []string) []string { return slices.Insert(lines, 30, lines[29]) })
		}, verify: "journal.jsonl fail 31 out of order", check: "journal.jsonl:31: out of order"},
		"a verdict": {of: failedRun, do: func(f forger) { f.replace(j, `"verdict":"fail"`, `"verdict":"pass"`) }, verify: changed, check: changed},
		"a time":    {do: func(f forger) { f.replace(j, `"at":"20`, `"at":"19`) }, verify: "journal.jsonl fail 1 " + changed, check: "journal.jsonl:1: " + changed},
		"the seed":  {do: func(f forger) { f.replace(j, `"seed":7`, `"seed":8`) }, verify: "journal.jsonl fail 1 " + changed, check: "journal.jsonl:1: " + changed},
		"the runbook": {
			do:     func(f forger) { f.replace(j, `checks:`, `chicks:`) },
			verify: "journal.jsonl fail 1 " + changed, check: "journal.jsonl:1: " + changed,
		},
		"spaces that mean nothing": {
			do:     func(f forger) { f.replace(j, `{"n":5,`, `{"n": 5,`) },
			verify: "journal.jsonl fail 5 ", check: "journal.jsonl:5: ",
		},
		"the end cut off": {do: func(f forger) {
			f.edit(j, func(lines []string) []string { return lines[:len(lines)-1] })
		}, verify: "cut: the journal ends after", check: "the drill did not come to its end"},
		"half a line cut off": {
			do:     func(f forger) { f.write(j, f.read(j)[:len(f.read(j))-9]) },
			verify: "cut: the line has no end", check: "the drill did not come to its end",
		},
		"lines added": {do: func(f forger) {
			f.edit(j, func(lines []string) []string { return append(lines, lines[len(lines)-1]) })
		}, verify: "out of order", check: "out of order"},
		"an empty line added": {do: func(f forger) { f.write(j, append(f.read(j), '\n')) }, verify: "not a journal line", check: "not a journal line"},
		"CRLF in the journal": {
			do:     func(f forger) { f.write(j, bytes.ReplaceAll(f.read(j), []byte("\n"), []byte("\r\n"))) },
			verify: "journal.jsonl fail 1 not a journal line", check: "journal.jsonl:1: not a journal line",
		},
		"the journal emptied": {
			do:     func(f forger) { f.write(j, nil) },
			verify: "journal.jsonl fail 1 cut", check: "journal.jsonl: the journal does not hold the runbook",
		},
		"the journal removed": {do: func(f forger) { _ = os.Remove(f.path(j)) }, verify: "holds no run", check: "journal.jsonl: no such file"},
		"the journal of another run": {
			do:     func(f forger) { f.from(otherRun, j) },
			verify: "history.jsonl fail", check: "history.jsonl: line",
		},
		"lines of another run": {do: func(f forger) {
			theirs := slices.Collect(strings.Lines(string(forger{f.t, filepath.Join(filepath.Dir(f.dir), "..", otherRun)}.read(j))))
			f.edit(j, func(lines []string) []string { return append(lines[:10:10], theirs[10:]...) })
		}, verify: "journal.jsonl fail 11 does not follow from the line before", check: "journal.jsonl:11: does not follow"},

		"a call that is not as it was": {do: func(f forger) {
			f.edit(h, func(lines []string) []string { lines[8] = strings.Replace(lines[8], "1", "2", 1); return lines })
		}, verify: "history.jsonl fail 9 does not follow", check: "history.jsonl: line 9 does not follow"},
		"a call left out": {do: func(f forger) {
			f.edit(h, func(lines []string) []string { return slices.Delete(lines, 40, 41) })
		}, verify: "history.jsonl fail 41 does not follow", check: "history.jsonl: line 41 does not follow"},
		"calls cut off": {
			do:     func(f forger) { f.edit(h, func(lines []string) []string { return lines[:50] }) },
			verify: "history.jsonl fail 50 is the last one", check: "history.jsonl: line 50 is the last one",
		},
		"a call added": {
			do:     func(f forger) { f.write(h, append(f.read(h), "[0,1,0,1,\"00000000\"]\n"...)) },
			verify: "does not follow the one before it", check: "does not follow the one before it",
		},
		"CRLF in the history": {
			do:     func(f forger) { f.write(h, bytes.ReplaceAll(f.read(h), []byte("\n"), []byte("\r\n"))) },
			verify: "history.jsonl fail 1 ", check: "history.jsonl: line 1 ",
		},
		"the history emptied": {do: func(f forger) { f.write(h, nil) }, verify: "history.jsonl fail 1 is missing", check: "history.jsonl: line 1 is missing"},
		"the history removed": {do: func(f forger) { _ = os.Remove(f.path(h)) }, verify: "history.jsonl: no such file", check: "history.jsonl: no such file"},
		"the history of another run": {
			do:     func(f forger) { f.from(otherRun, h) },
			verify: "history.jsonl fail", check: "history.jsonl: line",
		},

		"a number in report.json": {do: func(f forger) { f.replace("report.json", `"seed": 7`, `"seed": 9`) }, verify: "report.json fail", check: onlyJournal},
		"a word in report.html":   {do: func(f forger) { f.replace("report.html", "PASSED", "GREAT!") }, verify: "report.html fail", check: onlyJournal},
		"CRLF in report.md": {do: func(f forger) {
			f.write("report.md", bytes.ReplaceAll(f.read("report.md"), []byte("\n"), []byte("\r\n")))
		}, verify: "report.md fail 1", check: onlyJournal},
		"junit.xml emptied":          {do: func(f forger) { f.write("junit.xml", nil) }, verify: "junit.xml fail 1", check: onlyJournal},
		"the report of another run":  {of: failedRun, do: func(f forger) { f.from(passedRun, "report.md") }, verify: "report.md fail", check: "FAILED"},
		"the ciphertexts of another": {do: func(f forger) { f.from(otherRun, l) }, verify: byDesign, check: byDesign}, // nothing is judged from them

		// With the program: every hash of the journal is made anew. The reports
		// still show the head that it had.
		"a journal sealed anew": {of: failedRun, do: func(f forger) { f.reseal(whitewash) }, verify: rendered, check: "the run said pass, now it is fail"},
		"the runbook, sealed anew": {
			do:     func(f forger) { f.resealEach(journal.DrillPlanned, `checks:`, `chicks:`) },
			verify: "the runbook in the journal does not have the hash that stands beside it", check: "journal.jsonl:1: the runbook in it does not have the hash that stands beside it",
		},
		"a second end": {of: failedRun, do: func(f forger) {
			f.reseal(func(events []journal.Event) []journal.Event {
				again := whitewash(slices.Clone(events))
				return append(events, slices.DeleteFunc(again, func(e journal.Event) bool { return e.Kind != journal.CheckVerdict && e.Kind != journal.DrillEnded })...)
			})
			f.rerender()
		}, verify: byDesign, check: "the run said pass, now it is fail"},

		// And the reports are rendered anew: report verify is content, since the
		// files are what such a run would have left. drill check asks whether
		// they tell one story.
		"all verdicts of a failed run": {
			of: failedRun, do: func(f forger) { f.reseal(whitewash); f.rerender() },
			verify: byDesign, check: "one-primary-at-a-time: the run said pass, now it is fail",
		},
		"a verdict for the worse": {
			do: func(f forger) {
				f.resealEach(journal.CheckVerdict, `"verdict":"pass"`, `"verdict":"fail"`)
				f.rerender()
			},
			verify: byDesign, check: "the run said fail, now it is pass",
		},
		"a verdict left out": {
			do:     func(f forger) { f.reseal(drop(journal.CheckVerdict, "one-primary")); f.rerender() },
			verify: byDesign, check: "one-primary-at-a-time: the run came to its end and said nothing of it",
		},
		"a step left out": {do: func(f forger) {
			f.reseal(func(events []journal.Event) []journal.Event {
				return slices.DeleteFunc(events, func(e journal.Event) bool { return e.Kind == journal.StepEnded && e.Step == "go-away" })
			})
			f.rerender()
		}, verify: byDesign, check: "go-away"},
		"what was promised, with its hash": {do: func(f forger) {
			f.reseal(func(events []journal.Event) []journal.Event {
				p, err := journal.Payload[journal.Planned](events[0])
				if err != nil {
					f.t.Fatal(err)
				}
				p.Source = strings.Replace(p.Source, "unreadable-ciphertexts: 0", "unreadable-ciphertexts: 9", 1)
				sum := sha256.Sum256([]byte(p.Source))
				p.SourceSHA = hex.EncodeToString(sum[:])
				events[0].Data, _ = json.Marshal(p)
				return events
			})
			f.rerender()
		}, verify: byDesign, check: "unreadable-ciphertexts: the run wanted at most 0, and its runbook wants at most 9"},
		"a call that failed": {
			do:     func(f forger) { f.resealEach(journal.CallEnded, `"outcome":"failed"`, `"outcome":"ok"`); f.rerender() },
			verify: byDesign, check: "the history has no UpdatePrimaryRegion in",
		},
		"how long calls took": {
			do:     func(f forger) { f.resealEach(journal.CallEnded, `"took_ns":`, `"took_ns":1`); f.rerender() },
			verify: byDesign, check: "the history has no ",
		},
		"calls that were counted": {do: func(f forger) {
			f.resealEach(journal.DrillEnded, `"DescribeKey":`, `"DescribeKey":1`)
			f.rerender()
		}, verify: byDesign, check: "calls of DescribeKey: the journal ends with"},
		"the history of another run, sealed": {do: func(f forger) {
			f.from(otherRun, h)
			f.sealHistory(f.rehistory(func(*history.Record) {}))
			f.rerender()
		}, verify: byDesign, check: "journal line"},
		"calls of a step in the history, sealed": {do: func(f forger) {
			f.sealHistory(f.rehistory(func(r *history.Record) {
				if r.Op == "UpdatePrimaryRegion" {
					r.Outcome, r.Code = history.OK, ""
				}
			}))
			f.rerender()
		}, verify: byDesign, check: "journal line"},

		// Both files tell the same lie, and each is sealed: by design nobody can
		// see that from the folder alone. The head that was noted elsewhere is
		// another one, and on virtual time the run can be made again.
		"the seed, and everything anew": {do: func(f forger) { f.resealEach(journal.DrillPlanned, `"seed":7`, `"seed":8`); f.rerender() }, verify: byDesign, check: byDesign},
		"the whole of another run": {of: failedRun, do: func(f forger) {
			for _, name := range []string{j, h, l, "report.md", "report.json", "report.html", "junit.xml"} {
				f.from(passedRun, name)
			}
		}, verify: byDesign, check: byDesign},
		"who ran it, and everything anew": {do: func(f forger) {
			f.resealEach(journal.DrillPlanned, `"version":"`, `"by":"somebody else","version":"`)
			f.rerender()
		}, verify: byDesign, check: byDesign},
		"latency in both, and everything anew": {do: func(f forger) {
			f.sealHistory(f.rehistory(func(r *history.Record) {
				if r.Source == "standby" {
					r.Took /= 2
				}
			}))
			f.rerender()
		}, verify: byDesign, check: byDesign},
	}
}

// A finished run is tampered with in many ways, by hand and with the program.
// Each is caught, with the file and the line or the cause; or it is one that the
// documentation says nobody can see from the folder alone, and then the head of
// the journal is another.
func TestNobodyForgesARunUnseen(t *testing.T) {
	t.Parallel()
	home := finishedRuns(t)
	documented, err := os.ReadFile(filepath.Join("..", "docs", "reports.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"can forge a run", "note it in the change ticket", "can be made again", "Nothing is judged from it"} {
		if !strings.Contains(string(documented), words) {
			t.Errorf("docs/reports.md does not say %q", words)
		}
	}
	all := forgeries()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := all[name]
			if c.of == "" {
				c.of = passedRun
			}
			f := forger{t, filepath.Join(home, "forged", strings.ReplaceAll(name, " ", "-"))}
			if err := os.CopyFS(f.dir, os.DirFS(filepath.Join(home, c.of))); err != nil {
				t.Fatal(err)
			}
			c.do(f)
			answers(t, c.verify, "report", "verify", f.dir)
			answers(t, c.check, "drill", "check", f.dir)
			if c.verify == byDesign && c.check == byDesign && !strings.Contains(name, "ciphertexts") {
				before, after := headOf(t, filepath.Join(home, c.of)), headOf(t, f.dir)
				if before == after {
					t.Errorf("the head of the journal does not show it: %s", after)
				}
			}
		})
	}
}
