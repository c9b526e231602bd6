package history

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

var zero = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func write(t testing.TB, records []Record) (string, journal.Seal) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := Create(path, zero)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if n, err := w.Append(r); err != nil || n != int64(i+1) {
			t.Fatalf("record %d: number %d, %v", i, n, err)
		}
	}
	seal, err := w.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return path, seal
}

func read(t testing.TB, path string) []Record {
	t.Helper()
	var got []Record
	if err := Read(path, func(r Record) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func sample(i int) Record {
	due := zero.Add(time.Duration(i) * 10 * time.Millisecond)
	r := Record{
		ID: int64(i + 1), Source: "writers", From: "eu-west-1", To: "eu-west-1", Op: "Encrypt", Key: "payments",
		Due: due, Start: due, Took: 8123456 * time.Nanosecond, Ciphertext: int64(i + 1), Material: strings.Repeat("ab", 32), Plain: 0x1122334455667788 + uint64(i),
	}
	if i%3 == 1 {
		r.Op, r.Source, r.Plain, r.Material = "Decrypt", "readers", 0, ""
		r.Outcome, r.Code = Failed, "InvalidCiphertextException"
	}
	return r
}

func samples(n int) []Record {
	out := make([]Record, n)
	for i := range out {
		out[i] = sample(i)
	}
	return out
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir, tries := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zA-Z -]{0,12}|é"\\\n`)
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return zero.Add(time.Duration(rapid.Int64Range(-1e15, 1e17).Draw(t, "ns")))
		})
		one := rapid.Custom(func(t *rapid.T) Record {
			return Record{
				Source: word.Draw(t, "source"), From: word.Draw(t, "from"), To: word.Draw(t, "to"), Op: word.Draw(t, "op"), Key: word.Draw(t, "key"),
				Due: moment.Draw(t, "due"), Start: moment.Draw(t, "start"), Took: time.Duration(rapid.Int64().Draw(t, "took")),
				Outcome: Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")), Code: word.Draw(t, "code"), Material: word.Draw(t, "material"),
				Ciphertext: rapid.Int64Range(0, 1<<50).Draw(t, "ct"), Plain: rapid.Uint64().Draw(t, "plain"),
			}
		})
		want := rapid.SliceOf(one).Draw(t, "records")
		for i := range want {
			want[i].ID = int64(i + 1)
			if want[i].Took == -1<<63 { // no duration: its positive does not exist
				want[i].Took = 0
			}
		}
		tries++
		path := filepath.Join(dir, fmt.Sprint(tries))
		w, err := Create(path, zero)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range want {
			if _, err := w.Append(r); err != nil {
				t.Fatal(err)
			}
		}
		seal, err := w.Seal()
		if err != nil {
			t.Fatal(err)
		}
		var got []Record
		if err := Read(path, func(r Record) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || (len(got) > 0 && !reflect.DeepEqual(got, want)) {
			t.Fatalf("read %+v\nwrote %+v", got, want)
		}
		if err := Verify(path, seal); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACallTakesAFewDozenBytes(t *testing.T) {
	path, _ := write(t, samples(10_000))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if per := info.Size() / 10_000; per > 70 {
		t.Fatalf("%d bytes a call", per)
	}
}

// Every byte of a small history is changed in turn, and every line taken out,
// doubled, swapped with the next, or made the last: Verify names the line.
func TestVerifyNamesTheLine(t *testing.T) {
	path, seal := write(t, samples(6))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(path, seal); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1]
	refuse := func(name string, content []byte, line int64) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *DamageError
		if err := Verify(path, seal); !errors.As(err, &damage) || damage.Line != line {
			t.Errorf("%s: got %v, want line %d", name, err, line)
		}
	}
	at := int64(1)
	for i, b := range whole {
		changed := bytes.Clone(whole)
		changed[i] = b ^ 1
		refuse(fmt.Sprintf("byte %d", i), changed, at)
		if b == '\n' {
			at++
		}
	}
	for i := range lines {
		without := bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)
		want := int64(i + 1)
		if i == len(lines)-1 {
			want = int64(i) // the line that is now the last
		}
		refuse(fmt.Sprintf("line %d out", i+1), without, want)
		twice := bytes.Join(append(append([][]byte{}, lines[:i+1]...), lines[i:]...), nil)
		refuse(fmt.Sprintf("line %d twice", i+1), twice, int64(i+2))
		refuse(fmt.Sprintf("cut in line %d", i+1), bytes.Join(lines[:i+1], nil)[:len(bytes.Join(lines[:i+1], nil))-1], int64(i+1))
	}
	refuse("empty", nil, 1)
}

