package cmd

import (
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// suggestion is a class of principals that a comparison took to stand for each
// other, with the key sets it was seen in.
type suggestion struct {
	compare.Inferred
	key string
}

func suggestionsFor(set mrk.KeySet, s compare.Settings) []suggestion {
	var out []suggestion
	for _, i := range compare.Infer(set, s) {
		out = append(out, suggestion{i, set.ID})
	}
	return out
}

// suggestedRules writes what was inferred as a rule file, for review.
func suggestedRules(list []suggestion) string {
	var b strings.Builder
	b.WriteString("version: 1\nprincipals:\n")
	seen := map[string]bool{}
	for _, s := range list {
		var lines []string
		for _, region := range s.Regions() {
			lines = append(lines, fmt.Sprintf("    %s: %s\n", region, s.In[region]))
		}
		text := fmt.Sprintf("  - class: %s\n%s", s.Name, strings.Join(lines, ""))
		if seen[text] {
			continue
		}
		seen[text] = true
		fmt.Fprintf(&b, "  # %s, seen in the policies of %s\n%s", s.Why, s.key, text)
	}
	if len(seen) == 0 {
		return "# no names were found to stand for each other\nversion: 1\n"
	}
	return b.String()
}
