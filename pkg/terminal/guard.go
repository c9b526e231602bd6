// Package terminal keeps the program and the user's terminal from harming one
// another: the guard below stops a library from questioning the terminal while
// the program starts, and [Safe] makes foreign text fit to be shown.
//
// It imports the standard library only, and must go on doing so. Go initialises
// packages in the order of their import paths as soon as their own imports are
// ready, so a package without other imports runs before golang.org/x/sys, which
// every terminal library needs, and thus before all of them.
package terminal

import "os"

// savedTerm is what TERM was before the guard, nil when it was unset.
//
//nolint:gochecknoglobals // an init function has nowhere else to hand its find to; Restore is its only reader
var savedTerm = hideTerm()

// hideTerm makes the terminal look dumb for as long as packages initialise.
// Merely linking bubbletea v1 asks the terminal for its background colour at
// start-up and waits up to five seconds for an answer, in every command, even
// when the output is captured. No library asks a dumb terminal anything.
func hideTerm() *string {
	value, ok := os.LookupEnv("TERM")
	_ = os.Setenv("TERM", "dumb") // fails only for malformed names
	if !ok {
		return nil
	}
	return &value
}

// Restore gives TERM its own value back. It is the first thing the program
// does once every package has been initialised.
func Restore() {
	if savedTerm == nil {
		_ = os.Unsetenv("TERM")
		return
	}
	_ = os.Setenv("TERM", *savedTerm)
}
