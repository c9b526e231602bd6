package wire

import (
	"fmt"
	"net/http"
)

// Guard returns a transport that passes reads and cryptographic calls on, and
// a change only when armed says so. What it refuses is never sent.
func Guard(next Doer, to string, armed func(op, region string) error) Doer {
	return &guard{next: next, to: to, armed: armed}
}

type guard struct {
	next  Doer
	to    string
	armed func(op, region string) error
}

// ForbiddenError is a change that a guard did not let through.
type ForbiddenError struct {
	Op, Region string
	Why        error
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("%s in %s was not sent: %v", e.Op, e.Region, e.Why)
}

// ExitCode is that of a refusal for safety.
func (e *ForbiddenError) ExitCode() int { return 6 }

func (e *ForbiddenError) Unwrap() error { return e.Why }

func (g *guard) Do(req *http.Request) (*http.Response, error) {
	if op := Operation(req); Changes(op) {
		if err := g.armed(op, g.to); err != nil {
			return nil, &ForbiddenError{Op: op, Region: g.to, Why: err}
		}
	}
	return g.next.Do(req)
}
