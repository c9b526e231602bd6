package cmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/config"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// The shell asks for completions at every press of the tab key. They come from
// a small file that is at most five minutes old; when it is older the keys are
// listed anew, within a second, without asking anybody anything.
const (
	cacheAge     = 5 * time.Minute
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
	Target string      `json:"target"` // and profile, so that accounts don't mix
	At     time.Time   `json:"at"`
	Keys   []cachedKey `json:"keys"`
}

func (a *App) cachePath() string {
	return filepath.Join(config.DirsOf(a.Env).State, "completion.json")
}

func (a *App) cacheTarget() string {
	return strings.Join([]string{a.Config.Target, a.Config.Profile, a.Config.EndpointURL}, " ")
}

// rememberKeys keeps a listing for the shell. That it can't be kept matters to
// nobody.
func (a *App) rememberKeys(sets []mrk.KeySet) {
	cache := keyCache{Target: a.cacheTarget(), At: time.Now()}
	for _, k := range sets {
		entry := cachedKey{ID: k.ID, Regions: k.Regions(), Primary: k.Primary}
		for _, m := range k.Members {
			for _, alias := range m.Aliases {
				if len(entry.Aliases) == 0 || entry.Aliases[len(entry.Aliases)-1] != alias {
					entry.Aliases = append(entry.Aliases, alias)
				}
			}
		}
		cache.Keys = append(cache.Keys, entry)
	}
	raw, err := json.Marshal(cache)
	if err != nil || os.MkdirAll(filepath.Dir(a.cachePath()), 0o700) != nil {
		return
	}
	tmp := a.cachePath() + ".new"
	if os.WriteFile(tmp, raw, 0o600) == nil {
		_ = os.Rename(tmp, a.cachePath()) // an old listing stays, at worst
	}
}

// forgetKeys drops the listing after a change.
func (a *App) forgetKeys() { _ = os.Remove(a.cachePath()) }

// cachedKeys returns the keys for completion, listing them if need be.
func (a *App) cachedKeys(ctx context.Context) []cachedKey {
	read := func() []cachedKey {
		raw, err := os.ReadFile(a.cachePath())
		var cache keyCache
		if err != nil || json.Unmarshal(raw, &cache) != nil || cache.Target != a.cacheTarget() || time.Since(cache.At) > cacheAge {
			return nil
		}
		return cache.Keys
	}
	if keys := read(); keys != nil {
		return keys
	}
	a.InTTY = false // nobody is asked for a code
	ctx, cancel := context.WithTimeout(ctx, cachePatient)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = a.withCloud(ctx, func(c mrk.Cloud) error {
			fleet, err := mrk.List(ctx, c, mrk.Listing{})
			if err == nil {
				a.rememberKeys(fleet.Sets)
			}
			return err
		})
	}()
	select {
	case <-done:
		return read()
	case <-ctx.Done():
		return nil
	}
}

// completeKeys offers aliases and key ids.
func (a *App) completeKeys(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || a.load(c) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []string
	for _, k := range a.cachedKeys(c.Context()) {
		where := "primary in " + k.Primary + ", members in " + strings.Join(k.Regions, ", ")
		for _, alias := range k.Aliases {
			offers = append(offers, alias+"\t"+where)
		}
		offers = append(offers, k.ID+"\t"+where)
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
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