// Somebody who rewrites a history from scratch makes a chain that is whole; the
// journal's seals still tell.
func TestVerifyAgainstSeals(t *testing.T) {
	path, seal := write(t, samples(6))
	other := samples(6)
	other[4].Took++
	forged, _ := write(t, other)
	var damage *DamageError
	if err := Verify(forged, seal); !errors.As(err, &damage) || !strings.Contains(damage.What, "written anew") {
		t.Errorf("forged: %v", err)
	}
	longer, _ := write(t, samples(7))
	if err := Verify(longer, seal); !errors.As(err, &damage) || damage.Line != seal.Lines+1 {
		t.Errorf("longer: %v", err)
	}
	w, err := Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	middle, err := w.Sync()
	if err != nil || middle != seal {
		t.Fatalf("resumed at %+v, sealed %+v, %v", middle, seal, err)
	}
	if n, err := w.Append(sample(6)); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	last, err := w.Seal()
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(path, middle, last); err != nil {
		t.Errorf("two seals: %v", err)
	}
	if _, err := w.Append(sample(7)); !errors.Is(err, errSealed) {
		t.Errorf("after the seal: %v", err)
	}
}

// A process may die at any byte: what was written whole is kept.
func TestResumeAtEveryByte(t *testing.T) {
	path, _ := write(t, samples(4))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(whole, '\n') + 1
	for cut := first; cut <= len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		alive := int64(0)
		if err := Tail(path, func(Record) error { alive++; return nil }); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		w, err := Resume(path)
		if err != nil || w.Records() != alive {
			t.Fatalf("cut at %d: %d of %d, %v", cut, w.Records(), alive, err)
		}
		had := int(w.Records())
		for i := had; i < 5; i++ {
			if _, err := w.Append(sample(i)); err != nil {
				t.Fatal(err)
			}
		}
		seal, err := w.Seal()
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(path, seal); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if got := read(t, path); !reflect.DeepEqual(got, samples(5)) {
			t.Fatalf("cut at %d: read %+v", cut, got)
		}
	}
	if err := os.WriteFile(path, whole[:first-2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(path); err == nil {
		t.Error("went on without a first line")
	}
}

func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	w, err := Create(path, zero)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 500 {
				if _, err := w.Append(sample(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	seal, err := w.Seal()
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(path, seal); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); len(got) != 4000 {
		t.Fatalf("%d records", len(got))
	}
}

func TestADiskThatIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	w := newWriter(full, zero.UnixNano())
	for i := range 5000 {
		_, err = w.Append(sample(i))
	}
	if err == nil {
		t.Fatal("5000 calls written to a full disk")
	}
	if _, again := w.Seal(); !errors.Is(again, err) {
		t.Fatalf("sealed with %v after %v", again, err)
	}
}

func FuzzParseCall(f *testing.F) {
	f.Add([]byte(`[0,50000000,0,8200000,0,0,12,2,"0011223344556677"`))
	f.Add([]byte(`[0,-5,0,8200000,1,3`))
	f.Add([]byte(`[9223372036854775807,-9223372036854775807,0,0`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := parseCall(body)
		if err != nil {
			return
		}
		again, err := parseCall(n.appendBody(nil))
		if err != nil || again != n {
			t.Fatalf("%s: %+v, then %+v, %v", body, n, again, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	path, _ := write(f, samples(4))
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte("[]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		// Give each line the link it should have, so that what is behind the
		// chain is reached too.
		var linked []byte
		var c chain
		var scratch []byte
		for _, line := range bytes.Split(content, []byte("\n")) {
			if len(line) > linkLen {
				line = line[:len(line)-linkLen]
			}
			c = c.next(&scratch, line)
			linked = c.appendLink(append(linked, line...))
		}
		for _, file := range [][]byte{content, linked} {
			n := int64(0)
			err := ReadFrom(bytes.NewReader(file), "h", func(r Record) error {
				n++
				if r.ID != n || r.Outcome > Unknown || r.Ciphertext < 0 {
					t.Fatalf("record %d is %+v", n, r)
				}
				return nil
			})
			var damage *DamageError
			if err != nil && !errors.As(err, &damage) {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "h"), zero)
	if err != nil {
		b.Fatal(err)
	}
	r := sample(0)
	b.ReportAllocs()
	for b.Loop() {
		r.Due = r.Due.Add(time.Millisecond)
		r.Start = r.Due
		r.Ciphertext++
		if _, err := w.Append(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	path, _ := write(b, samples(100_000))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := Read(path, func(Record) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/record")
}

// What has to be on its way before a call is written goes before it, also when
// the buffer is full and nobody asked.
func TestAHistoryComesAfterWhatItTellsOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := Create(path, zero)
	if err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	began, asked := size(), 0
	w.After(func() error {
		asked++
		if size() != began {
			t.Error("the history was written first")
		}
		return nil
	})
	for asked == 0 {
		if _, err := w.Append(Record{Op: "Encrypt", Start: zero, Due: zero}); err != nil {
			t.Fatal(err)
		}
	}
	if size() == began {
		t.Error("asked, and nothing was written")
	}
	broken := errors.New("disk full")
	w.After(func() error { return broken })
	if _, err := w.Append(Record{Op: "Encrypt", Start: zero, Due: zero}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Sync(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
