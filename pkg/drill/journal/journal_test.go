package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

// write makes a journal of a short drill and returns its path.
func write(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func fill(t testing.TB, w *Writer) {
	t.Helper()
	for _, e := range []struct {
		kind    Kind
		step    string
		payload any
	}{
		{DrillStarted, "", nil},
		{StepStarted, "dark", StepStart{Index: 1, Of: 1, Do: "fault.start", Say: "us-east-1 goes <dark> & \x1b[31m stays"}},
		{ProbeWindow, "dark", Window{Probe: "readers", Sent: 10, OK: 9, Failed: 1}},
		{StepEnded, "dark", StepEnd{Outcome: "ok", Took: time.Second}},
		{DrillEnded, "", Ended{Verdict: Pass, Calls: map[string]int{"Encrypt": 2, "Decrypt": 1}}},
	} {
		if _, err := w.Append(e.kind, e.step, start, e.payload); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAJournalReadsBackAsItWasWritten(t *testing.T) {
	path := write(t)
	events, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 5 || events[1].Step != "dark" || events[4].N != 5 {
		t.Fatalf("read %+v", events)
	}
	s, err := Payload[StepStart](events[1])
	if err != nil || s.Do != "fault.start" || !strings.Contains(s.Say, "<dark> & \x1b") {
		t.Errorf("step is %+v, %v", s, err)
	}
	head, err := Verify(path)
	if err != nil || head.Lines != 5 || head.Sha != events[4].Sha {
		t.Errorf("verify: %+v, %v", head, err)
	}
	raw, _ := os.ReadFile(path)
	if bytes.ContainsRune(raw, 0x1b) {
		t.Error("an escape byte went into the journal as it is")
	}
}

func TestSameEventsSameBytes(t *testing.T) {
	a, _ := os.ReadFile(write(t))
	b, _ := os.ReadFile(write(t))
	if !bytes.Equal(a, b) {
		t.Error("two journals of the same events differ")
	}
}

func TestVerifyNamesTheFirstBadLine(t *testing.T) {
	whole, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"one byte of a payload changed", bytes.Replace(whole, []byte(`"ok":9`), []byte(`"ok":8`), 1), ":3: changed"},
		{"a byte of a hash changed", bytes.Replace(whole, lines[1][len(lines[1])-10:], []byte("0000000\"}\n"), 1), ":2: changed"},
		{"cut in the middle", whole[:len(whole)/2], "cut: the line has no end"},
		{"cut at a line", join(lines[0], lines[1], lines[2]), ":4: cut: the journal ends after 3 lines"},
		{"last newline gone", whole[:len(whole)-1], ":5: cut: the line has no end"},
		{"a line gone", join(lines[0], lines[1], lines[3], lines[4]), ":3: out of order: the line says it is number 4"},
		{"two lines swapped", join(lines[0], lines[2], lines[1], lines[3], lines[4]), ":2: out of order"},
		{"a line twice", join(lines[0], lines[0], lines[1]), ":2: out of order"},
		{"an empty line", join(lines[0], []byte("\n"), lines[1]), ":2: not a journal line"},
		{"spaces added", bytes.Replace(whole, []byte(`{"n":2,`), []byte(`{"n":2, `), 1), ":2: changed"},
		{"not a journal at all", []byte("hello\n"), ":1: not a journal line"},
		{"empty", nil, ":1: cut: the journal ends after 0 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "journal.jsonl")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Verify(path)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("verify says %v, want %q", err, c.want)
			}
			var bad *LineError
			if !errors.As(err, &bad) {
				t.Errorf("the error is %T", err)
			}
		})
	}
}

func TestALineFromAnotherJournalDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	var files [2][][]byte
	for i := range files {
		path := filepath.Join(dir, string(rune('a'+i)))
		w, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Append(DrillStarted, "", start.Add(time.Duration(i)), nil); err != nil {
			t.Fatal(err)
		}
		fill(t, w)
		data, _ := os.ReadFile(path)
		files[i] = bytes.SplitAfter(data, []byte("\n"))
	}
	mixed := filepath.Join(dir, "mixed")
	if err := os.WriteFile(mixed, append(bytes.Clone(files[0][0]), files[1][1]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(mixed); err == nil || !strings.Contains(err.Error(), ":2: does not follow") {
		t.Errorf("read says %v", err)
	}
}

func TestEverySingleByteCounts(t *testing.T) {
	whole, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		data := bytes.Clone(whole)
		data[rapid.IntRange(0, len(data)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "by"))
		events := 0
		head, err := Scan(bytes.NewReader(data), "journal", func(Event) error { events++; return nil })
		if err == nil {
			rt.Fatalf("accepted, %d events", head.Lines)
		}
	})
}

func TestResumeTakesOffATornLineAndGoesOn(t *testing.T) {
	whole, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		acknowledged := bytes.Count(whole[:cut], []byte("\n"))
		var seen []Event
		w, events, err := Resume(path, func(e Event) { seen = append(seen, e) })
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(events) != acknowledged {
			t.Fatalf("cut at %d: %d events, %d were acknowledged", cut, len(events), acknowledged)
		}
		if _, err := w.Append(DrillEnded, "", start, Ended{}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		head, err := Verify(path)
		if err != nil || head.Lines != int64(acknowledged)+1 || len(seen) != 1 {
			t.Fatalf("cut at %d: %+v, %v", cut, head, err)
		}
	}
}

func TestResumeLeavesAChangedJournalAlone(t *testing.T) {
	path := write(t)
	whole, _ := os.ReadFile(path)
	changed := bytes.Replace(whole, []byte(`"ok":9`), []byte(`"ok":8`), 1)
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Resume(path); err == nil || !strings.Contains(err.Error(), ":3: changed") {
		t.Errorf("resume says %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, changed) {
		t.Error("the journal was written to")
	}
}

func TestAnExistingJournalIsNeverWrittenOver(t *testing.T) {
	path := write(t)
	if _, err := Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("create says %v", err)
	}
}

// disk is a file on a disk that is full after a number of bytes.
type disk struct {
	data bytes.Buffer
	room int
	fail error
}

func (d *disk) Write(p []byte) (int, error) {
	if left := d.room - d.data.Len(); len(p) > left {
		n, _ := d.data.Write(p[:max(0, left)])
		return n, d.fail
	}
	return d.data.Write(p)
}
func (d *disk) Sync() error            { return nil }
func (d *disk) Close() error           { return nil }
func (d *disk) Truncate(n int64) error { d.data.Truncate(int(n)); return nil }

func TestAFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	for _, fail := range []error{syscall.ENOSPC, syscall.EPIPE} {
		for room := range 1200 {
			d := &disk{room: room, fail: fail}
			seen := 0
			w := &Writer{to: d, name: "journal", observers: []Observer{func(Event) { seen++ }}}
			acknowledged := 0
			var err error
			for err == nil && acknowledged < 20 {
				if _, err = w.Append(CallStarted, "s", start, Call{Op: "Encrypt"}); err == nil {
					acknowledged++
				}
			}
			if !errors.Is(err, fail) || !errors.Is(w.Err(), fail) {
				t.Fatalf("room for %d bytes: %v", room, err)
			}
			d.room = 1 << 20 // room again: a broken journal stays broken
			if _, again := w.Append(CallStarted, "s", start, nil); !errors.Is(again, fail) {
				t.Fatalf("a broken journal was written on: %v", again)
			}
			head, err := Scan(&d.data, "journal", func(Event) error { return nil })
			if err != nil || head.Lines != int64(acknowledged) || seen != acknowledged {
				t.Fatalf("room for %d bytes: %d lines, %d acknowledged, %d seen, %v", room, head.Lines, acknowledged, seen, err)
			}
		}
	}
}

func TestAPipeIsAJournalToo(t *testing.T) {
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{to: out, name: "pipe"}
	if _, err := w.Append(DrillStarted, "", start, nil); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := w.Append(DrillEnded, "", start, nil); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("append to a closed pipe says %v", err)
	}
}
