package progress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestBehindKeepsNobodyWaiting(t *testing.T) {
	reader, pipe := io.Pipe() // a write to it waits for the reader
	b := NewBehind(pipe)
	var want bytes.Buffer
	for i := range 1000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if n, err := io.WriteString(b, line); n != len(line) || err != nil {
			t.Fatalf("line %d: %d bytes, %v", i, n, err)
		}
	}
	var got bytes.Buffer
	read := make(chan error)
	go func() {
		_, err := io.CopyN(&got, reader, int64(want.Len()))
		read <- err
	}()
	if err := errors.Join(<-read, b.Flush()); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%d of %d bytes came through: %v", got.Len(), want.Len(), err)
	}
}

func TestBehindTellsThatTheReaderHasGone(t *testing.T) {
	reader, pipe := io.Pipe()
	b := NewBehind(pipe)
	if err := b.Flush(); err != nil {
		t.Errorf("before anything was written: %v", err)
	}
	_, _ = io.WriteString(b, "to nobody\n")
	gone := errors.New("gone")
	_ = reader.CloseWithError(gone)
	if err := b.Flush(); !errors.Is(err, gone) {
		t.Errorf("flush: %v", err)
	}
	if n, err := io.WriteString(b, "more\n"); n != 0 || !errors.Is(err, gone) {
		t.Errorf("write: %d bytes, %v", n, err)
	}
}
