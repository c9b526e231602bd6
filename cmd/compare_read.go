package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// readAtOnce is how many key sets are read side by side.
const readAtOnce = 16

// readKeys reads the named key sets side by side and keeps their order.
func (x *comparing) readKeys(ctx context.Context, c mrk.Cloud) error {
	c.Pace = &mrk.Pace{Clock: c.Clock}
	sets, errs := make([]mrk.KeySet, len(x.Keys)), make([]error, len(x.Keys))
	g := c.Clock.Group()
	for lane := range min(readAtOnce, len(x.Keys)) {
		g.Go(func() {
			for i := lane; i < len(x.Keys) && ctx.Err() == nil; i += readAtOnce {
				if sets[i], errs[i] = mrk.Read(ctx, c, x.Keys[i], mrk.EveryPart()...); errs[i] == nil {
					mrk.Strays(ctx, c, &sets[i])
				}
			}
		})
	}
	g.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return err
	}
	for _, set := range sets {
		x.add(set)
	}
	return nil
}

// readAll reads every key set of the target at the pace of the quotas, judges
// each as soon as it is complete and keeps none.
func (x *comparing) readAll(ctx context.Context, c mrk.Cloud) error {
	bar := newFleetBar(x.app, c.Clock)
	parts := mrk.FleetParts()
	if x.Usage {
		parts = append(parts, mrk.UsagePart)
	}
	fleet, err := mrk.List(ctx, c, mrk.Listing{Parts: parts, Complete: x.add, Tell: bar.tell})
	bar.end()
	if err != nil {
		return err
	}
	for _, failed := range fleet.Failed {
		x.partly = true
		x.app.Note("%s could not be listed: %s", failed.Region, failed.Code)
	}
	return nil
}

// fleetBar tells how far the reading of a fleet is: a bar on a terminal, a line
// now and then elsewhere.
type fleetBar struct {
	app   *App
	clock clock.Clock
	began time.Time

	mu     sync.Mutex
	last   time.Time
	length int // of the line that stands on the terminal
}

func newFleetBar(app *App, c clock.Clock) *fleetBar {
	return &fleetBar{app: app, clock: c, began: c.Now(), last: c.Now()}
}

func (b *fleetBar) tell(done, known int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	every := 10 * time.Second
	if b.app.ErrTTY {
		every = 100 * time.Millisecond
	}
	if now.Sub(b.last) < every || done == 0 {
		return
	}
	b.last = now
	line := b.line(done, known, now.Sub(b.began))
	if !b.app.ErrTTY {
		b.app.Note("%s", line)
		return
	}
	if !b.app.Config.Quiet {
		_, _ = fmt.Fprintf(b.app.Err, "\r%-*s", b.length, line)
		b.length = len(line)
	}
}

// line is the state in a line: a bar, numbers, rate and the time that is left.
func (b *fleetBar) line(done, known int, passed time.Duration) string {
	const width = 20
	full := min(width, width*done/max(known, 1))
	rate := float64(done) / max(passed.Seconds(), 0.001)
	left := time.Duration(float64(known-done) / rate * float64(time.Second)).Round(time.Second)
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = '-'
		if i < full {
			bar[i] = '#'
		}
	}
	return fmt.Sprintf("[%s] %d of %d members read, %.0f a second, %s left", bar, done, known, rate, left)
}

// end takes the bar off the terminal.
func (b *fleetBar) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.length > 0 {
		_, _ = fmt.Fprintf(b.app.Err, "\r%-*s\r", b.length, "")
	}
}

// writeSnapshot keeps a key set as it was read, and each policy as it is
// stored, so that findings can point to lines.
func writeSnapshot(dir string, set mrk.KeySet) error {
	if dir == "" {
		return nil
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, set.ID+".json"), append(text, '\n'), 0o600)
	}
	for _, m := range set.Members {
		if err != nil || m.Policy == "" {
			continue
		}
		path := policyFile(dir, set.ID, m.Region)
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, []byte(m.Policy), 0o600)
		}
	}
	if err != nil {
		return fmt.Errorf("keep the snapshot of %s: %w", set.ID, err)
	}
	return nil
}

// policyFile is where a snapshot keeps a policy.
func policyFile(dir, key, region string) string {
	return filepath.Join(dir, key, region, "policy.json")
}

func readSnapshots(dir string) ([]mrk.KeySet, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(paths) == 0 {
		return nil, withExit(exitUsage, withHint(fmt.Errorf("%s holds no snapshot", dir), "mrkctl compare KEY --snapshot %s", dir))
	}
	slices.Sort(paths)
	var sets []mrk.KeySet
	for _, path := range paths {
		var set mrk.KeySet
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &set)
		}
		if err == nil && (set.ID == "" || len(set.Members) == 0) {
			err = errors.New("it names no key or no members")
		}
		if err != nil {
			return nil, withExit(exitUsage, fmt.Errorf("%s is not a snapshot: %w", path, err))
		}
		sets = append(sets, set)
	}
	return sets, nil
}
