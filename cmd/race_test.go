//go:build race

package cmd_test

// underRace is true when the race detector watches: it makes each start of the
// program ten times slower, and scripts start it some thousand times.
const underRace = true
