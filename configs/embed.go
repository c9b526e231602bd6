// Package configs carries the runbooks that come with the program, so that an
// installed mrkctl needs no checkout.
package configs

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed runbooks/*.yaml
var files embed.FS

// Runbooks lists the names of the runbooks that come with the program.
func Runbooks() []string {
	paths, err := fs.Glob(files, "runbooks/*.yaml")
	if err != nil { // the pattern is a constant and valid
		return nil
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(path.Base(p), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Runbook returns the text of a runbook that comes with the program. The error
// is fs.ErrNotExist when there is none of that name.
func Runbook(name string) ([]byte, error) {
	return files.ReadFile("runbooks/" + name + ".yaml")
}
