package cmd

import (
	"io"
	"testing"
)

// BenchmarkTree is what every start pays for the command line itself.
func BenchmarkTree(b *testing.B) {
	for b.Loop() {
		tree(&App{})
	}
}

// BenchmarkVersion is "mrkctl version" without the start of the process. It
// reads the settings and shows an answer; it opens no target.
func BenchmarkVersion(b *testing.B) {
	p, _, _ := testProcess("version")
	p.Out = io.Discard
	for b.Loop() {
		if code := Main(p); code != exitOK {
			b.Fatal(code)
		}
	}
}
