package fuzz

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Whatever the acts, what they become is a runbook that can be run, and the
// same acts become the same runbook.
func TestAnyActsAreARunbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Act {
			return Act{Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), rapid.IntRange(0, 2).Draw(t, "region"), rapid.IntRange(0, 99).Draw(t, "pick")}
		}), 0, 40).Draw(t, "acts")
		text := Runbook("fuzz-1", []string{"about\nit"}, acts)
		book, err := runbook.Parse("made up", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(book.Steps) == 0 || string(Runbook("fuzz-1", []string{"about\nit"}, acts)) != string(text) {
			t.Fatalf("%s", text)
		}
	})
}

// A failure that takes three particular acts, in order, is cut down to them.
func TestShrinkLeavesWhatItTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needed := []Kind{Rotate, Lag, Decrypt}
		fails := func(acts []Act) (bool, error) {
			next := 0
			for _, a := range acts {
				if next < len(needed) && a.Do == needed[next] {
					next++
				}
			}
			return next == len(needed), nil
		}
		var acts []Act
		for _, k := range needed {
			for range rapid.IntRange(0, 12).Draw(t, "others") {
				acts = append(acts, Act{Do: Roundtrip, Region: 2, Pick: 7})
			}
			acts = append(acts, Act{Do: k, Region: 2, Pick: 5})
		}
		short, err := shrink(acts, 400, fails)
		if err != nil {
			t.Fatal(err)
		}
		want := []Act{{Do: Rotate}, {Do: Lag}, {Do: Decrypt}}
		if !slices.Equal(short, want) {
			t.Fatalf("%d acts shrank to %+v", len(acts), short)
		}
	})
}
