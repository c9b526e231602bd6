package history

import "errors"

// batchLen is how many records are handed over at a time.
const batchLen = 1024

// errStopped ends a scanner whose records nobody takes any more.
var errStopped = errors.New("nobody takes the records any more")

// pipe runs the scanner beside the caller, who takes the records: following the
// chain of a long history costs as much as judging it, and the two need not wait
// for each other. What do sees, and the error, are those of run.
func (s *scanner) pipe(do func(Record) error) error {
	batches, stopped := make(chan []Record, 4), make(chan struct{})
	defer close(stopped)
	var scanned error
	go func() {
		defer close(batches)
		batch := make([]Record, 0, batchLen)
		send := func() error {
			select {
			case batches <- batch:
				batch = make([]Record, 0, batchLen)
				return nil
			case <-stopped:
				return errStopped
			}
		}
		scanned = s.run(func(r Record) error {
			if batch = append(batch, r); len(batch) < batchLen {
				return nil
			}
			return send()
		})
		_ = send() // what is left; nobody takes it after errStopped
	}()
	for batch := range batches {
		for _, r := range batch {
			if err := do(r); err != nil {
				return err
			}
		}
	}
	return scanned
}
