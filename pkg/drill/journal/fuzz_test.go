package journal

import (
	"bytes"
	"os"
	"testing"
)

// FuzzScan feeds the reader anything: it must not panic, and what it accepts
// it must accept again after it is written anew.
func FuzzScan(f *testing.F) {
	whole, err := os.ReadFile(write(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var again bytes.Buffer
		head, err := Scan(bytes.NewReader(data), "journal", func(e Event) error {
			line, _, err := encode(e)
			again.Write(line)
			again.WriteByte('\n')
			return err
		})
		if !bytes.HasPrefix(data, again.Bytes()) || head.Size != int64(again.Len()) {
			t.Fatalf("%d lines read are not those written (%v)", head.Lines, err)
		}
	})
}

// FuzzAppend writes any text into an event and reads it back.
func FuzzAppend(f *testing.F) {
	f.Add("step", "message", []byte("x"))
	f.Add("\x00\xff", "\u2028</script>", []byte{0xc3, 0x28})
	f.Fuzz(func(t *testing.T, step, message string, more []byte) {
		d := &disk{room: 1 << 30}
		w := &Writer{to: d, name: "journal"}
		for range 2 {
			if _, err := w.Append(StepEnded, step, start, StepEnd{Message: message, Why: string(more)}); err != nil {
				t.Fatal(err)
			}
		}
		if head, err := Scan(&d.data, "journal", func(Event) error { return nil }); err != nil || head.Lines != 2 {
			t.Fatalf("%d lines, %v", head.Lines, err)
		}
	})
}
