package lock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/lock"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func holder(run string) lock.Holder {
	return lock.Holder{Run: run, Dir: "runs/" + run, Host: "console", PID: 4711, Since: start, Until: start.Add(time.Hour)}
}

func TestAFileHoldsOneDrillAKey(t *testing.T) {
	f := lock.File{Dir: filepath.Join(t.TempDir(), "locks"), Now: func() time.Time { return start }}
	release, err := f.Take(t.Context(), "mrk-1", holder("first"))
	if err != nil {
		t.Fatal(err)
	}
	var held *lock.HeldError
	if _, err := f.Take(t.Context(), "mrk-1", holder("second")); !errors.As(err, &held) {
		t.Fatalf("a second drill on the key: %v", err)
	}
	for _, want := range []string{"mrk-1 is locked by first in runs/first", "process 4711 on console", "since 2026-11-24T10:00:00Z"} {
		if !strings.Contains(held.Error(), want) {
			t.Errorf("%q does not say %q", held.Error(), want)
		}
	}
	if _, err := f.Take(t.Context(), "mrk-2", holder("second")); err != nil {
		t.Errorf("another key: %v", err)
	}
	if _, err := f.Take(t.Context(), "mrk-1", holder("first")); err != nil {
		t.Errorf("the same run again, after a crash: %v", err)
	}
	if err := release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Take(t.Context(), "mrk-1", holder("second")); err != nil {
		t.Errorf("after it was given back: %v", err)
	}
}

func TestAStaleFileIsTakenAndStaysTaken(t *testing.T) {
	now := start
	f := lock.File{Dir: t.TempDir(), Now: func() time.Time { return now }}
	releaseOld, err := f.Take(t.Context(), "mrk-1", holder("old"))
	if err != nil {
		t.Fatal(err)
	}
	now = start.Add(time.Hour + time.Second)
	h := holder("new")
	h.Until = now.Add(time.Hour)
	if _, err := f.Take(t.Context(), "mrk-1", h); err != nil {
		t.Fatal(err)
	}
	// The old holder, back from the dead, must not free what is another's.
	if err := releaseOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Take(t.Context(), "mrk-1", holder("third")); err == nil {
		t.Error("the old holder gave the new one's lock back")
	}
}

