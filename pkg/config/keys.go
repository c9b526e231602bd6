package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Key is one setting.
type Key struct {
	Name    string   // in the file, and of the flag where there is one
	Env     string   // variable that sets it
	Default any      // string, bool, []string or map[string]string
	Values  []string // the values allowed; empty means any
	Flag    bool     // the command line has a global flag of this name
	Doc     string   // what it does, one line

	check func(value any) error // beyond the type; nil for none
}

// Keys returns the table of settings, in the order in which they are shown.
func Keys() []Key {
	keys := []Key{
		{
			Name: "target", Default: "sim", Flag: true, check: checkTarget,
			Doc: "the world to work in: sim, sim:PATH, sim:URL or aws",
		},
		{
			Name: "profile", Default: "", Flag: true,
			Doc: "profile of the AWS configuration to use",
		},
		{
			Name: "region", Default: "", Flag: true, check: checkRegion,
			Doc: "Region to start looking in",
		},
		{
			Name: "endpoint-url", Default: "", Flag: true, check: checkURL,
			Doc: "address in place of AWS's; {region} is replaced",
		},
		{
			Name: "read-only", Default: false, Flag: true,
			Doc: "refuse every command that would change anything",
		},
		{
			Name: "accounts", Default: []string{}, check: checkAccounts,
			Doc: "AWS accounts that may be changed; none means any",
		},
		{
			Name: "output", Default: "table", Flag: true, Values: []string{"table", "json", "ndjson", "markdown", "sarif"},
			Doc: "form of the answer; sarif is for findings",
		},
		{
			Name: "quiet", Default: false, Flag: true,
			Doc: "print identifiers only, one a line, and no notes",
		},
		{
			Name: "yes", Default: false, Flag: true,
			Doc: "approve what would be asked",
		},
		{
			Name: "no-color", Default: false, Flag: true,
			Doc: "no colours; NO_COLOR does the same",
		},
		{
			Name: "ascii", Default: false,
			Doc: "draw with ASCII characters only",
		},
		{
			Name: "progress", Default: "auto", Values: []string{"auto", "tui", "plain", "json", "quiet"},
			Doc: "how a drill shows what it does",
		},
		{
			Name: "accessible", Default: false,
			Doc: "full sentences in place of drawings",
		},
		{
			Name: "runs-dir", Default: "mrkctl-runs",
			Doc: "folder in which drills leave their records",
		},
		{
			Name: "keys", Default: map[string]string{}, check: checkBindings,
			Doc: "keys of the terminal interface, by action",
		},
	}
	for i := range keys {
		keys[i].Env = "MRKCTL_" + strings.ToUpper(strings.ReplaceAll(keys[i].Name, "-", "_"))
	}
	return keys
}

func find(name string) (Key, bool) {
	keys := Keys()
	i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return Key{}, false
	}
	return keys[i], true
}

// parse reads a value that was given as text: in a variable or a flag.
func (k Key) parse(text string) (any, error) {
	switch k.Default.(type) {
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not true or false", k.Name, text)
		}
		return b, nil
	case []string:
		list := []string{}
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return list, k.accept(list)
	case map[string]string:
		pairs := map[string]string{}
		for item := range strings.SplitSeq(text, ",") {
			if item == "" {
				continue
			}
			name, value, ok := strings.Cut(item, "=")
			if !ok {
				return nil, fmt.Errorf("%s: %q is not name=value", k.Name, item)
			}
			pairs[name] = value
		}
		return pairs, k.accept(pairs)
	default:
		return text, k.accept(text)
	}
}

// accept says whether a value of the right type is allowed.
func (k Key) accept(value any) error {
	if s, ok := value.(string); ok && len(k.Values) > 0 && !slices.Contains(k.Values, s) {
		return fmt.Errorf("%s: %q is not one of %s", k.Name, s, strings.Join(k.Values, ", "))
	}
	if k.check == nil {
		return nil
	}
	if err := k.check(value); err != nil {
		return fmt.Errorf("%s: %w", k.Name, err)
	}
	return nil
}

func checkTarget(value any) error {
	s, _ := value.(string)
	if s == "sim" || s == "aws" || (strings.HasPrefix(s, "sim:") && len(s) > len("sim:")) {
		return nil
	}
	return fmt.Errorf("%q is not sim, sim:PATH, sim:URL or aws", s)
}

func checkRegion(value any) error {
	s, _ := value.(string)
	if s == "" || regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`).MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q does not look like a Region, such as eu-west-1", s)
}

func checkURL(value any) error {
	s, _ := value.(string)
	if s == "" {
		return nil
	}
	u, err := url.Parse(strings.ReplaceAll(s, "{region}", "region"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is not an http or https address", s)
	}
	return nil
}

func checkAccounts(value any) error {
	list, _ := value.([]string)
	for _, a := range list {
		if !regexp.MustCompile(`^\d{12}$`).MatchString(a) {
			return fmt.Errorf("%q is not an account id of twelve digits (quote it)", a)
		}
	}
	return nil
}

func checkBindings(value any) error {
	pairs, _ := value.(map[string]string)
	for action, key := range pairs {
		if key == "" {
			return errors.New("action " + action + " has no key")
		}
	}
	return nil
}
