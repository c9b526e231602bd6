package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func create(t testing.TB) *Ledger {
	t.Helper()
	l, err := Create(filepath.Join(t.TempDir(), "ciphertexts"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func made(i int) Made {
	return Made{
		Key: "payments", Region: []string{"us-east-1", "eu-west-1"}[i%2], At: start.Add(time.Duration(i) * time.Second),
		Material: "m1", Context: map[string]string{"order": fmt.Sprint(i % 3)}, Plain: uint64(i + 1), Blob: bytes.Repeat([]byte{byte(i)}, 164),
	}
}

func TestWhatIsAddedComesBack(t *testing.T) {
	l := create(t)
	const many = 5000 // more than the buffer holds
	for i := range many {
		if n, err := l.Add(made(i)); err != nil || n != int64(i+1) {
			t.Fatal(n, err)
		}
	}
	for _, from := range []string{"memory", "the disk"} {
		for i := range many {
			got, err := l.Get(int64(i + 1))
			if err != nil || !reflect.DeepEqual(got.Made, made(i)) {
				t.Fatalf("%d from %s: %+v, %v", i+1, from, got, err)
			}
		}
		l.spill.head = nil
	}
	for _, n := range []int64{-1, 0, many + 1, 1 << 62} {
		if c, err := l.Get(n); err == nil {
			t.Errorf("got %+v for %d", c, n)
		}
	}
	if _, err := l.Add(Made{Key: "payments", Region: "us-east-1"}); err == nil {
		t.Error("a ciphertext of no bytes was taken")
	}
	if _, err := l.Add(Made{Key: "payments", Region: "us-east-1", Blob: make([]byte, 1<<16)}); err == nil {
		t.Error("a ciphertext that no KMS makes was taken")
	}
}

// Classes, Failures and Fate against a book kept with maps.
func TestClassesAreWhatWasLastAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook()
		keys, regions := []string{"payments", "tokens"}, []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
		codes := []string{"InvalidCiphertextException", "AccessDeniedException", "ThrottlingException", "region-unreachable"}
		type at struct {
			n      int64
			region string
		}
		keyOf, answer := map[int64]string{}, map[at]string{}
		for range rapid.IntRange(0, 120).Draw(t, "acts") {
			region := rapid.SampledFrom(regions).Draw(t, "region")
			n := rapid.Int64Range(1, int64(len(keyOf))+2).Draw(t, "n")
			_, known := keyOf[n]
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				key := rapid.SampledFrom(keys).Draw(t, "key")
				n, _, err := b.made(0, Made{Key: key, Region: region, Plain: 7})
				if err != nil || n != int64(len(keyOf))+1 {
					t.Fatal(n, err)
				}
				keyOf[n] = key
			case 1:
				if same := b.Read(n, region, 7); same != known {
					t.Fatalf("read %d: %t", n, same)
				}
				if known {
					answer[at{n, region}] = "read"
				}
			case 2:
				if b.Read(n, region, 8) {
					t.Fatal("another plaintext was taken for the same")
				}
				if known {
					answer[at{n, region}] = OtherPlaintext
				}
			case 3:
				code := rapid.SampledFrom(codes).Draw(t, "code")
				b.Refused(n, region, code)
				if known && Definite(code) {
					answer[at{n, region}] = code
				}
			}
		}
		for _, key := range keys {
			for _, region := range regions {
				var want Classes
				failures := map[string]int64{}
				var unproven []int64
				for n := int64(1); n <= int64(len(keyOf)); n++ {
					if keyOf[n] != key {
						continue
					}
					want.Total++
					switch a := answer[at{n, region}]; a {
					case "read":
						want.Readable++
						continue
					case "":
						want.Unproven++
					default:
						want.Lost++
						failures[a]++
					}
					unproven = append(unproven, n)
				}
				if got := b.Classes(key, region); got != want {
					t.Fatalf("%s in %s: %+v, want %+v", key, region, got, want)
				}
				got := map[string]int64{}
				for _, f := range b.Failures(key, region) {
					got[f.Code] = f.Count
				}
				if !maps.Equal(got, failures) {
					t.Fatalf("failures %v, want %v", got, failures)
				}
				if got := slices.Collect(b.Unproven(key, region)); !slices.Equal(got, unproven) {
					t.Fatalf("unproven %v, want %v", got, unproven)
				}
			}
			fate := b.Fate(key)
			if fate.Total != b.Classes(key, regions[0]).Total || fate.Total != fate.Recoverable+fate.Gone+fate.Unproven {
				t.Fatalf("fate %+v", fate)
			}
		}
	})
}

