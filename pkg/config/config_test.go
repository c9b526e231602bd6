package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mrkctl.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrecedence sets every setting in every subset of the sources: the
// strongest that has it wins, and the origin says so.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	samples := map[string][3]string{ // file, environment, flag
		"target": {"aws", "sim:b", "sim:c"}, "profile": {"a", "b", "c"}, "region": {"us-east-1", "eu-west-1", "ap-south-1"},
		"endpoint-url": {"http://a", "http://b", "http://c/{region}"}, "read-only": {"true", "true", "true"},
		"accounts": {`["111122223333"]`, "222233334444", "333344445555"}, "output": {"json", "ndjson", "markdown"},
		"quiet": {"true", "true", "true"}, "yes": {"true", "true", "true"}, "no-color": {"true", "true", "true"},
		"ascii": {"true", "true", "true"}, "progress": {"tui", "plain", "json"}, "accessible": {"true", "true", "true"},
		"runs-dir": {"a", "b", "c"}, "keys": {"{leave: a}", "leave=b", "leave=c"},
	}
	for _, key := range config.Keys() {
		values, ok := samples[key.Name]
		if !ok {
			t.Errorf("this test has no sample of %s", key.Name)
			continue
		}
		for set := range 8 {
			src := config.Sources{Env: map[string]string{"HOME": "/no-home"}, Flags: map[string]string{}}
			want := config.FromDefault
			if set&1 != 0 {
				src.File, want = write(t, key.Name+": "+values[0]+"\n"), config.FromFile
			}
			if set&2 != 0 {
				src.Env[key.Env], want = values[1], config.FromEnv
			}
			if set&4 != 0 {
				src.Flags[key.Name], want = values[2], config.FromFlag
			}
			c, err := config.Load(src)
			if err != nil {
				t.Fatalf("%s from %v: %v", key.Name, want, err)
			}
			if got := c.Origin(key.Name).Source; got != want {
				t.Errorf("%s came from the %s, want the %s", key.Name, got, want)
			}
			for _, s := range c.Settings() {
				if s.Key != key.Name && s.Origin.Source != config.FromDefault {
					t.Errorf("setting %s changed %s too", key.Name, s.Key)
				}
				if s.Key == key.Name && set == 0 && !reflect.DeepEqual(s.Value, key.Default) {
					t.Errorf("the default of %s is %v, the table says %v", s.Key, s.Value, key.Default)
				}
			}
		}
	}
}

func TestCaseOfValuesSurvives(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{File: write(t, "profile: CamelCase\nkeys: {leave: Q}\nruns-dir: ./MyRuns\n")})
	if err != nil || c.Profile != "CamelCase" || c.Keys["leave"] != "Q" || c.RunsDir != "./MyRuns" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestBadFilesNameTheirLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"regoin: x\n":                         `:1:1: unknown setting "regoin"; did you mean "region"?`,
		"a: 1\ntarget: sim\n":                 `:1:1: unknown setting "a"`,
		"target: sim\n\nquiet: maybe\n":       ":3:8: quiet: maybe is not true or false",
		"target: gcp\n":                       `:1:9: target: "gcp" is not sim`,
		"region: Ireland\n":                   `:1:9: region: "Ireland" does not look like a Region`,
		"endpoint-url: localhost\n":           `:1:15: endpoint-url: "localhost" is not an http`,
		"accounts: 111122223333\n":            ":1:11: accounts: want a list",
		"accounts: [1]\n":                     ":1:11: accounts: \"1\" is not an account id",
		"keys: [a]\n":                         ":1:7: keys: want name: value pairs",
		"keys: {leave: ''}\n":                 "keys: action leave has no key",
		"target: {a: b}\n":                    "target: want one value",
		"target: sim\ntarget: aws\n":          ":2:1:",
		"target: [\n":                         ":1:",
		"just words\n":                        ":1:1: a configuration is a list of key: value",
		"target: sim\n---\ntarget: aws\n":     "has one document",
		"target: &a sim\nprofile: *nothing\n": ":1:9: target: write the value itself",
	} {
		path := write(t, text)
		_, err := config.Load(config.Sources{File: path})
		var bad *config.Error
		if !errors.As(err, &bad) || bad.ExitCode() != 2 {
			t.Errorf("%q: %v is not a config error", text, err)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), path, ""); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q in it", text, got, want)
		}
	}
}

func TestEmptyFilesAreFine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "---\n", "{}\n", "null\n", "\n\n"} {
		if c, err := config.Load(config.Sources{File: write(t, text)}); err != nil || c.Target != "sim" {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{
		"MRKCTL_OUTPUT=xml":   `MRKCTL_OUTPUT: output: "xml" is not one of`,
		"MRKCTL_QUIET=2":      `MRKCTL_QUIET: quiet: "2" is not true or false`,
		"MRKCTL_REGOIN=x":     `MRKCTL_REGOIN: no setting has this variable; did you mean "region"?`,
		"MRKCTL_KEYS=leave":   `MRKCTL_KEYS: keys: "leave" is not name=value`,
		"MRKCTL_CONFIG=/none": "/none: read the configuration",
	} {
		name, value, _ := strings.Cut(env, "=")
		_, err := config.Load(config.Sources{Env: map[string]string{name: value}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", env, err, want)
		}
	}
	if c, err := config.Load(config.Sources{Env: map[string]string{"MRKCTL_TARGET": "", "NO_COLOR": ""}}); err != nil || c.NoColor {
		t.Errorf("empty variables count: %+v, %v", c, err)
	}
}

func TestDirs(t *testing.T) {
	t.Parallel()
	d := config.DirsOf(map[string]string{"HOME": "/home/op", "XDG_STATE_HOME": "/state", "XDG_CACHE_HOME": "relative/is/ignored"})
	want := config.Dirs{Config: "/home/op/.config/mrkctl", State: "/state/mrkctl", Cache: "/home/op/.cache/mrkctl"}
	if d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
}

func FuzzFile(f *testing.F) {
	for _, s := range []string{"target: sim\n", "keys: {a: b}\n", "accounts: [\"111122223333\"]\n", "a: [", "- x", "target: |\n  sim\n", "? a\n: b\n", "&a a: *a\n", "!!binary x: y", "a:\n\tb: c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skip()
		}
		_, err := config.Load(config.Sources{File: path})
		if err == nil {
			return
		}
		var bad *config.Error
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Where, path) {
			t.Errorf("%q: error without a place: %v", text, err)
		}
	})
}