func TestOnlyOneOfManyTakesAStaleFile(t *testing.T) {
	dir := t.TempDir()
	old := lock.File{Dir: dir, Now: func() time.Time { return start }}
	if _, err := old.Take(t.Context(), "mrk-1", holder("old")); err != nil {
		t.Fatal(err)
	}
	f := lock.File{Dir: dir, Now: func() time.Time { return start.Add(2 * time.Hour) }}
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := 0
	for i := range 16 {
		wg.Go(func() {
			h := holder(string(rune('a' + i)))
			h.Until = start.Add(5 * time.Hour)
			if _, err := f.Take(context.Background(), "mrk-1", h); err == nil {
				mu.Lock()
				got++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if got != 1 {
		t.Errorf("%d drills hold the key", got)
	}
}

func TestAFileThatIsNoLockIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	f := lock.File{Dir: dir, Now: func() time.Time { return start }}
	path := filepath.Join(dir, "mrk-1.lock")
	if err := os.WriteFile(path, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Take(t.Context(), "mrk-1", holder("first")); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged lock: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "half a li" {
		t.Errorf("it reads %q, %v", text, err)
	}
}

func TestAnAliasHoldsOneDrillAKey(t *testing.T) {
	world, err := target.Open(t.Context(), "sim", target.Options{Seed: 1, Regions: []string{"us-east-1"}})
	if err != nil {
		t.Fatal(err)
	}
	world.Run(func() {
		ctx := context.Background()
		client := world.Client("us-east-1", "us-east-1", "")
		made, err := client.CreateKey(ctx, &kms.CreateKeyInput{})
		if err != nil {
			t.Error(err)
			return
		}
		key := aws.ToString(made.KeyMetadata.KeyId)
		a := lock.Alias{Client: client, Longest: time.Hour, Now: world.Clock().Now}
		release, err := a.Take(ctx, key, holder("first"))
		if err != nil {
			t.Error(err)
			return
		}
		var held *lock.HeldError
		if _, err := a.Take(ctx, key, holder("second")); !errors.As(err, &held) || held.Holder.Run != "first" {
			t.Errorf("a second drill on the key: %v", err)
		}
		if _, err := a.Take(ctx, key, holder("first")); err != nil {
			t.Errorf("the same run again, after a crash: %v", err)
		}
		if err := release(ctx); err != nil {
			t.Error(err)
		}
		// AWS lets an account make five aliases a second.
		if err := world.Clock().Sleep(ctx, time.Second); err != nil {
			t.Error(err)
		}
		if _, err := a.Take(ctx, key, holder("dead")); err != nil {
			t.Errorf("after it was given back: %v", err)
		}
		if err := world.Clock().Sleep(ctx, 2*time.Hour); err != nil {
			t.Error(err)
		}
		release, err = a.Take(ctx, key, holder("next"))
		if err != nil {
			t.Errorf("a stale lock: %v", err)
			return
		}
		if err := release(ctx); err != nil {
			t.Error(err)
		}
		list, err := client.ListAliases(ctx, &kms.ListAliasesInput{KeyId: &key})
		if err != nil || len(list.Aliases) != 0 {
			t.Errorf("left behind: %v, %v", list.Aliases, err)
		}
	})
}

// On AWS the lock is in every Region that answers: also while the primary's is
// dark there is one drill a key at most, and nothing is left behind.
func TestAliasesHoldOneDrillAKeyWhileARegionIsDark(t *testing.T) {
	regions := []string{"us-east-1", "eu-west-1"}
	world, err := target.Open(t.Context(), "sim", target.Options{Seed: 1, Regions: regions})
	if err != nil {
		t.Fatal(err)
	}
	world.Run(func() {
		ctx := context.Background()
		clients := map[string]*kms.Client{}
		for _, region := range regions {
			clients[region] = world.Client(region, region, "")
		}
		made, err := clients["us-east-1"].CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
		if err != nil {
			t.Error(err)
			return
		}
		key := aws.ToString(made.KeyMetadata.KeyId)
		if _, err := clients["us-east-1"].ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: aws.String("eu-west-1")}); err != nil {
			t.Error(err)
		}
		pass := func(d time.Duration) {
			if err := world.Clock().Sleep(ctx, d); err != nil {
				t.Error(err)
			}
		}
		dark := func(regions ...string) {
			if err := world.Lab().StartFault(ctx, wire.Fault{Name: "dark", Kind: "region-outage", In: regions, Looks: "refused", AtMost: 24 * time.Hour}); err != nil {
				t.Error(err)
			}
		}
		light := func() {
			if err := world.Lab().StopFault(ctx, "dark"); err != nil {
				t.Error(err)
			}
		}
		pass(time.Minute)
		a := lock.Aliases{Clients: clients, Longest: time.Hour, Now: world.Clock().Now}
		take := func(run, want string) func(context.Context) error {
			release, err := a.Take(ctx, key, holder(run))
			var held *lock.HeldError
			switch {
			case want == "" && err != nil:
				t.Errorf("%s: %v", run, err)
			case want != "" && (!errors.As(err, &held) || held.Holder.Run != want):
				t.Errorf("%s: %v, want it to be told of %s", run, err, want)
			}
			pass(time.Second) // AWS lets an account make five aliases a second
			return release
		}

		dark("us-east-1")
		release := take("in-the-dark", "")
		take("second", "in-the-dark")
		light()
		take("in-the-light", "in-the-dark")
		if err := release(ctx); err != nil {
			t.Error(err)
		}
		release = take("in-the-light", "")
		dark("eu-west-1")
		take("other-side-dark", "in-the-light")
		light()
		if err := release(ctx); err != nil {
			t.Error(err)
		}
		take("dead", "")
		pass(2 * time.Hour)
		dark("us-east-1")
		release = take("after-it-went-stale", "")
		light()
		if err := release(ctx); err != nil {
			t.Error(err)
		}
		dark()
		if _, err := a.Take(ctx, key, holder("alone")); err == nil || !strings.Contains(err.Error(), "no Region answers") {
			t.Errorf("with every Region dark: %v", err)
		}
	})
}
