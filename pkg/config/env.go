package config

import (
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// readEnv returns the settings that the environment gives. A variable that is
// set to nothing counts as unset. One that starts with MRKCTL_ and names no
// setting is an error: a typo there would silently change nothing.
func readEnv(env map[string]string) (map[string]any, error) {
	layer := map[string]any{}
	known := map[string]Key{}
	for _, k := range Keys() {
		known[k.Env] = k
	}
	if env["NO_COLOR"] != "" {
		layer["no-color"] = true
	}
	if env["ACCESSIBLE"] != "" {
		layer["accessible"] = true
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, "MRKCTL_") || name == "MRKCTL_CONFIG" || env[name] == "" {
			continue
		}
		key, ok := known[name]
		if !ok {
			lower := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "MRKCTL_"), "_", "-"))
			return nil, &Error{Where: name, Err: unknownVariableError(lower)}
		}
		value, err := key.parse(env[name])
		if err != nil {
			return nil, &Error{Where: name, Err: err}
		}
		layer[key.Name] = value
	}
	return layer, nil
}

type unknownVariableError string

func (u unknownVariableError) Error() string {
	return "no setting has this variable" + didYouMean(string(u))
}

// envOrigin is the variable that gave a setting.
func envOrigin(env map[string]string, key string) string {
	k, _ := find(key)
	switch {
	case env[k.Env] != "":
		return k.Env
	case key == "no-color":
		return "NO_COLOR"
	default:
		return "ACCESSIBLE"
	}
}

// Dirs are the user's folders for this program.
type Dirs struct {
	Config string // settings
	State  string // the embedded simulator's world
	Cache  string // what can be read again
}

// DirsOf works the folders out from the environment, by the XDG rules on every
// system but Windows. Without a home they are relative to the current folder.
func DirsOf(env map[string]string) Dirs {
	home := env["HOME"]
	if runtime.GOOS == "windows" {
		local := filepath.Join(env["LOCALAPPDATA"], "mrkctl")
		return Dirs{
			Config: filepath.Join(env["APPDATA"], "mrkctl"),
			State:  filepath.Join(local, "state"),
			Cache:  filepath.Join(local, "cache"),
		}
	}
	dir := func(variable string, fallback ...string) string {
		if base := env[variable]; filepath.IsAbs(base) {
			return filepath.Join(base, "mrkctl")
		}
		return filepath.Join(append(append([]string{home}, fallback...), "mrkctl")...)
	}
	return Dirs{
		Config: dir("XDG_CONFIG_HOME", ".config"),
		State:  dir("XDG_STATE_HOME", ".local", "state"),
		Cache:  dir("XDG_CACHE_HOME", ".cache"),
	}
}
