//go:build !race

package drill_test

const underRace = false
