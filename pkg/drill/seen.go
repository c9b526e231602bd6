package drill

import "time"

// seen is what a verb brought to light, as far as expectations can be held
// against it. What a verb did not look at is nil or empty, and an expectation
// about it does not hold.
type seen struct {
	words       string // in one line, for the report
	key         *keySet
	ciphertexts []int64        // ledger numbers of what was made
	opened      *bool          // whether all that was opened was what had been sealed
	slo         *bool          // whether the SLOs of the watched probes were met
	ready       *bool          // whether the members could carry the load
	trail       map[string]int // records found, by Region
	since       time.Time      // when it began
}

func answer(b bool) *bool { return &b }
