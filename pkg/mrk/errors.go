package mrk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// CallError is one call that failed, said without the SDK's layers. It wraps
// the SDK's error, so that errors.As still finds AWS's own types.
type CallError struct {
	Op     string
	Region string // whose endpoint was asked
	wire.Answer
	err error
}

func (e *CallError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s: %s", e.Op, e.Region, e.Code)
	if e.Look != "" {
		fmt.Fprintf(&b, " (%s)", e.Look)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	if e.Outcome == wire.Unclear {
		b.WriteString("; whether it took effect is not known: read the key before trying again")
	}
	return b.String()
}

func (e *CallError) Unwrap() error { return e.err }

// translate says what the SDK's error means.
func translate(region string, err error) error {
	e := &CallError{Region: region, Answer: wire.Classify(err), err: err}
	if o := (*smithy.OperationError)(nil); errors.As(err, &o) {
		e.Op = o.OperationName
	}
	return e
}

// Code returns AWS's error code in err, wire.Unreachable and its like for a
// call without an answer, and an empty string for any other error.
func Code(err error) string {
	if e := (*CallError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// is tells whether err is an answer with one of the given codes.
func is(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, Code(err))
}

// NotFoundError says that no Region knows a key or an alias.
type NotFoundError struct {
	Ref    string
	Asked  []string // Regions that answered
	Silent []string // Regions that did not
}

func (e *NotFoundError) Error() string {
	where := strings.Join(e.Asked, ", ")
	if len(e.Asked) > 4 {
		where = fmt.Sprintf("any of the %d Regions that were asked", len(e.Asked))
	}
	text := fmt.Sprintf("no key %s in %s", e.Ref, where)
	if len(e.Silent) > 0 {
		text += fmt.Sprintf("; %s did not answer and may have it", strings.Join(e.Silent, ", "))
	}
	return text + "; `mrkctl key list` shows the keys there are"
}

// AmbiguousError says that an alias names different keys in different Regions.
type AmbiguousError struct {
	Alias string
	Keys  map[string]string // Region to key id
}

func (e *AmbiguousError) Error() string {
	var where []string
	for region, id := range e.Keys {
		where = append(where, fmt.Sprintf("%s in %s", id, region))
	}
	slices.Sort(where)
	return fmt.Sprintf("%s names different keys: %s; give the key's id, or mend the alias with `mrkctl alias set`", e.Alias, strings.Join(where, ", "))
}

// IsNotFound tells whether err says that there is no such key, in any Region
// that was asked or in the one.
func IsNotFound(err error) bool {
	return errors.As(err, new(*NotFoundError)) || is(err, "NotFoundException")
}

// InputError is something that was asked for and can't be, whatever the world
// is like: a name that is none, a number out of range.
type InputError struct{ text string }

func (e *InputError) Error() string { return e.text }

// ExitCode is that of a wrong command line or file.
func (e *InputError) ExitCode() int { return 2 }

// badInput is an InputError with a formatted text.
func badInput(format string, args ...any) error {
	return &InputError{fmt.Sprintf(format, args...)}
}
