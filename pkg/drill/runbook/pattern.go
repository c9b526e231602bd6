package runbook

import (
	"regexp"
	"sync"
)

// pattern compiles a regular expression when it is first asked for: most starts
// of the program read no runbook, and should not pay for the patterns of one.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
