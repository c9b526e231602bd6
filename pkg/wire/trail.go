package wire

import "time"

// TrailEvent is one call as the audit trail of a Region recorded it: the
// evidence that does not come from the caller. A trail is CloudTrail, or the
// simulated one.
type TrailEvent struct {
	Time         time.Time
	Op           string // eventName
	Region       string // whose trail this is: the endpoint that was called
	Principal    string // ARN; an AWS service's name when AWS acted by itself
	CallerRegion string // Region the caller was in, where the trail tells; empty otherwise
	RequestID    string
	Code         string // errorCode; empty when the call succeeded
	Key          string // key id, where the event names one
}
