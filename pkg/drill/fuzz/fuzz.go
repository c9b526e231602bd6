package fuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/mrkctl/mrkctl/pkg/drill"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// Options say what to look for and how long.
type Options struct {
	// Open makes a new world on virtual time, and a function that ends it.
	Open func(ctx context.Context, seed uint64, regions []string) (drill.Cloud, func() error, error)
	// Seed is where every choice comes from. The same seed does the same.
	Seed uint64
	// Runs is how many drills are made up at most.
	Runs int
	// Length is the number of acts of each; 0 means 25.
	Length int
	// Version goes into the journals of the drills.
	Version string
	// Sabotage is what Open breaks in its worlds, for the words in the runbook.
	// The drills are not told: a drill that knows would go looking for it.
	Sabotage string
	// Tell is told of each drill that was run. May be nil.
	Tell func(done int, headline string)
}

// Finding is a promise that was broken, with the shortest drill that shows it.
type Finding struct {
	Run      int    // which of the drills that were made up, from 1
	Seed     uint64 // of the world; the runbook needs it to fail again
	Acts     []Act  // after shrinking
	Of       int    // acts before shrinking
	Headline string // how the short drill failed
	Runbook  []byte
}

// Result is what a search came to.
type Result struct {
	Runs    int // drills that were made up
	Shrinks int // drills that shrinking ran besides
	Steps   int // steps of the drills that were made up
	Found   *Finding
}

// shrinkTries bounds how many drills are run to shorten one.
const shrinkTries = 400

// Search makes drills up and runs them until one fails or all have passed. The
// error is that of a search that could not be carried through.
func Search(ctx context.Context, o Options) (Result, error) {
	var res Result
	if o.Length <= 0 {
		o.Length = 25
	}
	dir, err := os.MkdirTemp("", "mrkctl-fuzz-")
	if err != nil {
		return res, fmt.Errorf("make room for the drills: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of our own under the system's temporary one
	for i := range o.Runs {
		seed := o.Seed + uint64(i)
		acts := random(rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)), o.Length)
		out, err := o.run(ctx, dir, seed, acts)
		if err != nil {
			return res, fmt.Errorf("drill %d of seed %d: %w", i+1, o.Seed, err)
		}
		res.Runs++
		res.Steps += out.steps
		if o.Tell != nil {
			o.Tell(res.Runs, out.headline)
		}
		if !out.failed {
			continue
		}
		short, err := shrink(acts, shrinkTries, func(candidate []Act) (bool, error) {
			res.Shrinks++
			out, err := o.run(ctx, dir, seed, candidate)
			return out.failed, err
		})
		if err != nil {
			return res, err
		}
		if out, err = o.run(ctx, dir, seed, short); err != nil {
			return res, err
		}
		about := []string{
			fmt.Sprintf("Found by mrkctl drill fuzz --seed %d, in drill %d; %d of its %d acts are left.", o.Seed, i+1, len(short), len(acts)),
			out.headline,
			fmt.Sprintf("See it again: mrkctl drill run FILE --seed %d%s", seed, sabotageFlag(o.Sabotage)),
		}
		res.Found = &Finding{Run: i + 1, Seed: seed, Acts: short, Of: len(acts), Headline: out.headline, Runbook: Runbook(name(seed), about, short)}
		return res, nil
	}
	return res, nil
}

func name(seed uint64) string { return fmt.Sprintf("fuzz-%d", seed) }

func sabotageFlag(sabotage string) string {
	if sabotage == "" {
		return ""
	}
	return " --sabotage " + sabotage
}

// outcome is how a drill that was made up ended.
type outcome struct {
	failed   bool
	headline string
	steps    int
}

// run runs a list of acts in a new world.
func (o Options) run(ctx context.Context, dir string, seed uint64, acts []Act) (out outcome, err error) {
	book, err := runbook.Parse("made up", Runbook(name(seed), nil, acts), nil)
	if err != nil {
		return out, fmt.Errorf("the runbook that was made up can't be run: %w", err)
	}
	cloud, end, err := o.Open(ctx, seed, book.Regions)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, end()) }()
	home := filepath.Join(dir, "run")
	if err := os.RemoveAll(home); err != nil {
		return out, fmt.Errorf("clear the drill before: %w", err)
	}
	res, err := drill.Run(ctx, drill.Options{Book: book, Cloud: cloud, Dir: home, ID: book.Name, Seed: seed, Speed: "virtual", Version: o.Version})
	if cause := ctx.Err(); cause != nil {
		return out, cause
	}
	out = outcome{failed: res.Verdict == journal.Fail, headline: res.Headline, steps: len(book.Steps)}
	if err != nil {
		// What could not even begin has failed too: the world did not let it.
		out.failed, out.headline = true, "FAILED: "+err.Error()
	}
	return out, nil
}
