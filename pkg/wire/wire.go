// Package wire holds what stands between an AWS SDK client and its transport:
// decorators that record every attempt, inject client-side faults and refuse
// changes that were not armed. They work over any transport, AWS or simulated.
package wire

import "net/http"

// Doer sends one HTTP request. It is the SDK's HTTPClient seam (kms.Options),
// the only place where AWS and the simulator differ.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}
