package drill_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// options are those of a run of a shipped runbook on a new simulated world.
func options(t testing.TB, book, dir string, seed uint64, sabotage string) drill.Options {
	t.Helper()
	b, err := runbook.Load(filepath.Join("..", "..", "configs", "runbooks", book+".yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := target.Options{Seed: seed, Regions: b.Regions}
	if sabotage != "" && !slices.ContainsFunc(drill.Sabotages(), func(s drill.Sabotage) bool { return s.Name == sabotage }) {
		o.Sabotage = []string{sabotage}
	}
	w, err := target.Open(t.Context(), "sim", o)
	if err != nil {
		t.Fatal(err)
	}
	origin, err := w.Origin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return drill.Options{
		Book: b, Dir: dir, ID: book + "-test", Seed: seed, Speed: "virtual", Version: "test", Sabotage: sabotage,
		Cloud: drill.Cloud{Client: w.Client, Clock: w.Clock(), Run: w.Run, Lab: w.Lab(), Passing: true, Origin: journal.Origin{
			Kind: string(origin.Kind), Detail: origin.Detail, Account: origin.Account, Caller: origin.Caller,
		}},
	}
}

func runBook(t *testing.T, book, dir string, seed uint64, sabotage string) drill.Result {
	t.Helper()
	res, err := drill.Run(t.Context(), options(t, book, dir, seed, sabotage))
	if err != nil {
		t.Fatal(err)
	}
	return res
}
