package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/configs"
	"github.com/mrkctl/mrkctl/pkg/config"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// The shell asks for completions at every press of the tab key. They come from
// a small file that is at most five minutes old; when it is older the keys are
// listed anew, within a second, without asking anybody anything. What had been
// heard by then is offered, be it nothing, and for half a minute nobody waits
// for the rest again.
const (
	cacheAge     = 5 * time.Minute
	cachePartAge = 30 * time.Second
	cachePatient = time.Second
)

// cachedKey is what completion needs to know of a key.
type cachedKey struct {
	ID      string   `json:"id"`
	Aliases []string `json:"aliases,omitempty"`
	Regions []string `json:"regions"`
	Primary string   `json:"primary"`
}

type keyCache struct {
	World string      `json:"world"` // so that accounts don't mix
	Until time.Time   `json:"until"`
	Keys  []cachedKey `json:"keys"`
}

func (a *App) cachePath() string {
	return filepath.Join(config.DirsOf(a.Env).State, "completion.json")
}

// cacheWorld stands for the world that the settings and the environment name.
// It is a hash, so that the file says nothing about either.
func (a *App) cacheWorld() string {
	world := a.Config.Target
	if path, ok := strings.CutPrefix(world, "sim:"); ok && !strings.Contains(path, "://") {
		if absolute, err := filepath.Abs(path); err == nil {
			world = absolute
		}
	}
	h := sha256.New()
	for _, part := range []string{
		world, a.Config.Profile, a.Config.EndpointURL,
		a.Env["AWS_PROFILE"], a.Env["AWS_ACCESS_KEY_ID"], a.Env["AWS_ENDPOINT_URL"], a.Env["AWS_ENDPOINT_URL_KMS"], a.Env["AWS_CONFIG_FILE"],
	} {
		_, _ = io.WriteString(h, part+"\x00") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// rememberKeys keeps a listing for the shell, for a while. That it can't be
// kept matters to nobody.
func (a *App) rememberKeys(sets []mrk.KeySet, good time.Duration) []cachedKey {
	cache := keyCache{World: a.cacheWorld(), Until: time.Now().Add(good), Keys: []cachedKey{}}
	for _, k := range sets {
		entry := cachedKey{ID: k.ID, Regions: k.Regions(), Primary: k.Primary}
		for _, m := range k.Members {
			for _, alias := range m.Aliases {
				if !slices.Contains(entry.Aliases, alias) {
					entry.Aliases = append(entry.Aliases, alias)
				}
			}
		}
		cache.Keys = append(cache.Keys, entry)
	}
	raw, err := json.Marshal(cache)
	if err != nil || os.MkdirAll(filepath.Dir(a.cachePath()), 0o700) != nil {
		return cache.Keys
	}
	tmp := fmt.Sprintf("%s.%d", a.cachePath(), os.Getpid())
	if os.WriteFile(tmp, raw, 0o600) == nil && os.Rename(tmp, a.cachePath()) != nil {
		_ = os.Remove(tmp) // an old listing stays
	}
	return cache.Keys
}

// forgetKeys drops the listing after a change.
func (a *App) forgetKeys() { _ = os.Remove(a.cachePath()) }

// cachedKeys returns the keys for completion, listing them if need be.
func (a *App) cachedKeys(ctx context.Context) []cachedKey {
	raw, err := os.ReadFile(a.cachePath())
	var cache keyCache
	if err == nil && json.Unmarshal(raw, &cache) == nil && cache.World == a.cacheWorld() && time.Now().Before(cache.Until) {
		return cache.Keys
	}
	a.InTTY = false // nobody is asked for a code
	ctx, cancel := context.WithTimeout(ctx, cachePatient)
	defer cancel()
	heard := make(chan mrk.Member, 1024)
	done := make(chan []mrk.KeySet, 1)
	go func() {
		_ = a.withCloud(ctx, func(c mrk.Cloud) error {
			fleet, err := mrk.List(ctx, c, mrk.Listing{Each: func(m mrk.Member) {
				select {
				case heard <- m:
				default: // more than anybody reads in a list of offers
				}
			}})
			if err == nil && len(fleet.Failed) == 0 {
				done <- fleet.Sets
			}
			return err
		})
		close(done)
	}()
	select {
	case sets, whole := <-done:
		if whole {
			return a.rememberKeys(sets, cacheAge)
		}
	case <-ctx.Done():
	}
	var part []mrk.Member
	for {
		select {
		case m := <-heard:
			part = append(part, m)
			continue
		default:
		}
		return a.rememberKeys(mrk.Gather(part), cachePartAge)
	}
}

// completeKeys offers aliases and key ids for a command's first argument.
func (a *App) completeKeys(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.completeKeysAt(0)(c, args, typed)
}

// completeKeysAt offers them for the argument at a place, or for every one when
// the place is negative.
func (a *App) completeKeysAt(place int) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if place >= 0 && len(args) != place || a.load(c) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var offers []string
		for _, k := range a.cachedKeys(c.Context()) {
			where := "primary in " + k.Primary + ", members in " + strings.Join(k.Regions, ", ")
			for _, name := range append(slices.Clone(k.Aliases), k.ID) {
				if !slices.Contains(args, name) {
					offers = append(offers, name+"\t"+where)
				}
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRunbooks offers the runbooks that come with the program; files are
// offered by the shell itself.
func completeRunbooks(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return configs.Runbooks(), cobra.ShellCompDirectiveDefault
}

// completeRegions offers Regions for a flag: those of the keys first.
func (a *App) completeRegions(c *cobra.Command, flags ...string) {
	for _, flag := range flags {
		// The only error is a flag that does not exist, which the help test finds.
		_ = c.RegisterFlagCompletionFunc(flag, func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			head := ""
			if i := strings.LastIndexByte(typed, ','); i >= 0 {
				head = typed[:i+1]
			}
			var offers []string
			for _, r := range mrk.EveryRegion() {
				offers = append(offers, head+r)
			}
			return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		})
	}
}
