//go:build race

package fuzz_test

// underRace is true when the race detector watches: it makes a drill eight
// times slower, and one search shows it all the code there is.
const underRace = true
