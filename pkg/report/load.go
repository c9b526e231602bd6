package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Load works the report of a run out of its files.
//
// A drill that came to its end has whole files, and a damaged one is an error
// that names the line. Of one that died the files are read as far as they go,
// and the report says how far that was. Without a history file the report is
// made from the journal alone, and says so.
func Load(journalPath, historyPath string) (*Model, error) {
	events, err := journal.Tail(journalPath)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(historyPath); errors.Is(err, fs.ErrNotExist) {
		return Build(events, nil)
	}
	ended := slices.ContainsFunc(events, func(e journal.Event) bool { return e.Kind == journal.DrillEnded })
	var damage *history.DamageError
	m, err := Build(events, func(do func(history.Record) error) error {
		err := history.Read(historyPath, do)
		if !ended && errors.As(err, &damage) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if damage != nil {
		m.Limits = append(m.Limits, fmt.Sprintf("The drill died, and its history can be read up to line %d: calls after it are missing.", damage.Line-1))
	}
	return m, nil
}
