//go:build race

package drill_test

// underRace is true when the race detector watches: it makes a drill eight
// times slower and finds in three runbooks what it would find in all.
const underRace = true
