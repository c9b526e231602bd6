package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/compare"
)

// judging are the options of the commands that judge key sets.
type judging struct {
	Rules      string
	Principals string
}

func (j *judging) bind(c *cobra.Command) {
	c.Flags().StringVar(&j.Rules, "rules", "", "file that says what differs on purpose (mrk.yaml, see docs/rules.md)")
	c.Flags().StringVar(&j.Principals, "principals", "", "file with the ARNs of the account's users and roles, as lines or a JSON list: finds names that don't exist")
}

// settings reads the files.
func (j judging) settings() (compare.Settings, error) {
	var s compare.Settings
	if j.Rules != "" {
		text, err := os.ReadFile(j.Rules)
		if err != nil {
			return s, withExit(exitUsage, fmt.Errorf("read the rules: %w", err))
		}
		if s, err = compare.ParseRuleFile(text); err != nil {
			return s, withHint(withExit(exitUsage, fmt.Errorf("%s: %w", j.Rules, err)), "docs/rules.md shows a whole file")
		}
	}
	if j.Principals != "" {
		text, err := os.ReadFile(j.Principals)
		if err != nil {
			return s, withExit(exitUsage, fmt.Errorf("read the principals: %w", err))
		}
		var list []string
		if json.Unmarshal(text, &list) != nil {
			list = strings.Fields(string(text))
		}
		s.Existing = map[string]bool{}
		for _, arn := range list {
			if !strings.HasPrefix(arn, "arn:") {
				return s, withExit(exitUsage, fmt.Errorf("%s: %q is not an ARN", j.Principals, arn))
			}
			s.Existing[arn] = true
		}
	}
	return s, nil
}

// readBaseline reads a file of accepted findings; without one nothing is.
func readBaseline(path string) (compare.Baseline, error) {
	if path == "" {
		return compare.Baseline{}, nil
	}
	text, err := os.ReadFile(path)
	var b compare.Baseline
	if err == nil {
		b, err = compare.ParseBaseline(text)
	}
	if err != nil {
		return b, withExit(exitUsage, fmt.Errorf("%s: %w", path, err))
	}
	return b, nil
}
