package journal

import "time"

// TrailRead is what the audit trail of one Region said about one stretch of
// the drill: a Trail. A check needs no more of a trail than these counts, so
// that it can be made again from the journal alone.
const TrailRead Kind = "trail-read"

// Trail counts the records of one Region's audit trail in one stretch of time.
type Trail struct {
	Region  string     `json:"region"` // whose trail: the endpoint that was called
	From    time.Time  `json:"from"`
	To      time.Time  `json:"to"` // not included
	Settled bool       `json:"settled"`
	Unread  string     `json:"unread,omitempty"` // why it could not be read
	Rows    []TrailRow `json:"rows,omitempty"`
}

// TrailRow counts the records of one caller and one operation.
type TrailRow struct {
	Principal string    `json:"principal"`        // ARN, or the name of an AWS service
	Caller    string    `json:"caller,omitempty"` // Region the caller was in; empty when nothing tells
	Op        string    `json:"op"`
	Count     int       `json:"count"`
	Failed    int       `json:"failed,omitempty"` // of Count, those with an error code
	First     time.Time `json:"first"`
}
