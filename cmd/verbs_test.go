package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// notOfARunbook are the verbs of the command line about keys that no step does,
// each with the reason.
func notOfARunbook() map[string]string {
	const eyes = "it shows something to people; key.show reads it, and expect judges it"
	return map[string]string{
		"key.list":             eyes,
		"key.rotation status":  eyes,
		"key.rotation history": eyes,
		"alias.list":           eyes,
		"policy.get":           eyes,
		"policy.diff":          "compare does it, with expect: { same: [policy] }",
		"grant.list":           eyes,
		"apply":                "a plan is approved by people; a runbook is the plan, and says who approves its steps",
	}
}

// TestEveryVerbAboutKeysIsAVerbOfTheRunbook keeps the two in step: what an
// operator can do to keys by hand, a drill can do.
func TestEveryVerbAboutKeysIsAVerbOfTheRunbook(t *testing.T) {
	t.Parallel()
	p, _, _ := testProcess()
	root := tree(newApp(p))
	except := notOfARunbook()
	found := map[string]bool{}
	var walk func(c *cobra.Command, name string)
	walk = func(c *cobra.Command, name string) {
		if c.HasSubCommands() {
			for _, child := range c.Commands() {
				sep := " "
				if !strings.Contains(name, ".") {
					sep = "."
				}
				walk(child, name+sep+child.Name())
			}
			return
		}
		found[name] = true
		verb, _, _ := strings.Cut(name, " ") // key.rotation enable is key.rotation with enabled
		_, known := runbook.FindVerb(verb)
		reason, excepted := except[name]
		switch {
		case excepted && reason == "":
			t.Errorf("%s is excepted without a reason", name)
		case !known && !excepted:
			t.Errorf("mrkctl %s is no verb of the runbook", strings.ReplaceAll(name, ".", " "))
		}
	}
	for _, name := range []string{"key", "alias", "policy", "grant", "tag", "compare", "ready", "apply"} {
		c, _, err := root.Find([]string{name})
		if err != nil || c == root {
			t.Fatalf("no command %s: %v", name, err)
		}
		walk(c, name)
	}
	for name := range except {
		if !found[name] {
			t.Errorf("%s is excepted and is no command", name)
		}
	}
}
