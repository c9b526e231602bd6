package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRelease makes sure that every shell's completion and a man page for every
// command can be written.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run([]string{dir}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"completions/mrkctl.bash", "completions/mrkctl.zsh", "completions/mrkctl.fish", "completions/mrkctl.ps1", "man/mrkctl.1", "man/mrkctl-drill-run.1"} {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := run(nil); err == nil {
		t.Error("no folder was named and nothing was said")
	}
}
