package runbook

import (
	"path/filepath"
	"testing"
)

// library is where the shipped runbooks are.
const library = "../../../configs/runbooks"

func TestEveryShippedRunbookLoads(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(library, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no runbooks in %s: %v", library, err)
	}
	for _, path := range paths {
		if _, err := Load(path, nil); err != nil {
			t.Errorf("%v", err)
		}
	}
}
