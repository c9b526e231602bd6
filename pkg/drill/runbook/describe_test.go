package runbook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// read puts a reading into lines.
func read(r Reading) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n", r.Name, r.About)
	part := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n  %s\n", title, strings.Join(lines, "\n  "))
		}
	}
	steps := func(title string, list []Spoken) {
		for i, s := range list {
			if i == 0 {
				fmt.Fprintf(&b, "\n%s\n", title)
			}
			fmt.Fprintf(&b, "  %s: %s\n    %s\n", s.ID, s.Says, s.Does)
			for _, m := range s.More {
				fmt.Fprintf(&b, "    %s\n", m)
			}
		}
	}
	part("terms", r.Terms)
	part("load", r.Load)
	part("faults", r.Faults)
	steps("steps", r.Steps)
	steps("finally", r.Finally)
	part("objectives", r.Objectives)
	part("checks", r.Checks)
	fmt.Fprintf(&b, "\nat least %s\n", FormatDuration(r.AtLeast))
	return b.Bytes()
}

func TestARunbookReadsAloud(t *testing.T) {
	paths, err := filepath.Glob("testdata/examples/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		rb, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := read(Describe(rb))
		if bytes.Contains(got, []byte("%!")) {
			t.Errorf("%s reads\n%s", path, got)
		}
		golden := filepath.Join("testdata/aloud", strings.TrimSuffix(filepath.Base(path), ".yaml")+".txt")
		if *update {
			if err := os.MkdirAll("testdata/aloud", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s reads\n%s\nwant\n%s", path, got, want)
		}
	}
}
