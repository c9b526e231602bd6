// Package config turns the four sources of a setting into one value, and
// remembers where each came from: a flag wins over the environment (MRKCTL_*),
// that over the configuration file, that over the default.
//
// One table, [Keys], names every setting; the reader, the help, the
// documentation and "mrkctl config show --origins" are all made from it. An
// unknown key or a bad value is an error that names its file and line.
//
// Only settings live here. Runbooks, policies and tags never pass through this
// package, since viper folds the case of map keys.
package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// Config holds every setting with the value that won.
type Config struct {
	Target      string            `mapstructure:"target"`       // sim, sim:PATH, sim:URL or aws
	Profile     string            `mapstructure:"profile"`      // of the AWS configuration
	Region      string            `mapstructure:"region"`       // where a command starts looking
	EndpointURL string            `mapstructure:"endpoint-url"` // {region} is replaced
	ReadOnly    bool              `mapstructure:"read-only"`    // refuse every change
	Accounts    []string          `mapstructure:"accounts"`     // AWS accounts that may be changed; empty means any
	Output      string            `mapstructure:"output"`       // table, json, ndjson or markdown
	Quiet       bool              `mapstructure:"quiet"`        // identifiers only, no notes
	Yes         bool              `mapstructure:"yes"`          // approve what would be asked
	NoColor     bool              `mapstructure:"no-color"`     // words and symbols only
	ASCII       bool              `mapstructure:"ascii"`        // no symbols outside ASCII
	Progress    string            `mapstructure:"progress"`     // auto, tui, plain, json or quiet
	Accessible  bool              `mapstructure:"accessible"`   // full sentences, nothing redrawn
	RunsDir     string            `mapstructure:"runs-dir"`     // where drills leave their records
	Keys        map[string]string `mapstructure:"keys"`         // keys of the terminal interface, by action

	origins map[string]Origin
}

// Source is a kind of place that a setting can come from.
type Source string

// The sources, from the weakest to the strongest.
const (
	FromDefault Source = "default"
	FromFile    Source = "file"
	FromEnv     Source = "environment"
	FromFlag    Source = "flag"
)

// Origin says where the value of a setting came from.
type Origin struct {
	Source Source `json:"source"`
	Where  string `json:"where,omitempty"` // file:line, variable or flag
}

// String is the origin in words.
func (o Origin) String() string {
	if o.Where == "" {
		return string(o.Source)
	}
	return string(o.Source) + " " + o.Where
}

// Setting is one row of "config show".
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin Origin `json:"origin"`
}

// Settings lists every setting in the order of [Keys].
func (c Config) Settings() []Setting {
	values := map[string]any{
		"target": c.Target, "profile": c.Profile, "region": c.Region, "endpoint-url": c.EndpointURL,
		"read-only": c.ReadOnly, "accounts": c.Accounts, "output": c.Output, "quiet": c.Quiet, "yes": c.Yes,
		"no-color": c.NoColor, "ascii": c.ASCII, "progress": c.Progress, "accessible": c.Accessible,
		"runs-dir": c.RunsDir, "keys": c.Keys,
	}
	rows := make([]Setting, 0, len(values))
	for _, k := range Keys() {
		rows = append(rows, Setting{k.Name, values[k.Name], c.origins[k.Name]})
	}
	return rows
}

// Origin returns where the value of a setting came from.
func (c Config) Origin(key string) Origin { return c.origins[key] }

// Sources are the places to read settings from.
type Sources struct {
	// Env is the environment.
	Env map[string]string
	// File is the configuration file to read. Empty means to look for one in
	// the usual places, none of which has to exist.
	File string
	// Flags are the settings given on the command line, as text by key.
	Flags map[string]string
}

// Load reads every source and returns the settings that won.
func Load(src Sources) (Config, error) {
	v := viper.NewWithOptions(viper.ExperimentalBindStruct())
	origins := make(map[string]Origin)
	merge := func(layer map[string]any, where func(key string) Origin) error {
		for key := range layer {
			origins[key] = where(key)
		}
		return v.MergeConfigMap(layer)
	}

	defaults := make(map[string]any)
	for _, k := range Keys() {
		defaults[k.Name] = k.Default
	}
	if err := merge(defaults, func(string) Origin { return Origin{Source: FromDefault} }); err != nil {
		return Config{}, err
	}

	file, err := readFile(src)
	if err != nil {
		return Config{}, err
	}
	if err := merge(file.values, func(key string) Origin {
		return Origin{FromFile, fmt.Sprintf("%s:%d", file.path, file.lines[key])}
	}); err != nil {
		return Config{}, err
	}

	env, err := readEnv(src.Env)
	if err != nil {
		return Config{}, err
	}
	if err := merge(env, func(key string) Origin { return Origin{FromEnv, envOrigin(src.Env, key)} }); err != nil {
		return Config{}, err
	}

	flags := make(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(src.Flags)) {
		key, ok := find(name)
		if !ok {
			return Config{}, fmt.Errorf("flag --%s is not a setting", name)
		}
		value, err := key.parse(src.Flags[name])
		if err != nil {
			// The flag has the setting's name: saying it once is enough.
			return Config{}, &Error{Where: "--" + name, Err: errors.New(strings.TrimPrefix(err.Error(), name+": "))}
		}
		flags[name] = value
	}
	if err := merge(flags, func(key string) Origin { return Origin{FromFlag, "--" + key} }); err != nil {
		return Config{}, err
	}

	c := Config{origins: origins}
	if err := v.UnmarshalExact(&c); err != nil {
		return Config{}, fmt.Errorf("read the settings: %w", err)
	}
	return c, nil
}
