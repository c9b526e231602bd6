package cmd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// longestLine is how long a line of a journal may be to be found from its end.
const longestLine = 1 << 20

// journalEnds reads the first and the last line of a journal without reading
// what lies between. It does not verify them: "report verify" does.
func journalEnds(path string) (ends [2]journal.Event, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator's own runs
	if err != nil {
		return ends, err
	}
	defer func() { _ = f.Close() }() // it was only read
	first, err := bufio.NewReader(io.LimitReader(f, longestLine)).ReadBytes('\n')
	if err != nil {
		return ends, fmt.Errorf("read the first line of %s: %w", path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return ends, err
	}
	size := min(info.Size(), longestLine)
	tail := make([]byte, size)
	if _, err := f.ReadAt(tail, info.Size()-size); err != nil {
		return ends, fmt.Errorf("read the end of %s: %w", path, err)
	}
	tail = bytes.TrimRight(tail, "\n")
	last := tail[bytes.LastIndexByte(tail, '\n')+1:]
	if err := json.Unmarshal(first, &ends[0]); err != nil {
		return ends, fmt.Errorf("first line of %s: %w", path, err)
	}
	if err := json.Unmarshal(last, &ends[1]); err != nil {
		ends[1] = journal.Event{} // torn off: the run did not end
	}
	return ends, nil
}