// A reader that picks steadily proves everything, also what other Regions made.
func TestPickReachesAll(t *testing.T) {
	l := create(t)
	if _, ok, err := l.Pick("payments", "eu-west-1", 0); ok || err != nil {
		t.Fatal("picked from nothing", err)
	}
	for i := range 300 {
		m := made(i)
		if i%5 == 0 {
			m.Key = "tokens"
		}
		if _, err := l.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	random := uint64(88172645463325252)
	for range 900 {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		c, ok, err := l.Pick("payments", "eu-west-1", random)
		if err != nil || !ok || c.Key != "payments" {
			t.Fatal(c, ok, err)
		}
		l.Read(c.N, "eu-west-1", c.Plain)
	}
	if c := l.Classes("payments", "eu-west-1"); c != (Classes{Total: 240, Readable: 240}) {
		t.Errorf("%+v", c)
	}
	if c := l.Classes("payments", "us-east-1"); c != (Classes{Total: 240, Unproven: 240}) {
		t.Errorf("%+v", c)
	}
	if _, ok, _ := l.Pick("nobody", "eu-west-1", 1); ok {
		t.Error("picked for a key set that made nothing")
	}
}

// The process dies at any byte of the file of ciphertexts.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	path, calls := filepath.Join(dir, "ciphertexts"), filepath.Join(dir, "history.jsonl")
	l, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := history.Create(calls, start)
	if err != nil {
		t.Fatal(err)
	}
	record := func(r history.Record) {
		t.Helper()
		if _, err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		m := made(i)
		n, err := l.Add(m)
		if err != nil {
			t.Fatal(err)
		}
		record(history.Record{To: m.Region, Op: "Encrypt", Key: m.Key, Start: m.At, Ciphertext: n, Material: m.Material, Plain: m.Plain})
	}
	record(history.Record{To: "us-east-1", Op: "Decrypt", Key: "payments", Start: start, Ciphertext: 2, Plain: made(1).Plain})
	record(history.Record{To: "us-east-1", Op: "Decrypt", Key: "payments", Start: start, Ciphertext: 3, Outcome: history.Failed, Code: "AccessDeniedException"})
	record(history.Record{To: "us-east-1", Op: "Decrypt", Key: "payments", Start: start, Ciphertext: 4, Outcome: history.Unknown, Code: "region-unreachable"})
	if _, err := w.Seal(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(whole); cut >= 21; cut-- {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Resume(path, calls)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if got := l.Classes("payments", "us-east-1"); got != (Classes{Total: 4, Readable: 1, Lost: 1, Unproven: 2}) {
			t.Fatalf("cut at %d: %+v", cut, got)
		}
		if cut == len(whole) {
			for i := range 4 {
				if c, err := l.Get(int64(i + 1)); err != nil || !reflect.DeepEqual(c.Made, made(i)) {
					t.Fatalf("%+v, %v", c, err)
				}
			}
		}
		if n, err := l.Add(made(4)); err != nil || n != 5 {
			t.Fatalf("cut at %d: %d, %v", cut, n, err)
		}
		if c, err := l.Get(5); err != nil || !reflect.DeepEqual(c.Made, made(4)) {
			t.Fatalf("cut at %d: %+v, %v", cut, c, err)
		}
		for random := range uint64(20) {
			if _, ok, err := l.Pick("payments", "eu-west-1", random); !ok || err != nil {
				t.Fatalf("cut at %d: %t, %v", cut, ok, err)
			}
		}
		for n := range l.Unproven("payments", "us-east-1") {
			if _, err := l.Get(n); err != nil {
				t.Fatalf("cut at %d: to be proved, but %v", cut, err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMaterialOf(t *testing.T) {
	blob := append([]byte{1, 2, 2, 0, 0x78}, bytes.Repeat([]byte{0xab}, 32)...)
	blob = append(blob, 1, 9, 9)
	if got, ok := MaterialOf(blob); !ok || got != string(bytes.Repeat([]byte("ab"), 32)) {
		t.Errorf("%q, %t", got, ok)
	}
	for cut := range 38 {
		if got, ok := MaterialOf(blob[:cut]); ok {
			t.Errorf("%d bytes: %q", cut, got)
		}
	}
	if Plain([]byte("a")) == Plain([]byte("b")) || Plain(nil) == 0 {
		t.Error("hashes")
	}
}

// Ten million ciphertexts in three Regions stay under 1 GiB.
func BenchmarkTenMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("makes 2 GB of ciphertexts")
	}
	l := create(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := made(0)
	const many = 10_000_000
	for range b.N {
		for i := range many {
			m.Plain = uint64(i + 1)
			n, err := l.Add(m)
			if err != nil {
				b.Fatal(err)
			}
			l.Read(n, "us-east-1", m.Plain)
			l.Read(n, "eu-west-1", m.Plain)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MiB-from-system")
	if c := l.Classes("payments", "eu-west-1"); c.Readable < many {
		b.Fatal(c)
	}
}

func BenchmarkAddPickRead(b *testing.B) {
	l := create(b)
	m := made(0)
	b.ReportAllocs()
	random := uint64(1)
	for b.Loop() {
		m.Plain++
		if _, err := l.Add(m); err != nil {
			b.Fatal(err)
		}
		random = random*6364136223846793005 + 1442695040888963407
		c, ok, err := l.Pick("payments", "eu-west-1", random>>17)
		if err != nil || !ok {
			b.Fatal(err)
		}
		l.Read(c.N, "eu-west-1", c.Plain)
	}
}
